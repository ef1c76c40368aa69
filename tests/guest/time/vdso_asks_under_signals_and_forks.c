/*
 * The clocks of processor time, which the vDSO asks the kernel for, from threads, forked
 * children and handlers of a timer that interrupts them everywhere; they never go back. A
 * handler sees code of the vDSO, of a library or of the program, never anything else.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

#include "../test.h"
#include "code.h"

#define ROUNDS 20000

static volatile int handled, elsewhere;

static void on_alarm(int sig, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	struct timespec t;

	(void)sig;
	(void)info;
	handled++;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	if (!code_is_known(at))
		elsewhere++;
}

static void *asks(void *arg)
{
	struct timespec last = { 0 }, now, res;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
		CHECK(now.tv_sec > last.tv_sec ||
		      (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec));
		last = now;
		CHECK_EQ(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
		CHECK_EQ(clock_getres(CLOCK_PROCESS_CPUTIME_ID, &res), 0);
	}
	return NULL;
}

int main(void)
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction sa = { .sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | SA_RESTART };
	pthread_t t[2];
	int status;

	sigaction(SIGALRM, &sa, NULL);
	REQUIRE(setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (int i = 0; i < 2; i++)
		REQUIRE(pthread_create(&t[i], NULL, asks, NULL) == 0);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			struct timespec now;

			for (int j = 0; j < 100; j++)
				CHECK_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
			_exit(TEST_RESULT);
		}
		while (waitpid(pid, &status, 0) != pid)
			;
		CHECK_EQ(status, 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK_EQ(elsewhere, 0);
	CHECK(handled > 0);
	return TEST_RESULT;
}
