/* Unaligned words, bad addresses, bad operations, wrong value, bad time-outs. */
#include "../test.h"
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

static long futex(void *word, int op, unsigned value, const void *timeout)
{
	return sys6(SYS_futex, (long)word, op, value, (long)timeout, 0, 0);
}

int main(void)
{
	static int words[4];
	struct timespec bad = { 0, 1000000000 }, negative = { -1, 0 };

	CHECK_EQ(futex(words, FUTEX_WAIT, 1, NULL), -EAGAIN);
	CHECK_EQ(futex(words, FUTEX_WAIT_PRIVATE, 1, NULL), -EAGAIN);
	CHECK_EQ(futex((char *)words + 1, FUTEX_WAIT, 0, NULL), -EINVAL);
	CHECK_EQ(futex((char *)words + 2, FUTEX_WAKE, 1, NULL), -EINVAL);
	CHECK_EQ(futex(NULL, FUTEX_WAIT, 0, NULL), -EFAULT);
	CHECK_EQ(futex(BAD_HIGH, FUTEX_WAIT_PRIVATE, 0, NULL), -EFAULT);
	CHECK_EQ(futex(BAD_HIGH, FUTEX_WAKE_PRIVATE, 1, NULL), -EFAULT);
	CHECK_EQ(futex(words, FUTEX_WAIT, 0, &bad), -EINVAL);
	CHECK_EQ(futex(words, FUTEX_WAIT, 0, &negative), -EINVAL);
	CHECK_EQ(futex(words, FUTEX_WAIT, 0, BAD_HIGH), -EFAULT);
	CHECK_EQ(futex(words, 99, 0, NULL), -ENOSYS);
	CHECK_EQ(futex(words, FUTEX_WAKE, 1, NULL), 0);
	CHECK_EQ(futex(words, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL), 0);
	CHECK_EQ(sys6(SYS_futex, (long)words, FUTEX_WAIT_BITSET, 0, 0, 0, 0), -EINVAL);
	CHECK_EQ(sys6(SYS_futex, (long)words, FUTEX_WAKE_BITSET, 1, 0, 0, 0), -EINVAL);
	return TEST_RESULT;
}
