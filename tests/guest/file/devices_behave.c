/* /dev/null, zero, full, random, urandom: reads, writes, seeks, ENOSPC, types. */
#include "../test.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <termios.h>

static void check_type(const char *path, unsigned minor)
{
	struct stat st;

	CHECK_EQ(stat(path, &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(st.st_rdev, makedev(1, minor));
	CHECK_EQ(st.st_mode & 0777, 0666);
}

int main(void)
{
	char buffer[4096], other[4096];
	struct termios t;
	int fd;

	check_type("/dev/null", 3);
	check_type("/dev/zero", 5);
	check_type("/dev/full", 7);
	check_type("/dev/random", 8);
	check_type("/dev/urandom", 9);
	fd = open("/dev/null", O_RDWR);
	CHECK_EQ(read(fd, buffer, 100), 0);
	CHECK_EQ(write(fd, buffer, 4096), 4096);
	CHECK_EQ(sys3(SYS_write, fd, BAD_LOW, 4096), 4096); /* Linux does not even look */
	CHECK_EQ(lseek(fd, 1000, SEEK_SET), 0);
	CHECK_ERR(ioctl(fd, TCGETS, &t), ENOTTY);
	CHECK_EQ(isatty(fd), 0);
	fd = open("/dev/zero", O_RDWR);
	memset(buffer, 1, sizeof(buffer));
	CHECK_EQ(read(fd, buffer, sizeof(buffer)), sizeof(buffer));
	for (size_t i = 0; i < sizeof(buffer); i++)
		if (buffer[i])
			test_fail("byte %zu", i);
	CHECK_EQ(write(fd, buffer, 100), 100);
	CHECK_EQ(sys3(SYS_read, fd, BAD_LOW, 1), -EFAULT);
	fd = open("/dev/full", O_RDWR);
	CHECK_ERR(write(fd, buffer, 1), ENOSPC);
	CHECK_EQ(read(fd, buffer, 10), 10);
	for (int i = 0; i < 2; i++) {
		fd = open(i ? "/dev/random" : "/dev/urandom", O_RDWR);
		CHECK_EQ(read(fd, buffer, sizeof(buffer)), sizeof(buffer));
		CHECK_EQ(read(fd, other, sizeof(other)), sizeof(other));
		CHECK(memcmp(buffer, other, sizeof(buffer)) != 0);
		CHECK_EQ(write(fd, buffer, 16), 16);
	}
	return TEST_RESULT;
}
