/*
 * destroy DIR...: changes everything below in every way there is, then removes it.
 *
 * Errors are passed over. Prints "N changes": the calls on files that succeeded. It is what a
 * sandbox without a writable mount may do, and nobody outside sees anything of it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static long changes;

#define DO(call)                                                                  \
	do {                                                                      \
		if ((call) >= 0)                                                  \
			changes++;                                                \
	} while (0)

static void change_data(const char *path)
{
	char *p;
	int fd = open(path, O_RDWR);

	if (fd >= 0) {
		DO(pwrite(fd, "DESTROYED", 9, 0));
		DO(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
		p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (p != MAP_FAILED) {
			*p = 'D';
			DO(msync(p, 1, MS_SYNC));
		}
		DO(fsync(fd));
		close(fd);
	}
	fd = open(path, O_WRONLY | O_APPEND);
	DO(write(fd, "more", 4));
	close(fd);
	DO(truncate(path, 3));
	DO(open(path, O_WRONLY | O_TRUNC));
}

static void change_attributes(const char *path)
{
	struct timespec times[2] = { { 1, 2 }, { 3, 4 } };

	DO(chmod(path, 07777));
	DO(lchown(path, 12, 34));
	DO(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
	DO(lsetxattr(path, "user.destroyed", "yes", 3, 0));
	DO(lremovexattr(path, "user.kept"));
}

static void change_names(const char *path)
{
	char other[4200], third[4200];

	snprintf(other, sizeof(other), "%s.other", path);
	snprintf(third, sizeof(third), "%s.third", path);
	DO(linkat(AT_FDCWD, path, AT_FDCWD, other, 0));
	DO(symlink("/", third));
	DO(syscall(SYS_renameat2, AT_FDCWD, other, AT_FDCWD, third, 2 /* RENAME_EXCHANGE */));
	DO(rename(third, path));
	DO(unlink(other));
	DO(unlink(third));
}

static void change_directory(const char *path)
{
	char name[4200];

	snprintf(name, sizeof(name), "%s/made", path);
	DO(mkdir(name, 0777));
	DO(rmdir(name));
	DO(mknod(name, S_IFIFO | 0777, 0));
	DO(unlink(name));
	DO(open(name, O_CREAT | O_EXCL | O_RDWR, 0777));
	DO(open(path, O_TMPFILE | O_RDWR, 0777));
}

static void destroy(const char *path, int depth)
{
	char name[4200];
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (depth > 20 || lstat(path, &st) < 0)
		return;
	change_attributes(path);
	if (!S_ISDIR(st.st_mode)) {
		if (S_ISREG(st.st_mode))
			change_data(path);
		change_names(path);
		DO(unlink(path));
		return;
	}
	change_directory(path);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		destroy(name, depth + 1);
	}
	if (d != NULL)
		closedir(d);
	snprintf(name, sizeof(name), "%s.moved", path);
	DO(rename(path, name));
	DO(rmdir(name));
	DO(rmdir(path));
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (mount("none", argv[i], "tmpfs", 0, "") == 0)
			umount2(argv[i], 0);
		/* what is read-only stays so under another mount, too */
		if (mount(argv[i], argv[i], NULL, MS_BIND, NULL) == 0)
			mount(NULL, argv[i], NULL, MS_BIND | MS_REMOUNT, NULL);
		destroy(argv[i], 0);
	}
	sync();
	printf("%ld changes\n", changes);
	return 0;
}
