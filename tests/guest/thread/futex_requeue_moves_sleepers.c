/* REQUEUE wakes some and moves others; CMP_REQUEUE checks the value first. */
#include "../test.h"
#include "waiters.h"

int main(void)
{
	static struct waiter w[8];
	static int from, to;

	for (int i = 0; i < 8; i++)
		waiter_start(&w[i], &from, ~0U);
	wait_for_waiters(&from, 8);
	CHECK_EQ(sys6(SYS_futex, (long)&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, 3, (long)&to, 5),
		 -EAGAIN);
	CHECK_EQ(waiters_on(&from), 8);
	CHECK_EQ(sys6(SYS_futex, (long)&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, 3, (long)&to, 0), 4);
	wait_for_waiters(&from, 4);
	CHECK_EQ(waiters_on(&to), 3);
	CHECK_EQ(sys6(SYS_futex, (long)&from, FUTEX_REQUEUE_PRIVATE, 0, 100, (long)&to, 0), 4);
	CHECK_EQ(waiters_on(&from), 0);
	CHECK_EQ(sys3(SYS_futex, &from, FUTEX_WAKE_PRIVATE, 100), 0);
	CHECK_EQ(sys3(SYS_futex, &to, FUTEX_WAKE_PRIVATE, 100), 7);
	for (int i = 0; i < 8; i++) {
		pthread_join(w[i].thread, NULL);
		CHECK_EQ(w[i].result, 0);
	}
	CHECK_EQ(sys6(SYS_futex, (long)&from, FUTEX_CMP_REQUEUE_PRIVATE, -1, 1, (long)&to, 0),
		 -EINVAL);
	CHECK_EQ(sys6(SYS_futex, (long)&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1,
		      (long)BAD_HIGH, 0), -EFAULT);
	return TEST_RESULT;
}
