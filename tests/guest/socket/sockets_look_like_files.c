/* fstat, /proc/self/fd, dup, fork, O_NONBLOCK by fcntl and ioctl, close-on-exec. */
#include "socket.h"
#include <sys/ioctl.h>

int main(void)
{
	struct stat a, b;
	char text[64], link[64], buf[8];
	int p[2], d, on = 1, status;
	ssize_t n;

	pair(SOCK_STREAM, p);
	CHECK_EQ(fstat(p[0], &a), 0);
	CHECK_EQ(fstat(p[1], &b), 0);
	CHECK_EQ(a.st_mode, S_IFSOCK | 0777);
	CHECK(a.st_ino != b.st_ino);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", p[0]);
	n = readlink(link, text, sizeof(text) - 1);
	CHECK(n > 0);
	text[n > 0 ? n : 0] = '\0';
	snprintf(buf, sizeof(buf), "x");
	char want[64];
	snprintf(want, sizeof(want), "socket:[%lu]", (unsigned long)a.st_ino);
	CHECK(strcmp(text, want) == 0);
	CHECK_ERR(open(link, O_RDWR), ENXIO);
	CHECK_ERR(ftruncate(p[0], 0), EINVAL);
	CHECK_EQ(ioctl(p[0], FIONBIO, &on), 0);
	CHECK_EQ(fcntl(p[0], F_GETFL), O_RDWR | O_NONBLOCK);
	CHECK_ERR(read(p[0], buf, 1), EAGAIN);
	CHECK_EQ(fcntl(p[0], F_SETFL, 0), 0);
	d = dup(p[0]);
	close(p[0]);
	CHECK_EQ(write(p[1], "a", 1), 1); /* one end is still open */
	CHECK_EQ(read(d, buf, 8), 1);
	if (fork() == 0) {
		close(p[1]);
		_exit(write(d, "child", 5) != 5);
	}
	close(d);
	CHECK_EQ(recv(p[1], buf, 5, MSG_WAITALL), 5);
	wait(&status);
	CHECK_EQ(status, 0);
	CHECK_EQ(read(p[1], buf, 8), 0); /* the child's was the last */
	return TEST_RESULT;
}
