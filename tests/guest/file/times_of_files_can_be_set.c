/* utimensat, futimens: exact nanoseconds, UTIME_NOW, UTIME_OMIT, links, errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	struct timespec t[2] = { { 1000000000, 123456789 }, { 1100000000, 987654321 } };
	struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };
	struct stat st;

	REQUIRE(fd >= 0 && symlink("f", "/tmp/l") == 0);
	CHECK_EQ(futimens(fd, t), 0);
	CHECK(stat("/tmp/f", &st) == 0);
	CHECK(st.st_atim.tv_sec == 1000000000 && st.st_atim.tv_nsec == 123456789);
	CHECK(st.st_mtim.tv_sec == 1100000000 && st.st_mtim.tv_nsec == 987654321);
	t[0].tv_nsec = UTIME_OMIT;
	t[1] = (struct timespec){ 5, 6 };
	CHECK_EQ(utimensat(AT_FDCWD, "/tmp/l", t, 0), 0);
	CHECK(stat("/tmp/f", &st) == 0 && st.st_mtim.tv_sec == 5 && st.st_mtim.tv_nsec == 6);
	CHECK_EQ(st.st_atim.tv_nsec, 123456789);
	t[1].tv_nsec = UTIME_NOW;
	CHECK_EQ(utimensat(AT_FDCWD, "/tmp/f", t, 0), 0);
	CHECK(stat("/tmp/f", &st) == 0 && st.st_mtim.tv_sec > 1500000000);
	t[0] = t[1] = (struct timespec){ 7, 8 };
	CHECK_EQ(utimensat(AT_FDCWD, "/tmp/l", t, AT_SYMLINK_NOFOLLOW), 0);
	CHECK(lstat("/tmp/l", &st) == 0 && st.st_mtim.tv_sec == 7);
	CHECK(stat("/tmp/f", &st) == 0 && st.st_mtim.tv_sec != 7);
	CHECK_ERR(futimens(fd, bad), EINVAL);
	CHECK_ERR(utimensat(AT_FDCWD, "/tmp/none", t, 0), ENOENT);
	CHECK_ERR(utimensat(AT_FDCWD, "/tmp/f", t, 0x10000), EINVAL);
	CHECK_EQ(utimensat(AT_FDCWD, "/tmp/f", NULL, 0), 0);
	return TEST_RESULT;
}
