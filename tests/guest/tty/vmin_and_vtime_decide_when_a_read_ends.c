/* The four cases of non-canonical reading. */
#include "pty.h"

static void wait_for(int fd, int min, int time)
{
	struct termios t;

	REQUIRE(tcgetattr(fd, &t) == 0);
	t.c_cc[VMIN] = (cc_t)min;
	t.c_cc[VTIME] = (cc_t)time;
	REQUIRE(tcsetattr(fd, TCSANOW, &t) == 0);
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 +
	       (now.tv_nsec - since->tv_nsec) / 1000000;
}

static void type_later(const struct pair *p, const char *text, int each_ms)
{
	if (fork() != 0)
		return;
	for (; *text != 0; text++) {
		pause_ms(each_ms);
		if (write(p->master, text, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

int main(void)
{
	struct pair p;
	struct timespec start;
	char buf[16];

	pair_open(&p);
	make_raw(p.slave);
	wait_for(p.slave, 0, 0);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 0);
	wait_for(p.slave, 0, 3);
	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 0);
	CHECK(elapsed_ms(&start) >= 250);
	type_later(&p, "ab", 50);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 1);
	wait(NULL);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 1);
	wait_for(p.slave, 3, 0);
	type_later(&p, "abcd", 30);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 3);
	wait(NULL);
	type_later(&p, "efgh", 1);
	wait(NULL);
	pause_ms(100);
	CHECK_EQ(read(p.slave, buf, 2), 2); /* what is asked for is enough */
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 3);
	/* A minimum and a time: the time runs from byte to byte. */
	wait_for(p.slave, 10, 15);
	type_later(&p, "abc", 50);
	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 3);
	CHECK(elapsed_ms(&start) >= 1600);
	wait(NULL);
	return TEST_RESULT;
}
