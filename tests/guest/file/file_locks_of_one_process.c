/* flock between descriptions, fcntl locks within a process, OFD locks, errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/file.h>

int main(void)
{
	int a = open("/tmp/f", O_RDWR | O_CREAT, 0600), b = open("/tmp/f", O_RDWR);
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
	int r = open("/tmp/f", O_RDONLY);

	REQUIRE(a >= 0 && b >= 0 && r >= 0);
	CHECK_EQ(flock(a, LOCK_EX), 0);
	CHECK_ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	CHECK_ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	CHECK_EQ(flock(a, LOCK_SH), 0);
	CHECK_EQ(flock(b, LOCK_SH | LOCK_NB), 0);
	CHECK_EQ(flock(a, LOCK_UN), 0);
	CHECK_EQ(close(b), 0);
	CHECK_EQ(flock(a, LOCK_EX | LOCK_NB), 0);
	CHECK_ERR(flock(a, 0), EINVAL);
	CHECK_ERR(flock(-1, LOCK_SH), EBADF);
	/* a process never conflicts with itself */
	CHECK_EQ(fcntl(a, F_SETLK, &l), 0);
	b = open("/tmp/f", O_RDWR);
	CHECK_EQ(fcntl(b, F_SETLK, &l), 0);
	l.l_type = F_WRLCK;
	CHECK_EQ(fcntl(b, F_GETLK, &l), 0);
	CHECK_EQ(l.l_type, F_UNLCK);
	l = (struct flock){ .l_type = F_WRLCK, .l_whence = 99 };
	CHECK_ERR(fcntl(a, F_SETLK, &l), EINVAL);
	l = (struct flock){ .l_type = F_WRLCK };
	CHECK_ERR(fcntl(r, F_SETLK, &l), EBADF);
	/* descriptions do */
	l = (struct flock){ .l_type = F_UNLCK };
	CHECK_EQ(fcntl(a, F_SETLK, &l), 0);
	l = (struct flock){ .l_type = F_WRLCK, .l_len = 5 };
	CHECK_EQ(fcntl(a, F_OFD_SETLK, &l), 0);
	CHECK_ERR(fcntl(b, F_OFD_SETLK, &l), EAGAIN);
	l = (struct flock){ .l_type = F_WRLCK, .l_start = 5, .l_len = 5 };
	CHECK_EQ(fcntl(b, F_OFD_SETLK, &l), 0);
	return TEST_RESULT;
}
