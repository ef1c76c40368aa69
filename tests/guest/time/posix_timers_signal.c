/* timer_create with a signal: value, overrun, gettime, delete, errors. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

static volatile int count, value, code;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	count++;
	value = info->si_value.sival_int;
	code = info->si_code;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
				  .sigev_value.sival_int = 4242 };
	struct itimerspec spec = { { 0, 5000000 }, { 0, 5000000 } }, now, off = { 0 };
	timer_t timer;

	sigaction(SIGUSR1, &sa, NULL);
	REQUIRE(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	CHECK_EQ(timer_gettime(timer, &now), 0);
	CHECK_EQ(now.it_value.tv_sec + now.it_value.tv_nsec, 0);
	CHECK_EQ(timer_settime(timer, 0, &spec, NULL), 0);
	while (count < 4)
		pause();
	CHECK_EQ(value, 4242);
	CHECK_EQ(code, SI_TIMER);
	CHECK(timer_getoverrun(timer) >= 0);
	CHECK_EQ(timer_settime(timer, 0, &off, &now), 0);
	CHECK_EQ(now.it_interval.tv_nsec, 5000000);
	CHECK_EQ(timer_delete(timer), 0);
	CHECK_EQ(sys1(SYS_timer_delete, 12345), -EINVAL);
	CHECK_ERR(timer_create(99, &event, &timer), EINVAL);
	event.sigev_signo = 65;
	CHECK_ERR(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
	return TEST_RESULT;
}
