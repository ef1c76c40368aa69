/*
 * The interfaces a program uses files by, a row each: run in a tree that tests/store/registry
 * makes, natively, on an image and in a copy-on-write mount of it.
 * usage: registry DIR ro|rw. ro: what would change the tree must fail with EROFS.
 * Prints "NAME ok" or "NAME failed: why" for each row.
 */
#define _GNU_SOURCE
#include <dirent.h>
#ifndef REGISTRY_STATIC
#include <dlfcn.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows.h"

/* A change: 0 where that is allowed, EROFS where not; the row then ends. */
#define CHANGE(call) \
	do { \
		errno = 0; \
		int result_ = (call); \
		if (ro) { \
			WANT(result_ == -1 && errno == EROFS); \
			goto ok; \
		} \
		WANT(result_ != -1); \
	} while (0)

static int file_holds(const char *name, const char *text)
{
	int fd = open(name, O_RDONLY), r = fd >= 0 && holds(fd, text);

	close(fd);
	return r;
}

static void row_open(void)
{
	int fd = open("text", O_RDONLY);

	WANT(fd >= 0 && holds(fd, TEXT));
	WANT(close(fd) == 0);
	WANT(open("none", O_RDONLY) == -1 && errno == ENOENT);
	WANT(open("text/x", O_RDONLY) == -1 && errno == ENOTDIR);
	WANT(open("dir", O_WRONLY) == -1 && errno == EISDIR);
	CHANGE(open("fresh", O_RDWR | O_CREAT | O_EXCL, 0600));
	WANT(open("fresh", O_RDWR | O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
ok:
	OK;
}

static void row_openat(void)
{
	int dir = open("dir", O_RDONLY | O_DIRECTORY), fd = openat(dir, "../text", O_RDONLY);

	WANT(dir >= 0 && fd >= 0 && holds(fd, TEXT));
	WANT(openat(fd, "a", O_RDONLY) == -1 && errno == ENOTDIR);
	WANT(openat(dir, "a", O_RDONLY) >= 0);
	OK;
}

static void row_close(void)
{
	int fd = open("text", O_RDONLY);

	WANT(close(fd) == 0);
	WANT(close(fd) == -1 && errno == EBADF);
	OK;
}

static void row_read(void)
{
	char buf[64];
	int fd = open("text", O_RDONLY);

	WANT(read(fd, buf, 5) == 5 && memcmp(buf, "hello", 5) == 0);
	WANT(read(fd, buf, sizeof(buf)) == LEN - 5);
	WANT(read(fd, buf, sizeof(buf)) == 0);
	WANT(lseek(fd, -5, SEEK_END) == LEN - 5);
	OK;
}

static void row_write(void)
{
	int fd = -1;

	CHANGE(fd = open("written", O_RDWR | O_CREAT, 0600));
	WANT(write(fd, "12345", 5) == 5 && holds(fd, "12345"));
	CHANGE(fd = open("text2", O_WRONLY | O_APPEND));
	WANT(write(fd, "more", 4) == 4 && file_holds("text2", TEXT "more"));
ok:
	OK;
}

static void row_stat(void)
{
	struct stat st;

	WANT(stat("link", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == LEN);
	WANT(st.st_mtim.tv_sec == 1000000000 && st.st_mtim.tv_nsec == 123456789);
	WANT((st.st_mode & 07777) == 0640 && st.st_nlink == 1);
	WANT(stat("none", &st) == -1 && errno == ENOENT);
	OK;
}

static void row_lstat(void)
{
	struct stat st;

	WANT(lstat("link", &st) == 0 && S_ISLNK(st.st_mode) && st.st_size == 4);
	OK;
}

static void row_fstat(void)
{
	struct stat a, b;
	int fd = open("text", O_RDONLY);

	WANT(fstat(fd, &a) == 0 && stat("text", &b) == 0);
	WANT(a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == LEN);
	OK;
}

static void row_fstatat(void)
{
	struct stat a, b;
	int dir = open("dir", O_RDONLY | O_DIRECTORY);

	WANT(fstatat(dir, "../link", &a, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(a.st_mode));
	WANT(fstatat(dir, "", &a, AT_EMPTY_PATH) == 0 && stat("dir", &b) == 0);
	WANT(a.st_ino == b.st_ino);
	OK;
}

static void row_access(void)
{
	WANT(access("text", R_OK) == 0 && access("prog", X_OK) == 0);
	WANT(access("text", X_OK) == -1 && errno == EACCES);
	WANT(access("none", F_OK) == -1 && errno == ENOENT);
	CHANGE(access("text", W_OK));
ok:
	OK;
}

static void row_faccessat(void)
{
	int dir = open("dir", O_RDONLY | O_DIRECTORY);

	WANT(faccessat(dir, "a", R_OK, 0) == 0);
	WANT(faccessat(dir, "none", F_OK, 0) == -1 && errno == ENOENT);
	OK;
}

static void row_readdir(void)
{
	DIR *d = opendir("dir");
	struct dirent *e;
	struct stat st;
	int names = 0, dots = 0;

	WANT(d != NULL);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.') {
			dots++;
			continue;
		}
		names += 1 << (e->d_name[0] - 'a');
		WANT(fstatat(dirfd(d), e->d_name, &st, 0) == 0 && st.st_ino == e->d_ino);
	}
	WANT(names == 7 && dots == 2);
	rewinddir(d);
	WANT(readdir(d) != NULL && closedir(d) == 0);
	WANT(opendir("text") == NULL && errno == ENOTDIR);
	OK;
}

static void row_getdents(void)
{
	char buf[4096];
	int fd = open("dir", O_RDONLY | O_DIRECTORY);

	WANT(syscall(SYS_getdents64, fd, buf, 10) == -1 && errno == EINVAL);
	WANT(syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 0);
	WANT(syscall(SYS_getdents64, fd, buf, sizeof(buf)) == 0);
	OK;
}

static void row_readlink(void)
{
	char buf[64];

	WANT(readlink("link", buf, sizeof(buf)) == 4 && memcmp(buf, "text", 4) == 0);
	WANT(readlink("link", buf, 2) == 2);
	WANT(readlink("text", buf, sizeof(buf)) == -1 && errno == EINVAL);
	OK;
}

static void row_realpath(void)
{
	char path[PATH_MAX], want[PATH_MAX + 8];

	snprintf(want, sizeof(want), "%s/text", top);
	WANT(realpath("dir/.././link", path) != NULL && strcmp(path, want) == 0);
	WANT(realpath("none/..", path) == NULL && errno == ENOENT);
	OK;
}

static void row_chdir(void)
{
	char path[PATH_MAX], want[PATH_MAX + 8];

	snprintf(want, sizeof(want), "%s/dir", top);
	WANT(chdir("dir") == 0 && getcwd(path, sizeof(path)) != NULL && strcmp(path, want) == 0);
	WANT(file_holds("../text", TEXT) && chdir("..") == 0);
	WANT(chdir("text") == -1 && errno == ENOTDIR);
	OK;
}

static void row_getcwd(void)
{
	char path[PATH_MAX];

	WANT(getcwd(path, sizeof(path)) != NULL && strcmp(path, top) == 0);
	WANT(getcwd(path, 2) == NULL && errno == ERANGE);
	OK;
}

static void row_fchdir(void)
{
	char path[PATH_MAX], want[PATH_MAX + 8];
	int dir = open("dir", O_PATH), here = open(".", O_PATH);

	snprintf(want, sizeof(want), "%s/dir", top);
	WANT(fchdir(dir) == 0 && getcwd(path, sizeof(path)) != NULL && strcmp(path, want) == 0);
	WANT(fchdir(here) == 0);
	OK;
}

/* The child's exit status; -1. */
static int ended(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void row_execve(void)
{
	char *argv[] = { "prog", NULL }, *envp[] = { "REGISTRY_CHILD=42", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execve("prog", argv, envp);
		_exit(1);
	}
	WANT(ended(pid) == 42);
	WANT(execve("text", argv, envp) == -1 && errno == EACCES);
	OK;
}

static void row_posix_spawn(void)
{
	char *argv[] = { "prog", NULL }, *envp[] = { "REGISTRY_CHILD=43", NULL };
	char path[PATH_MAX + 8];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/prog", top);
	WANT(posix_spawn(&pid, path, NULL, NULL, argv, envp) == 0 && ended(pid) == 43);
	WANT(posix_spawn(&pid, "none", NULL, NULL, argv, envp) == ENOENT);
	OK;
}

static void row_posix_spawnp(void)
{
	char *argv[] = { "prog", NULL }, *envp[] = { "REGISTRY_CHILD=44", NULL };
	pid_t pid;

	setenv("PATH", top, 1);
	WANT(posix_spawnp(&pid, "prog", NULL, NULL, argv, envp) == 0 && ended(pid) == 44);
	OK;
}

static void row_mmap(void)
{
	int fd = open("text", O_RDONLY);
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	WANT(p != MAP_FAILED && memcmp(p, TEXT, (size_t)LEN) == 0 && p[LEN] == 0);
	p[0] = 'J';
	WANT(holds(fd, TEXT));
	CHANGE(fd = open("text3", O_RDWR));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	WANT(p != MAP_FAILED);
	p[0] = 'J';
	WANT(pread(fd, top + sizeof(top) - 1, 1, 0) == 1 && top[sizeof(top) - 1] == 'J');
	WANT(msync(p, 4096, MS_SYNC) == 0);
ok:
	OK;
}

static void row_munmap(void)
{
	int fd = open("text", O_RDONLY);
	char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	WANT(p != MAP_FAILED && munmap(p, 4096) == 0);
	WANT(msync(p, 4096, MS_ASYNC) == -1 && errno == ENOMEM);
	OK;
}

#ifndef REGISTRY_STATIC
static void row_dlopen(void)
{
	void *h = dlopen("./libreg.so", RTLD_NOW);

	WANT(h != NULL && dlclose(h) == 0);
	WANT(dlopen("./text", RTLD_NOW) == NULL && dlerror() != NULL);
	OK;
}

static void row_dlsym(void)
{
	void *h = dlopen("./libreg.so", RTLD_NOW);
	int (*answer)(void);

	WANT(h != NULL);
	*(void **)&answer = dlsym(h, "registry_answer");
	WANT(answer != NULL && answer() == 42 && dlsym(h, "none") == NULL);
	OK;
}
#endif

static void row_fcntl(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 4 };
	int fd = open("text", O_RDONLY), copy = fcntl(fd, F_DUPFD_CLOEXEC, 50);

	WANT(copy >= 50 && fcntl(copy, F_GETFD) == FD_CLOEXEC && holds(copy, TEXT));
	WANT((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
	WANT(fcntl(fd, F_SETLK, &lock) == 0);
	lock.l_type = F_WRLCK;
	WANT(fcntl(fd, F_SETLK, &lock) == -1 && errno == EBADF);
	OK;
}

static void row_flock(void)
{
	int a = open("text", O_RDONLY), b = open("text", O_RDONLY);

	WANT(flock(a, LOCK_EX) == 0);
	WANT(flock(b, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK);
	WANT(flock(a, LOCK_UN) == 0 && flock(b, LOCK_EX | LOCK_NB) == 0);
	OK;
}

static void row_rename(void)
{
	CHANGE(rename("dir/b", "dir/bb"));
	WANT(access("dir/b", F_OK) == -1 && access("dir/bb", F_OK) == 0);
	CHANGE(rename("dir/bb", "dir/b"));
ok:
	OK;
}

static void row_unlink(void)
{
	int fd = open("gone", O_RDONLY);

	CHANGE(unlink("gone"));
	WANT(holds(fd, TEXT) && access("gone", F_OK) == -1 && errno == ENOENT);
	WANT(unlink("dir") == -1 && errno == EISDIR);
ok:
	OK;
}

static void row_mkdir(void)
{
	WANT(mkdir("dir", 0700) == -1 && errno == EEXIST);
	CHANGE(mkdir("made", 0700));
	WANT(access("made/.", F_OK) == 0);
ok:
	OK;
}

static void row_rmdir(void)
{
	CHANGE(rmdir("empty"));
	WANT(rmdir("dir") == -1 && errno == ENOTEMPTY);
ok:
	OK;
}

static void row_chmod(void)
{
	struct stat st;

	CHANGE(chmod("text2", 0604));
	WANT(stat("text2", &st) == 0 && (st.st_mode & 07777) == 0604);
ok:
	OK;
}

static void row_chown(void)
{
	struct stat st;

	WANT(stat("text2", &st) == 0);
	CHANGE(chown("text2", st.st_uid, st.st_gid));
	CHANGE(lchown("link", st.st_uid, st.st_gid));
ok:
	OK;
}

static void row_utimes(void)
{
	struct timeval times[2] = { { 5, 6 }, { 7, 8 } };
	struct stat st;

	CHANGE(utimes("text2", times));
	WANT(stat("text2", &st) == 0 && st.st_mtim.tv_sec == 7 && st.st_mtim.tv_nsec == 8000);
ok:
	OK;
}

static void row_statx(void)
{
	/* struct statx is not in every libc: mask at 0, mode at 28, size at 40, mtime at 112. */
	char st[256] = { 0 };
	unsigned long long size;
	unsigned int mask;

	WANT(syscall(SYS_statx, AT_FDCWD, "link", 0, 0x7ff, st) == 0);
	memcpy(&mask, st, sizeof(mask));
	memcpy(&size, st + 40, sizeof(size));
	WANT((mask & 0x7ff) == 0x7ff && size == (unsigned long long)LEN);
	OK;
}

static void row_link(void)
{
	struct stat a, b;

	WANT(stat("dir/a", &a) == 0 && stat("hard", &b) == 0);
	WANT(a.st_ino == b.st_ino && a.st_nlink == 2);
	CHANGE(link("text", "dir/linked"));
	WANT(stat("dir/linked", &a) == 0 && stat("text", &b) == 0);
	WANT(a.st_ino == b.st_ino && a.st_nlink == 2);
	WANT(unlink("dir/linked") == 0);
ok:
	OK;
}

static void row_truncate(void)
{
	CHANGE(truncate("text4", 5));
	WANT(file_holds("text4", "hello"));
ok:
	OK;
}

static void row_preadv(void)
{
	char a[3], b[64];
	struct iovec iov[] = { { a, 3 }, { b, sizeof(b) } };
	int fd = open("text", O_RDONLY);

	WANT(preadv(fd, iov, 2, 1) == LEN - 1 && memcmp(a, "ell", 3) == 0 && b[0] == 'o');
	WANT(lseek(fd, 0, SEEK_CUR) == 0);
	OK;
}

static void row_pwritev(void)
{
	struct iovec iov[] = { { "ab", 2 }, { "cd", 2 } };
	int fd = -1;

	CHANGE(fd = open("text5", O_RDWR));
	WANT(pwritev(fd, iov, 2, 1) == 4 && holds(fd, "habcd registry\n"));
ok:
	OK;
}

static void row_sendfile(void)
{
	char buf[64];
	off_t at = 6;
	int fd = open("text", O_RDONLY), pipes[2];

	WANT(pipe(pipes) == 0 && sendfile(pipes[1], fd, &at, 100) == LEN - 6 && at == LEN);
	WANT(read(pipes[0], buf, sizeof(buf)) == LEN - 6 && memcmp(buf, "registry\n", 9) == 0);
	OK;
}

static const struct {
	const char *name;
	void (*run)(void);
} rows[] = {
#define ROW(name) { #name, row_##name }
	ROW(open), ROW(openat), ROW(close), ROW(read), ROW(write), ROW(stat), ROW(lstat),
	ROW(fstat), ROW(fstatat), ROW(access), ROW(faccessat), ROW(readdir), ROW(getdents),
	ROW(readlink), ROW(realpath), ROW(getcwd), ROW(chdir), ROW(fchdir), ROW(execve),
	ROW(posix_spawn), ROW(posix_spawnp), ROW(mmap), ROW(munmap),
#ifndef REGISTRY_STATIC
	ROW(dlopen), ROW(dlsym),
#endif
	ROW(fcntl), ROW(flock), ROW(rename), ROW(unlink), ROW(mkdir), ROW(rmdir), ROW(chmod),
	ROW(chown), ROW(utimes), ROW(statx), ROW(link), ROW(truncate), ROW(preadv),
	ROW(pwritev), ROW(sendfile),
};

int main(int argc, char **argv)
{
	const char *child = getenv("REGISTRY_CHILD");

	if (child != NULL)
		return atoi(child);
	if (argc != 3 || chdir(argv[1]) < 0 || realpath(".", top) == NULL) {
		fprintf(stderr, "usage: registry DIR ro|rw\n");
		return 2;
	}
	ro = strcmp(argv[2], "ro") == 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		printf("%s ", rows[i].name);
		fflush(stdout);
		rows[i].run();
	}
	return 0;
}
