/* fcntl: write hints, leases that cannot be had, sizes of pipes, duplicates, O_PATH. */
#include "../test.h"
#include <fcntl.h>
#include <sys/syscall.h>

#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY 1027
#endif
#ifndef F_CREATED_QUERY
#define F_CREATED_QUERY 1028
#endif

static long ctl(int fd, int cmd, long arg)
{
	return sys3(SYS_fcntl, fd, cmd, arg);
}

static void hints(int fd)
{
	uint64_t hint = 77;
	int ro = open("/tmp/f", O_RDONLY);

	CHECK_EQ(ctl(fd, F_GET_RW_HINT, (long)&hint), 0);
	CHECK_EQ(hint, 0);
	hint = 3; /* RWH_WRITE_LIFE_MEDIUM */
	CHECK_EQ(ctl(fd, F_SET_RW_HINT, (long)&hint), 0);
	hint = 77;
	CHECK_EQ(ctl(ro, F_GET_RW_HINT, (long)&hint), 0);
	CHECK_EQ(hint, 3);
	hint = 6;
	CHECK_EQ(ctl(fd, F_SET_RW_HINT, (long)&hint), -EINVAL);
	CHECK_EQ(ctl(fd, F_SET_RW_HINT, (long)BAD_LOW), -EFAULT);
	CHECK_EQ(ctl(fd, F_GET_RW_HINT, (long)BAD_LOW), -EFAULT);
	hint = 2;
	CHECK_EQ(ctl(fd, F_GET_FILE_RW_HINT, (long)&hint), -EINVAL);
	CHECK_EQ(ctl(fd, F_SET_FILE_RW_HINT, (long)&hint), -EINVAL);
	hint = 0;
	CHECK_EQ(ctl(fd, F_SET_RW_HINT, (long)&hint), 0);
	close(ro);
}

static void leases(int fd, int dir, int pipe_fd)
{
	CHECK_EQ(ctl(fd, F_GETLEASE, 0), F_UNLCK);
	CHECK_EQ(ctl(fd, F_SETLEASE, F_UNLCK), -EAGAIN);
	CHECK_EQ(ctl(fd, F_SETLEASE, 99), -EINVAL);
	CHECK_EQ(ctl(dir, F_SETLEASE, F_RDLCK), -EINVAL);
	CHECK_EQ(ctl(pipe_fd, F_SETLEASE, F_RDLCK), -EINVAL);
	CHECK_EQ(ctl(pipe_fd, F_GETLEASE, 0), F_UNLCK);
	if (geteuid() == 0) {
		REQUIRE(seteuid(1000) == 0);
		CHECK_EQ(ctl(fd, F_SETLEASE, F_RDLCK), -EACCES);
		CHECK_EQ(ctl(fd, F_SETLEASE, F_UNLCK), -EACCES);
		REQUIRE(seteuid(0) == 0);
	}
}

static void pipes(int fd, const int fds[2])
{
	long size = ctl(fds[0], F_GETPIPE_SZ, 0);

	CHECK_EQ(size, 65536);
	CHECK_EQ(ctl(fds[1], F_SETPIPE_SZ, 5000), 8192);
	CHECK_EQ(ctl(fds[0], F_GETPIPE_SZ, 0), 8192);
	CHECK_EQ(ctl(fds[0], F_SETPIPE_SZ, 0), 4096);
	CHECK_EQ(ctl(fds[0], F_SETPIPE_SZ, 0x80000001), -EINVAL);
	CHECK_EQ(ctl(fd, F_GETPIPE_SZ, 0), -EBADF);
	CHECK_EQ(ctl(fd, F_SETPIPE_SZ, 4096), -EBADF);
}

static void duplicates(int fd, int path)
{
	int same = dup(fd), other = open("/tmp/f", O_RDONLY);

	CHECK_EQ(ctl(fd, F_DUPFD_QUERY, same), 1);
	CHECK_EQ(ctl(fd, F_DUPFD_QUERY, other), 0);
	CHECK_EQ(ctl(fd, F_DUPFD_QUERY, 999), -EBADF);
	CHECK_EQ(ctl(path, F_DUPFD_QUERY, path), 1);
	CHECK_EQ(ctl(fd, F_DUPFD, -1), -EINVAL);
	CHECK_EQ(ctl(fd, F_DUPFD, 1 << 30), -EINVAL);
	CHECK_EQ(ctl(fd, 4242, 0), -EINVAL);
	CHECK_EQ(ctl(-1, F_GETFD, 0), -EBADF);
	close(same);
	close(other);
}

static void created(int fd)
{
	int made = open("/tmp/made", O_CREAT | O_RDWR, 0600);
	long r = ctl(made, F_CREATED_QUERY, 0);

	if (r != -EINVAL) { /* Linux 6.12 */
		CHECK_EQ(r, 1);
		CHECK_EQ(ctl(fd, F_CREATED_QUERY, 0), 0);
	}
	close(made);
}

static void paths(int path)
{
	static const int refused[] = { F_SETFL, F_GETLK, F_SETLK, F_SETOWN, F_GETOWN, F_GETLEASE,
				       F_SETLEASE, F_GETPIPE_SZ, F_GET_SEALS, F_GET_RW_HINT,
				       F_NOTIFY, F_GETSIG };

	for (unsigned int i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK_EQ(ctl(path, refused[i], 0), -EBADF);
	CHECK_EQ(ctl(path, F_GETFL, 0), O_PATH);
	CHECK_EQ(ctl(path, F_SETFD, FD_CLOEXEC), 0);
	CHECK_EQ(ctl(path, F_GETFD, 0), FD_CLOEXEC);
}

int main(void)
{
	int fd, again, dir = open("/tmp", O_RDONLY), path, fds[2];

	fd = open("/tmp/f", O_CREAT | O_RDWR, 0666);
	again = open("/tmp/f", O_CREAT | O_RDWR, 0666);
	path = open("/tmp/f", O_PATH);
	REQUIRE(fd >= 0 && again >= 0 && dir >= 0 && path >= 0 && pipe(fds) == 0);
	hints(fd);
	leases(fd, dir, fds[0]);
	pipes(fd, fds);
	duplicates(fd, path);
	created(again);
	paths(path);
	CHECK_EQ(ctl(fd, F_GET_SEALS, 0), F_SEAL_SEAL);
	CHECK_EQ(ctl(fds[0], F_GET_SEALS, 0), -EINVAL);
	CHECK_EQ(ctl(fd, F_ADD_SEALS, F_SEAL_WRITE), -EPERM);
	return TEST_RESULT;
}
