/* WAKE_BITSET wakes only sleepers whose bits meet. */
#include "../test.h"
#include "waiters.h"

static long wake(int *word, unsigned bits)
{
	return sys6(SYS_futex, (long)word, FUTEX_WAKE_BITSET_PRIVATE, 100, 0, 0, (long)bits);
}

int main(void)
{
	static struct waiter w[6];
	static int word;

	for (int i = 0; i < 6; i++)
		waiter_start(&w[i], &word, 1U << (i / 2));
	wait_for_waiters(&word, 6);
	CHECK_EQ(wake(&word, 8), 0);
	CHECK_EQ(wake(&word, 2), 2);
	wait_for_waiters(&word, 4);
	CHECK_EQ(wake(&word, 2), 0);
	CHECK_EQ(wake(&word, 5), 4);
	for (int i = 0; i < 6; i++)
		pthread_join(w[i].thread, NULL);
	return TEST_RESULT;
}
