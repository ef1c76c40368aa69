/* select and pselect: in, out and except sets, time-out left, bad fds, bad counts. */
#include "../test.h"
#include <fcntl.h>
#include <sys/select.h>
#include <sys/syscall.h>

int main(void)
{
	struct timeval t = { 0, 10000 }, bad = { 0, -1 };
	struct timespec ts = { 0, 1000000 };
	fd_set in, out, except;
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	FD_SET(fds[0], &except);
	CHECK_EQ(select(10, &in, &out, &except, &t), 1);
	CHECK(!FD_ISSET(fds[0], &in) && FD_ISSET(fds[1], &out) && !FD_ISSET(fds[0], &except));
	FD_SET(fds[0], &in);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(select(10, &in, &out, NULL, NULL), 2);
	CHECK_EQ(read(fds[0], &(char){ 0 }, 1), 1);
	t = (struct timeval){ 0, 10000 };
	CHECK_EQ(select(10, &in, NULL, NULL, &t), 0);
	CHECK_EQ(t.tv_sec + t.tv_usec, 0); /* Linux: what was left is stored */
	CHECK_ERR(select(-1, NULL, NULL, NULL, &t), EINVAL);
	CHECK_ERR(select(1, NULL, NULL, NULL, &bad), EINVAL);
	FD_ZERO(&in);
	FD_SET(99, &in);
	CHECK_EQ(dup2(fds[0], 200), 200); /* what lies beyond the table is ignored */
	CHECK_EQ(close(200), 0);
	CHECK_ERR(select(100, &in, NULL, NULL, &t), EBADF);
	CHECK_EQ(sys5(SYS_select, 10, BAD_HIGH, NULL, NULL, NULL), -EFAULT);
	CHECK_EQ(sys5(SYS_select, 0, NULL, NULL, NULL, BAD_HIGH), -EFAULT);
	CHECK_EQ(pselect(0, NULL, NULL, NULL, &ts, NULL), 0);
	CHECK_EQ(ts.tv_nsec, 1000000); /* libc hides the store */
	return TEST_RESULT;
}
