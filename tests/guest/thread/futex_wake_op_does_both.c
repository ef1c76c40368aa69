/* WAKE_OP: changes the second word atomically and wakes by its old value. */
#include "../test.h"
#include "waiters.h"

int main(void)
{
	static struct waiter w[4];
	static int one, two;

	waiter_start(&w[0], &one, ~0U);
	waiter_start(&w[1], &one, ~0U);
	waiter_start(&w[2], &two, ~0U);
	waiter_start(&w[3], &two, ~0U);
	wait_for_waiters(&one, 2);
	wait_for_waiters(&two, 2);
	/* two |= 6, wake there if the old value was > 5: it was 0 */
	CHECK_EQ(sys6(SYS_futex, (long)&one, FUTEX_WAKE_OP_PRIVATE, 1, 10, (long)&two,
		      (long)FUTEX_OP(FUTEX_OP_OR, 6, FUTEX_OP_CMP_GT, 5)), 1);
	CHECK_EQ(two, 6);
	CHECK_EQ(sys6(SYS_futex, (long)&one, FUTEX_WAKE_OP_PRIVATE, 10, 10, (long)&two,
		      (long)FUTEX_OP(FUTEX_OP_XOR, 6, FUTEX_OP_CMP_EQ, 6)), 3);
	CHECK_EQ(two, 0);
	for (int i = 0; i < 4; i++)
		pthread_join(w[i].thread, NULL);
	return TEST_RESULT;
}
