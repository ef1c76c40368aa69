/* sched_getaffinity sizes, setaffinity to oneself, policies, priorities, yield, getcpu. */
#include "../test.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

int main(void)
{
	unsigned long mask[128], one;
	struct sched_param param = { 99 };
	unsigned cpu = 9999, node = 9999;
	struct timespec t;
	cpu_set_t set;
	int start;
	long n;

	n = sys3(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	CHECK(n > 0 && n % 8 == 0);
	CHECK_EQ(sys3(SYS_sched_getaffinity, 0, 4, mask), -EINVAL);
	CHECK_EQ(sys3(SYS_sched_getaffinity, 0, 9, mask), -EINVAL);
	CHECK_EQ(sys3(SYS_sched_getaffinity, 0x3ffffff0, sizeof(mask), mask), -ESRCH);
	CHECK_EQ(sys3(SYS_sched_getaffinity, 0, sizeof(mask), BAD_HIGH), -EFAULT);
	CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	CHECK(CPU_COUNT(&set) >= 1);
	CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
	one = 0;
	CHECK_EQ(sys3(SYS_sched_setaffinity, 0, 8, &one), -EINVAL);
	CHECK_EQ(sys3(SYS_sched_setaffinity, 0, 8, BAD_HIGH), -EFAULT);
	CHECK_EQ(sched_yield(), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
	CHECK_EQ(sched_getparam(0, &param), 0);
	CHECK_EQ(param.sched_priority, 0);
	CHECK_ERR(sched_getparam(-1, &param), EINVAL);
	CHECK_ERR(sched_getscheduler(0x3ffffff0), ESRCH);
	CHECK_EQ(sched_setscheduler(0, SCHED_OTHER, &param), 0);
	CHECK_ERR(sched_setscheduler(0, 99, &param), EINVAL);
	CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
	CHECK_EQ(sched_get_priority_min(SCHED_FIFO), 1);
	CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
	CHECK_ERR(sched_get_priority_max(99), EINVAL);
	CHECK_EQ(sched_rr_get_interval(0, &t), 0);
	CHECK_EQ(sys3(SYS_getcpu, &cpu, &node, NULL), 0);
	CHECK(CPU_ISSET(cpu, &set));
	CHECK_EQ(sys3(SYS_getcpu, NULL, NULL, NULL), 0);
	CHECK_EQ(sys3(SYS_getcpu, BAD_HIGH, NULL, NULL), -EFAULT);
	start = getpriority(PRIO_PROCESS, 0);
	printf("niceness %d, masks of %ld bytes\n", start, n); /* both are the caller's */
	CHECK_EQ(nice(1), start < 19 ? start + 1 : 19);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), start < 19 ? start + 1 : 19);
	CHECK_ERR(getpriority(99, 0), EINVAL);
	return TEST_RESULT;
}
