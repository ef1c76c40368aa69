/* set_tid_address returns the tid; robust list head: sizes, readback, errors. */
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	static long head[3];
	void *back = NULL;
	size_t size = 0;
	int word;

	CHECK_EQ(sys1(SYS_set_tid_address, &word), gettid());
	CHECK_EQ(sys1(SYS_set_tid_address, BAD_HIGH), gettid());
	CHECK_EQ(sys1(SYS_set_tid_address, NULL), gettid());
	CHECK_EQ(sys2(SYS_set_robust_list, head, 23), -EINVAL);
	CHECK_EQ(sys2(SYS_set_robust_list, head, 24), 0);
	CHECK_EQ(sys3(SYS_get_robust_list, 0, &back, &size), 0);
	CHECK(back == head && size == 24);
	CHECK_EQ(sys3(SYS_get_robust_list, gettid(), &back, &size), 0);
	CHECK(back == head);
	CHECK_EQ(sys3(SYS_get_robust_list, 0x3ffffff0, &back, &size), -ESRCH);
	CHECK_EQ(sys3(SYS_get_robust_list, 0, BAD_HIGH, &size), -EFAULT);
	CHECK_EQ(sys3(SYS_get_robust_list, 0, &back, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_set_robust_list, NULL, 24), 0);
	return TEST_RESULT;
}
