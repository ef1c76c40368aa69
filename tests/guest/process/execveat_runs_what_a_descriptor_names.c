/* execveat: relative to a directory, an open file itself, its flags and errors. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "process.h"

static char *const env[] = { NULL };

static int run_at(int dirfd, const char *name, char *const *argv, int flags)
{
	return CHILD_RESULT(_exit((int)-sys5(SYS_execveat, dirfd, name, argv, env, flags)));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		char link[4096];
		ssize_t n = readlink("/proc/self/exe", link, sizeof(link));

		_exit(n > 0 && strcmp(argv[1], "again") == 0 ? 44 : 45);
	}
	char dir[] = "/tmp/execveat.XXXXXX", name[64], *again[] = { "me", "again", NULL };
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int by_path = open("/proc/self/exe", O_PATH | O_CLOEXEC);

	REQUIRE(self >= 0 && by_path >= 0);
	REQUIRE(mkdtemp(dir) != NULL);
	snprintf(name, sizeof(name), "%s/link", dir);
	REQUIRE(symlink(argv[0][0] == '/' ? argv[0] : "/bin/false", name) == 0);
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK_EQ(run_at(self, "", again, AT_EMPTY_PATH), 44);
	CHECK_EQ(run_at(by_path, "", again, AT_EMPTY_PATH), 44);
	CHECK_EQ(run_at(self, "", again, 0), ENOENT);
	CHECK_EQ(run_at(self, "x", again, 0), ENOTDIR);
	CHECK_EQ(run_at(self, "", again, 0x40000), ENOENT);
	CHECK_EQ(run_at(self, "x", again, 0x40000), EINVAL);
	CHECK_EQ(run_at(self, "", again, AT_EMPTY_PATH | 0x40000), EINVAL);
	CHECK_EQ(run_at(999, "", again, AT_EMPTY_PATH), EBADF);
	CHECK_EQ(run_at(999, "x", again, 0), EBADF);
	CHECK_EQ(run_at(dirfd, "", again, AT_EMPTY_PATH), EACCES);
	CHECK_EQ(run_at(dirfd, "nothing", again, 0), ENOENT);
	CHECK_EQ(run_at(dirfd, BAD_HIGH, again, 0), EFAULT);
	CHECK_EQ(run_at(999, "/bin/true", again, 0), 0);
	CHECK_EQ(run_at(dirfd, "link", again, AT_SYMLINK_NOFOLLOW), ELOOP);
	if (argv[0][0] == '/')
		CHECK_EQ(run_at(dirfd, "link", again, 0), 44);
	/* A script by descriptor: its interpreter opens /dev/fd/N, which must survive. */
	snprintf(name, sizeof(name), "%s/script", dir);
	int fd = open(name, O_WRONLY | O_CREAT, 0755);
	REQUIRE(write(fd, "#!/bin/sh\nexit 46\n", 18) == 18);
	close(fd);
	fd = open(name, O_RDONLY);
	CHECK_EQ(run_at(fd, "", again, AT_EMPTY_PATH), 46);
	CHECK_EQ(run_at(dirfd, "script", again, 0), ENOENT); /* dirfd closes on exec */
	CHECK_EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	CHECK_EQ(run_at(fd, "", again, AT_EMPTY_PATH), ENOENT);
	/* A program that has no name any more. */
	int mem = memfd_create("program", 0);
	char buf[65536];
	ssize_t n;
	while ((n = read(self, buf, sizeof(buf))) > 0)
		REQUIRE(write(mem, buf, (size_t)n) == n);
	CHECK_EQ(fchmod(mem, 0755), 0);
	int ro = open((snprintf(name, sizeof(name), "/proc/self/fd/%d", mem), name), O_RDONLY);
	close(mem);
	CHECK_EQ(run_at(ro, "", again, AT_EMPTY_PATH), 44);
	snprintf(name, sizeof(name), "rm -rf %s", dir);
	CHECK_EQ(system(name), 0);
	return TEST_RESULT;
}
