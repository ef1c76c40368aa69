/* A signal ends a read, a write and a read of the master; SA_RESTART repeats them. */
#include "pty.h"

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

/* With SA_RESTART once; else again and again, as the first may come before the wait. */
static void alarm_in(int flags, int ms)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };
	static timer_t timer;
	static bool made;
	const struct timespec time = { 0, ms * 1000000L }, never = { 0 };
	struct itimerspec when = { flags ? never : time, time };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };

	sigaction(SIGALRM, &sa, NULL);
	REQUIRE(made || timer_create(CLOCK_MONOTONIC, &ev, &timer) == 0);
	made = true;
	REQUIRE(timer_settime(timer, 0, &when, NULL) == 0);
}

int main(void)
{
	static char junk[200000];
	struct pair p;
	char buf[8];

	pair_open(&p);
	make_raw(p.slave);
	alarm_in(0, 50);
	CHECK_ERR(read(p.slave, buf, 1), EINTR);
	alarm_in(0, 50);
	CHECK_ERR(read(p.master, buf, 1), EINTR);
	alarm_in(0, 50);
	CHECK(write(p.slave, junk, sizeof(junk)) > 4000); /* what was written counts */
	do { /* until it is full */
		alarm_in(0, 50);
		errno = 0;
	} while (write(p.slave, junk, sizeof(junk)) > 0);
	CHECK_EQ(errno, EINTR);
	alarm_in(SA_RESTART, 50);
	count = 0;
	if (fork() == 0) {
		pause_ms(150);
		_exit(write(p.master, "z", 1) != 1);
	}
	CHECK_EQ(read(p.slave, buf, 1), 1);
	CHECK_EQ(buf[0], 'z');
	CHECK_EQ(count, 1);
	wait(NULL);
	return TEST_RESULT;
}
