/* A fault in the vDSO, and a signal during a call that it makes: the frames lead to main(). */
#include <execinfo.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>

#include "../test.h"

static sigjmp_buf out;
static void *caller; /* of main() */
static volatile int led, asked;

static void on_fault(int sig)
{
	void *frames[64];
	int n = backtrace(frames, 64);

	(void)sig;
	asked++;
	for (int i = 0; i < n; i++)
		led += frames[i] == caller;
	if (sig == SIGSEGV)
		siglongjmp(out, 1);
}

int main(void)
{
	struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
	struct timespec t;
	void *frames[4];

	if (getauxval(AT_SYSINFO_EHDR) == 0)
		skip("no vDSO");
	REQUIRE(backtrace(frames, 4) > 1); /* loads what it needs, too */
	caller = frames[1];
	signal(SIGSEGV, on_fault);
	if (sigsetjmp(out, 1) == 0)
		clock_gettime(CLOCK_MONOTONIC, (struct timespec *)16);
	CHECK_EQ(asked, 1);
	CHECK_EQ(led, 1);
	asked = led = 0;
	CHECK_ERR(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, (struct timespec *)16), EFAULT);
	CHECK_EQ(asked, 0);
	signal(SIGALRM, on_fault);
	REQUIRE(setitimer(ITIMER_REAL, &often, NULL) == 0);
	while (asked < 200)
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK_EQ(led, asked);
	return TEST_RESULT;
}
