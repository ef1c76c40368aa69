/* A signal reaches a thread that makes no calls, however short a time ago it was created. */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

#include "../test.h"

#define ROUNDS 400

static pid_t begun;
static volatile int heard;

static void handler(int sig)
{
	heard = sig;
}

static void *spin(void *arg)
{
	__atomic_store_n(&begun, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	while (heard == 0)
		;
	return arg;
}

/* Another than who creates the threads, and faster than that goes on. */
static void *sender(void *arg)
{
	pid_t pid = getpid(), tid;

	for (int i = 0; i < ROUNDS; i++) {
		while ((tid = __atomic_exchange_n(&begun, 0, __ATOMIC_SEQ_CST)) == 0)
			;
		syscall(SYS_tgkill, pid, tid, SIGUSR1);
	}
	return arg;
}

int main(void)
{
	pthread_t t, s;

	signal(SIGUSR1, handler);
	REQUIRE(pthread_create(&s, NULL, sender, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		heard = 0;
		REQUIRE(pthread_create(&t, NULL, spin, NULL) == 0);
		REQUIRE(pthread_join(t, NULL) == 0);
	}
	REQUIRE(pthread_join(s, NULL) == 0);
	return TEST_RESULT;
}
