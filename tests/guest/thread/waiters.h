/* waiters.h - threads that wait on futex words, and a way to know that they sleep. */
#ifndef TEST_WAITERS_H
#define TEST_WAITERS_H

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

struct waiter {
	pthread_t thread;
	int *word;
	unsigned bits;
	long result;
};

static void *waiter_run(void *argument)
{
	struct waiter *w = argument;

	w->result = sys6(SYS_futex, (long)w->word, FUTEX_WAIT_BITSET_PRIVATE, 0, 0, 0,
			 (long)w->bits);
	return NULL;
}

static inline void waiter_start(struct waiter *w, int *word, unsigned bits)
{
	w->word = word;
	w->bits = bits;
	REQUIRE(pthread_create(&w->thread, NULL, waiter_run, w) == 0);
}

/* Requeueing a word to itself counts its sleepers and moves none. */
static inline long waiters_on(int *word)
{
	return sys6(SYS_futex, (long)word, FUTEX_REQUEUE_PRIVATE, 0, 0x7fffffff, (long)word,
		    0);
}

static inline void wait_for_waiters(int *word, long count)
{
	const struct timespec pause = { 0, 1000000 };

	for (int i = 0; i < 5000 && waiters_on(word) != count; i++)
		nanosleep(&pause, NULL);
	CHECK_EQ(waiters_on(word), count);
}

#endif
