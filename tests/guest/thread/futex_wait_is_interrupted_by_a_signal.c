/* EINTR without SA_RESTART, a restart with it (no time-out). */
#include "../test.h"
#include "waiters.h"
#include <signal.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler };
	static struct waiter w;
	static int word;

	sigaction(SIGUSR1, &sa, NULL);
	waiter_start(&w, &word, ~0U);
	wait_for_waiters(&word, 1);
	pthread_kill(w.thread, SIGUSR1);
	pthread_join(w.thread, NULL);
	CHECK_EQ(w.result, -EINTR);
	CHECK_EQ(count, 1);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	waiter_start(&w, &word, ~0U);
	wait_for_waiters(&word, 1);
	pthread_kill(w.thread, SIGUSR1);
	while (count < 2)
		sched_yield();
	wait_for_waiters(&word, 1);
	CHECK_EQ(sys3(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1), 1);
	pthread_join(w.thread, NULL);
	CHECK_EQ(w.result, 0);
	return TEST_RESULT;
}
