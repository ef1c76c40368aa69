/*
 * What file systems made of stores most often get wrong, a row each; run as registry.c is.
 * usage: pitfalls DIR ro|rw. Prints "NAME ok" or "NAME failed: why" for each row.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rows.h"

/* The row is about changes; there is nothing to see where none can be made. */
#define UNLESS_READ_ONLY \
	do { \
		if (ro) { \
			OK; \
			return; \
		} \
	} while (0)

/* A child that ends with 0 when body holds. */
#define CHILD(body) \
	({ \
		int status_ = -1; \
		pid_t pid_ = fork(); \
		if (pid_ == 0) \
			_exit((body) ? 0 : 1); \
		waitpid(pid_, &status_, 0); \
		status_ == 0; \
	})

/* First of all rows: the names are asked about before anything else has been done with them. */
static void row_questions_need_no_open_file(void)
{
	char long_name[300], text[16];
	struct statx x;
	struct stat st;

	WANT(lstat("link", &st) == 0 && S_ISLNK(st.st_mode) && st.st_size == 4);
	WANT(stat("link", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == LEN);
	WANT(readlink("link", text, sizeof(text)) == 4 && memcmp(text, "text", 4) == 0);
	WANT(readlink("text2", text, sizeof(text)) == -1 && errno == EINVAL);
	WANT(stat("text", &st) == 0 && (st.st_mode & 07777) == 0640);
	WANT(st.st_mtim.tv_sec == 1000000000 && st.st_mtim.tv_nsec == 123456789);
	WANT(statx(AT_FDCWD, "text3", 0, STATX_BASIC_STATS, &x) == 0);
	WANT(x.stx_size == (unsigned)LEN && x.stx_nlink == 1 && x.stx_mode == 0100644);
	WANT(stat("empty", &st) == 0 && S_ISDIR(st.st_mode));
	WANT(stat("text3/", &st) == -1 && errno == ENOTDIR);
	WANT(stat("text3/x", &st) == -1 && errno == ENOTDIR);
	WANT(stat("empty/none", &st) == -1 && errno == ENOENT);
	WANT(stat("none/none", &st) == -1 && errno == ENOENT);
	WANT(open("empty/none", O_RDONLY) == -1 && errno == ENOENT);
	WANT(open("text3", O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR);
	WANT(access("prog", X_OK) == 0 && access("none", F_OK) == -1 && errno == ENOENT);
	WANT(access("text3", W_OK) == (ro ? -1 : 0) && (!ro || errno == EROFS));
	WANT(getxattr("text3", "user.none", text, 1) == -1 && errno == ENODATA);
	memset(long_name, 'x', sizeof(long_name));
	long_name[299] = 0;
	WANT(stat(long_name, &st) == -1 && errno == ENAMETOOLONG);
	long_name[255] = 0;
	WANT(stat(long_name, &st) == -1 && errno == ENOENT);
	OK;
}

static void row_questions_see_every_change(void)
{
	int dir = open("empty", O_RDONLY | O_DIRECTORY), fd;
	struct stat st;

	UNLESS_READ_ONLY;
	/* By the other name, which nobody has used yet. */
	WANT(chmod("hard", 0604) == 0 && stat("dir/a", &st) == 0);
	WANT((st.st_mode & 07777) == 0604 && st.st_nlink == 2);
	WANT(chmod("dir/a", 0644) == 0 && stat("hard", &st) == 0 && (st.st_mode & 07777) == 0644);
	WANT(fstatat(dir, "new", &st, 0) == -1 && errno == ENOENT);
	fd = openat(dir, "new", O_WRONLY | O_CREAT, 0600);
	WANT(fd >= 0 && write(fd, "xyz", 3) == 3 && close(fd) == 0);
	WANT(fstatat(dir, "new", &st, 0) == 0 && st.st_size == 3);
	WANT(rename("empty/new", "new") == 0 && stat("new", &st) == 0 && st.st_size == 3);
	WANT(fstatat(dir, "new", &st, 0) == -1 && errno == ENOENT);
	WANT(unlink("new") == 0 && stat("new", &st) == -1 && errno == ENOENT);
	WANT(rename("dir", "moved") == 0 && stat("moved/b", &st) == 0);
	WANT(stat("dir/b", &st) == -1 && errno == ENOENT);
	WANT(mkdir("dir", 0755) == 0 && stat("dir/b", &st) == -1 && errno == ENOENT);
	WANT(rmdir("dir") == 0 && rename("moved", "dir") == 0 && stat("dir/b", &st) == 0);
	WANT(rmdir("empty") == 0 && fstatat(dir, "new", &st, 0) == -1 && errno == ENOENT);
	WANT(mkdir("empty", 0755) == 0 && close(dir) == 0);
	OK;
}

static void row_inode_numbers_survive_changes(void)
{
	struct stat before, after;
	struct dirent *e;
	DIR *d;
	int fd;

	UNLESS_READ_ONLY;
	WANT(stat("dir/c", &before) == 0);
	fd = open("dir/c", O_RDWR);
	WANT(fd >= 0 && write(fd, "X", 1) == 1 && fstat(fd, &after) == 0);
	WANT(before.st_ino == after.st_ino && before.st_dev == after.st_dev);
	WANT(chmod("dir/c", 0600) == 0 && stat("dir/c", &after) == 0);
	WANT(before.st_ino == after.st_ino);
	WANT(rename("dir/c", "dir/d") == 0 && stat("dir/d", &after) == 0);
	WANT(before.st_ino == after.st_ino);
	WANT(rename("dir/d", "dir/c") == 0);
	d = opendir("dir");
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, "c") == 0)
			WANT(e->d_ino == before.st_ino);
	OK;
}

static void row_parents_are_right(void)
{
	struct stat here, parent;
	struct dirent *e;
	DIR *d = opendir("dir");

	WANT(stat(".", &here) == 0 && stat("dir/..", &parent) == 0);
	WANT(here.st_ino == parent.st_ino && here.st_dev == parent.st_dev);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, "..") == 0)
			WANT(e->d_ino == here.st_ino);
	OK;
}

static void row_directory_positions_are_stable(void)
{
	char rest[16][32], names[16][32];
	DIR *d = opendir(".");
	struct dirent *e;
	int count = 0, again = 0;
	long at;

	for (int i = 0; i < 4; i++)
		WANT(readdir(d) != NULL);
	at = telldir(d);
	while ((e = readdir(d)) != NULL && count < 16)
		strncpy(rest[count++], e->d_name, 31)[31] = 0;
	seekdir(d, at);
	while ((e = readdir(d)) != NULL && again < 16)
		strncpy(names[again++], e->d_name, 31)[31] = 0;
	WANT(count == again && count > 3);
	for (int i = 0; i < count; i++)
		WANT(strcmp(rest[i], names[i]) == 0);
	OK;
}

static long openat2_beneath(int dir, const char *path)
{
	struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_BENEATH };

	return syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static void row_opening_has_all_its_flags(void)
{
	struct stat st;
	char c;
	int dir = open("dir", O_RDONLY | O_DIRECTORY), fd = open("text", O_PATH);

	WANT(fd >= 0 && fstat(fd, &st) == 0 && st.st_size == LEN);
	WANT(read(fd, &c, 1) == -1 && errno == EBADF);
	WANT(openat2_beneath(dir, "a") >= 0);
	WANT(openat2_beneath(dir, "../text") == -1 && errno == EXDEV);
	WANT(open("text/", O_RDONLY) == -1 && errno == ENOTDIR);
	WANT(open("link", O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
	WANT(open("text", O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR);
	OK;
}

static void row_files_without_a_name(void)
{
	char path[64];
	int fd;

	UNLESS_READ_ONLY;
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	WANT(fd >= 0 && write(fd, TEXT, (size_t)LEN) == LEN);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	WANT(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW) == 0);
	fd = open("named", O_RDONLY);
	WANT(fd >= 0 && unlink("named") == 0 && holds(fd, TEXT));
	OK;
}

static void row_renames_have_flags(void)
{
	UNLESS_READ_ONLY;
	WANT(renameat2(AT_FDCWD, "text2", AT_FDCWD, "text3", RENAME_NOREPLACE) == -1 &&
	     errno == EEXIST);
	WANT(renameat2(AT_FDCWD, "text2", AT_FDCWD, "dir/b", RENAME_EXCHANGE) == 0);
	WANT(holds(open("dir/b", O_RDONLY), TEXT) && holds(open("text2", O_RDONLY), "b\n"));
	WANT(renameat2(AT_FDCWD, "text2", AT_FDCWD, "dir/b", RENAME_EXCHANGE) == 0);
	OK;
}

static void row_the_working_directory_moves_along(void)
{
	char path[PATH_MAX], want[PATH_MAX + 16];

	UNLESS_READ_ONLY;
	WANT(mkdir("here", 0700) == 0 && chdir("here") == 0);
	WANT(rename("../here", "../there") == 0 && getcwd(path, sizeof(path)) != NULL);
	snprintf(want, sizeof(want), "%s/there", top);
	WANT(strcmp(path, want) == 0);
	WANT(rmdir("../there") == 0 && getcwd(path, sizeof(path)) == NULL && errno == ENOENT);
	WANT(chdir(top) == 0);
	OK;
}

static void row_truncating_leaves_nothing_of_the_old(void)
{
	int fd;

	UNLESS_READ_ONLY;
	fd = open("text4", O_RDWR | O_TRUNC);
	WANT(fd >= 0 && holds(fd, "") && pwrite(fd, "x", 1, 3) == 1);
	WANT(pread(fd, top + sizeof(top) - 8, 8, 0) == 4);
	WANT(memcmp(top + sizeof(top) - 8, "\0\0\0x", 4) == 0);
	OK;
}

static void row_shared_mappings_are_the_file(void)
{
	int fd;
	char *p;

	UNLESS_READ_ONLY;
	fd = open("text5", O_RDWR);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	WANT(p != MAP_FAILED);
	WANT(CHILD((p[0] = 'J', 1)));
	WANT(p[0] == 'J' && CHILD(!holds(open("text5", O_RDONLY), TEXT)));
	WANT(pread(open("text5", O_RDONLY), p + 2048, 1, 0) == 1 && p[2048] == 'J');
	WANT(pwrite(fd, "K", 1, 0) == 1 && p[0] == 'K');
	OK;
}

static int lock(int fd, int command, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = 2, .l_len = 3 };

	return fcntl(fd, command, &l);
}

static void row_locks_are_of_processes(void)
{
	int fd = open("text", O_RDONLY), other = open("text", O_RDONLY);
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	WANT(lock(fd, F_SETLK, F_RDLCK) == 0);
	WANT(CHILD(fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_RDLCK && l.l_start == 2 &&
		   l.l_len == 3 && l.l_pid == getppid()));
	/* Closing any descriptor of the file ends them. */
	WANT(close(other) == 0);
	WANT(CHILD(fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_UNLCK));
	/* So does the end of the process. */
	WANT(CHILD(lock(fd, F_SETLK, F_RDLCK) == 0));
	l.l_type = F_WRLCK;
	WANT(fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_UNLCK);
	OK;
}

static void row_locks_of_descriptions(void)
{
	int a = open("text", O_RDONLY), b = open("text", O_RDONLY);
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	WANT(lock(a, F_OFD_SETLK, F_RDLCK) == 0);
	WANT(fcntl(b, F_OFD_GETLK, &l) == 0 && l.l_type == F_RDLCK && l.l_pid == -1);
	WANT(flock(a, LOCK_EX) == 0);
	/* The child has the same description, and does not free it by ending. */
	WANT(CHILD(flock(a, LOCK_EX | LOCK_NB) == 0));
	WANT(flock(b, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
	WANT(close(a) == 0 && flock(b, LOCK_SH | LOCK_NB) == 0);
	OK;
}

static void row_deadlocks_are_found(void)
{
	int fd, ready[2];
	pid_t pid;
	struct flock first = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	struct flock second = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1 };
	int status;
	char c;

	UNLESS_READ_ONLY;
	fd = open("text", O_RDWR);
	WANT(pipe(ready) == 0 && fcntl(fd, F_SETLK, &first) == 0);
	pid = fork();
	if (pid == 0) {
		int r = fcntl(fd, F_SETLK, &second);

		(void)!write(ready[1], "x", 1);
		r |= fcntl(fd, F_SETLKW, &first);
		_exit(r == 0 ? 0 : errno == EDEADLK ? 2 : 1);
	}
	WANT(read(ready[0], &c, 1) == 1);
	/* Whoever asks second is refused; the other gets what it waits for. */
	status = fcntl(fd, F_SETLKW, &second);
	WANT(status == 0 || errno == EDEADLK);
	c = status == 0;
	first.l_type = F_UNLCK;
	WANT(fcntl(fd, F_SETLK, &first) == 0);
	WANT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	WANT(WEXITSTATUS(status) == (c ? 2 : 0));
	OK;
}

static void row_forks_share_files_and_mappings(void)
{
	int fd = open("text", O_RDONLY);
	char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0), c;
	struct stat st;

	WANT(p != MAP_FAILED && fstat(fd, &st) == 0);
	WANT(CHILD(read(fd, &c, 1) == 1 && c == 'h' && memcmp(p, TEXT, (size_t)LEN) == 0));
	WANT(read(fd, &c, 1) == 1 && c == 'e');
	WANT(CHILD(CHILD(memcmp(p, TEXT, (size_t)LEN) == 0 && open("dir/a", O_RDONLY) >= 0)));
	OK;
}

/* large: number n is the line at 8 * n. */
#define LINES 524300u
#define LARGE (LINES * 8ul)

static int is_line(const char *map, unsigned int n)
{
	char line[9];

	snprintf(line, sizeof(line), "%07u\n", n);
	return memcmp(map + n * 8ul, line, 8) == 0;
}

static int all_lines(const char *map)
{
	for (unsigned int n = 0; n < LINES; n++)
		if (!is_line(map, n))
			return 0;
	return 1;
}

static char *map_large(const char *name, int prot, int flags)
{
	int fd = open(name, O_RDONLY);
	char *map = mmap(NULL, LARGE, prot, flags, fd, 0);

	close(fd);
	return map == MAP_FAILED ? NULL : map;
}

static char *raced;

/* Each thread writes to pages of its own, all over the file. */
static void *race(void *arg)
{
	for (unsigned long at = 4096ul * (unsigned long)(long)arg; at < LARGE; at += 4 * 4096)
		raced[at] = 'R';
	return NULL;
}

static void row_large_mappings_are_whole_however_they_are_used(void)
{
	char *a = map_large("large", PROT_READ | PROT_WRITE, MAP_PRIVATE);
	char *b = map_large("large", PROT_READ, MAP_SHARED);
	char *c = map_large("large", PROT_READ, MAP_PRIVATE), *moved, line[9] = "";
	unsigned char resident[4];
	int pipes[2];

	WANT(a != NULL && b != NULL && c != NULL && pipe(pipes) == 0);
	/* The first touch of a piece is a write, a protection, a system call's. */
	a[3000000] = 'X';
	WANT(mprotect(a + (1 << 20), 4096, PROT_NONE) == 0);
	WANT(mprotect(a + (1 << 20), 4096, PROT_READ | PROT_WRITE) == 0 && is_line(a, 131072));
	WANT(write(pipes[1], b + 8 * 400000ul, 8) == 8 && read(pipes[0], line, 8) == 8);
	WANT(strcmp(line, "0400000\n") == 0);
	WANT(madvise(c, LARGE, MADV_WILLNEED) == 0 && mincore(c + (1 << 21), 16384, resident) == 0);
	WANT(CHILD(is_line(c, 300000) && is_line(b, 300000)));
	moved = mremap(c, LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + (1ul << 26));
	WANT(moved == a + (1ul << 26) && all_lines(moved));
	WANT(munmap(b + (1 << 21), 4096) == 0 && is_line(b, 0) && is_line(b, 524299));
	WANT(a[3000000] == 'X' && is_line(a, 374999) && is_line(a, 375001));
	a[3000000] = '0';
	WANT(all_lines(a) && madvise(a, LARGE, MADV_DONTNEED) == 0 && all_lines(a));
	OK;
}

static void row_threads_that_touch_a_piece_lose_nothing(void)
{
	pthread_t threads[4];

	raced = map_large("large2", PROT_READ | PROT_WRITE, MAP_PRIVATE);
	WANT(raced != NULL);
	for (long i = 0; i < 4; i++)
		WANT(pthread_create(&threads[i], NULL, race, (void *)i) == 0);
	for (int i = 0; i < 4; i++)
		WANT(pthread_join(threads[i], NULL) == 0);
	for (unsigned long at = 0; at < LARGE; at += 4096)
		WANT(raced[at] == 'R' && raced[at + 8] == '0');
	OK;
}

static const struct {
	const char *name;
	void (*run)(void);
} rows[] = {
#define ROW(name) { #name, row_##name }
	ROW(questions_need_no_open_file), ROW(questions_see_every_change),
	ROW(inode_numbers_survive_changes), ROW(parents_are_right),
	ROW(directory_positions_are_stable), ROW(opening_has_all_its_flags),
	ROW(files_without_a_name), ROW(renames_have_flags),
	ROW(the_working_directory_moves_along), ROW(truncating_leaves_nothing_of_the_old),
	ROW(shared_mappings_are_the_file), ROW(locks_are_of_processes),
	ROW(locks_of_descriptions), ROW(deadlocks_are_found),
	ROW(forks_share_files_and_mappings),
	ROW(large_mappings_are_whole_however_they_are_used),
	ROW(threads_that_touch_a_piece_lose_nothing),
};

int main(int argc, char **argv)
{
	if (argc != 3 || chdir(argv[1]) < 0 || realpath(".", top) == NULL) {
		fprintf(stderr, "usage: pitfalls DIR ro|rw\n");
		return 2;
	}
	ro = strcmp(argv[2], "ro") == 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		printf("%s ", rows[i].name);
		fflush(stdout);
		rows[i].run();
		fflush(stdout);
	}
	return 0;
}
