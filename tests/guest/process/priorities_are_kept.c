/* getpriority, setpriority, nice, sched_*: whose, ranges, inheritance. */
#include <sched.h>
#include <sys/resource.h>

#include "process.h"

int main(void)
{
	struct sched_param p = { 0 };

	CHECK_ERR(setpriority(99, 0, 0), EINVAL);
	errno = 0;
	CHECK_EQ(getpriority(99, 0), -1);
	CHECK_EQ(errno, EINVAL);
	CHECK_ERR(setpriority(PRIO_PROCESS, 0x3ffffe, 0), ESRCH);
	CHECK_ERR(getpriority(PRIO_PROCESS, 0x3ffffe), ESRCH);
	CHECK_ERR(setpriority(PRIO_PGRP, 0x3ffffe, 0), ESRCH);
	CHECK_ERR(getpriority(PRIO_USER, 4242), ESRCH);
	CHECK_EQ(CHILD_RESULT({
		CHECK_EQ(setpriority(PRIO_PROCESS, 0, 15), 0);
		CHECK_EQ(getpriority(PRIO_PROCESS, 0), 15);
		CHECK_EQ(sys2(SYS_getpriority, PRIO_PROCESS, 0), 5); /* 20 - 15 */
		CHECK_EQ(CHILD_RESULT(_exit(getpriority(PRIO_PROCESS, 0))), 15);
		CHECK_EQ(setpriority(PRIO_PROCESS, 0, 100), 0);
		CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
		pid_t pid = CHILD(setpgid(0, 0); for (;;) pause());
		setpgid(pid, pid);
		CHECK_EQ(setpriority(PRIO_PGRP, (id_t)pid, 19), 0);
		CHECK_EQ(getpriority(PRIO_PGRP, (id_t)pid), 19);
		CHECK_EQ(kill(pid, SIGKILL), 0);
		status_of(pid);
		_exit(TEST_RESULT);
	}), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
	CHECK_ERR(sched_getscheduler(-1), EINVAL);
	CHECK_ERR(sched_getscheduler(0x3ffffe), ESRCH);
	CHECK_ERR(sched_getparam(0, NULL), EINVAL);
	CHECK_EQ(sys2(SYS_sched_getparam, 0, BAD_HIGH), -EFAULT);
	p.sched_priority = 1;
	CHECK_ERR(sched_setscheduler(0, SCHED_OTHER, &p), EINVAL);
	CHECK_ERR(sched_setscheduler(0, 99, &p), EINVAL);
	p.sched_priority = 0;
	CHECK_ERR(sched_setscheduler(0, SCHED_FIFO, &p), EINVAL);
	CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
	CHECK_EQ(sched_get_priority_min(SCHED_FIFO), 1);
	CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
	CHECK_ERR(sched_get_priority_max(99), EINVAL);
	CHECK_EQ(sched_setscheduler(0, SCHED_BATCH, &p), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	CHECK_EQ(CHILD_RESULT(_exit(sched_getscheduler(0))), SCHED_BATCH);
	CHECK_EQ(sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &p), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER | SCHED_RESET_ON_FORK);
	CHECK_EQ(CHILD_RESULT(_exit(sched_getscheduler(0) != SCHED_OTHER)), 0);
	cpu_set_t none;
	CPU_ZERO(&none);
	CHECK_ERR(sched_setaffinity(0, sizeof(none), &none), EINVAL);
	CHECK_EQ(sys3(SYS_sched_getaffinity, 0, 4, &none), -EINVAL);
	CHECK_EQ(sys3(SYS_sched_getaffinity, 0, sizeof(none), BAD_HIGH), -EFAULT);
	CHECK_EQ(sys3(SYS_sched_getaffinity, 0x3ffffe, sizeof(none), &none), -ESRCH);
	struct timespec t;
	CHECK_EQ(sys2(SYS_sched_rr_get_interval, 0x3ffffe, &t), -ESRCH);
	CHECK_EQ(sys2(SYS_sched_rr_get_interval, 0, BAD_HIGH), -EFAULT);
	return TEST_RESULT;
}
