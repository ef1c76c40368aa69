/* O_NONBLOCK on both sides, empty and full. */
#include "pty.h"

static void fill(int fd)
{
	static char junk[4096];
	long total = 0, n;

	memset(junk, 'j', sizeof(junk));
	for (int i = 0; i < 1000; i++) {
		n = write(fd, junk, sizeof(junk));
		if (n < 0)
			break;
		total += n;
		pause_ms(1);
	}
	CHECK_EQ(errno, EAGAIN);
	CHECK(total >= 4095);
	CHECK(total < 100000);
}

int main(void)
{
	struct pair p;
	struct pollfd f;
	char buf[4096];

	pair_open(&p);
	make_raw(p.slave);
	fcntl(p.master, F_SETFL, O_RDWR | O_NONBLOCK);
	fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
	CHECK_ERR(read(p.master, buf, 1), EAGAIN);
	CHECK_ERR(read(p.slave, buf, 1), EAGAIN);
	CHECK_EQ(read(p.slave, buf, 0), 0);
	fill(p.slave);
	f = (struct pollfd){ p.slave, POLLOUT, 0 };
	CHECK_EQ(poll(&f, 1, 0), 0);
	while (readable(p.master, 100))
		CHECK(read(p.master, buf, sizeof(buf)) > 0);
	CHECK_EQ(poll(&f, 1, PATIENCE), 1);
	fill(p.master);
	f = (struct pollfd){ p.master, POLLOUT, 0 };
	CHECK_EQ(poll(&f, 1, 0), 0);
	while (readable(p.slave, 100))
		CHECK(read(p.slave, buf, sizeof(buf)) > 0);
	CHECK_EQ(poll(&f, 1, PATIENCE), 1);
	CHANGE(p.slave, c_lflag, ICANON, 0);
	CHECK_ERR(read(p.slave, buf, 1), EAGAIN);
	return TEST_RESULT;
}
