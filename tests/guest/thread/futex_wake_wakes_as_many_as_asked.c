/* Ten sleepers: wake 1, wake 4, wake the rest; the result counts them. */
#include "../test.h"
#include "waiters.h"

int main(void)
{
	static struct waiter w[10];
	static int word;

	for (int i = 0; i < 10; i++)
		waiter_start(&w[i], &word, ~0U);
	wait_for_waiters(&word, 10);
	CHECK_EQ(sys3(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1), 1);
	wait_for_waiters(&word, 9);
	CHECK_EQ(sys3(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 4), 4);
	wait_for_waiters(&word, 5);
	CHECK_EQ(sys3(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 100), 5);
	for (int i = 0; i < 10; i++) {
		pthread_join(w[i].thread, NULL);
		CHECK_EQ(w[i].result, 0);
	}
	CHECK_EQ(sys3(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1), 0);
	return TEST_RESULT;
}
