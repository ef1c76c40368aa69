/* personality STICKY_TIMEOUTS: select and ppoll leave their timeouts as they were. */
#include "../test.h"
#include <poll.h>
#include <sys/personality.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

static long select_1ms(struct timeval *tv)
{
	tv->tv_sec = 0;
	tv->tv_usec = 1000;
	return sys5(SYS_select, 0, NULL, NULL, NULL, tv);
}

static long ppoll_1ms(struct timespec *ts)
{
	ts->tv_sec = 0;
	ts->tv_nsec = 1000000;
	return sys5(SYS_ppoll, NULL, 0, ts, NULL, 8);
}

int main(void)
{
	struct timeval tv;
	struct timespec ts;

	CHECK_EQ(select_1ms(&tv), 0);
	CHECK_EQ(tv.tv_usec, 0);
	CHECK_EQ(ppoll_1ms(&ts), 0);
	CHECK_EQ(ts.tv_nsec, 0);
	CHECK(personality(STICKY_TIMEOUTS) >= 0);
	CHECK_EQ(select_1ms(&tv), 0);
	CHECK_EQ(tv.tv_usec, 1000);
	CHECK_EQ(ppoll_1ms(&ts), 0);
	CHECK_EQ(ts.tv_nsec, 1000000);
	CHECK_EQ(personality(0), STICKY_TIMEOUTS);
	CHECK_EQ(select_1ms(&tv), 0);
	CHECK_EQ(tv.tv_usec, 0);
	return TEST_RESULT;
}
