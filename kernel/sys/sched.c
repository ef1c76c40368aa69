/*
 * Scheduling: policies, priorities, affinity.
 *
 * Guest threads are host threads in the host's default policy, and the jail may not change
 * that. What a guest sets is kept, checked and reported as Linux does, and has no effect on
 * when it runs. What would promise more than that (real-time policies, higher priority) is
 * refused like in an unprivileged container, whoever asks.
 */
#include "abi/linux/resource.h"
#include "abi/linux/sched.h"
#include "abi/linux/time.h"
#include "kernel/boot.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/cred.h"
#include "kernel/sys/syscall.h"
#include "lib/string.h"
#include "platform/plat.h"

/* A thread by the number such calls take; 0: the caller. Referenced; NULL: none. */
static struct thread *target(s32 tid)
{
	return tid == 0 ? thread_get(current()) : thread_find(tid);
}

/* Linux: the same effective user, or CAP_SYS_NICE. */
static bool may_change(const struct thread *t)
{
	const struct cred *mine = &current()->process->cred, *his = &t->process->cred;

	return t->process == current()->process || mine->euid == his->euid ||
	       mine->euid == his->uid || capable(LINUX_CAP_SYS_NICE);
}

void sched_thread_init(struct thread *t)
{
	struct thread_attr *a = &t->attr;

	/* Linux: what PR_SET_TIMERSLACK 0 goes back to is what the creator had. */
	if (a->timer_slack != 0)
		a->timer_slack_default = a->timer_slack;
	if (!a->reset_on_fork)
		return;
	a->reset_on_fork = false;
	a->policy = LINUX_SCHED_NORMAL;
	a->nice = MAX(a->nice, 0);
}

SYSCALL_DEFINE(sched_yield)
{
	plat_yield();
	return 0;
}

/* --- affinity --- */

#define MASK_WORDS (CPUS_MAX / 64)

static u32 mask_bytes(void)
{
	return MIN(boot_block()->cpu_mask_bytes, MASK_WORDS * (u32)sizeof(u64));
}

SYSCALL_DEFINE(sched_setaffinity, s32, tid, u32, len, uaddr_t, umask)
{
	const u64 *cpus = boot_block()->cpus;
	u64 mask[MASK_WORDS] = { 0 };
	bool any = false;
	struct thread *t;

	if (copy_in(mask, umask, MIN(len, mask_bytes())) < 0)
		return -EFAULT;
	t = target(tid);
	if (t == NULL)
		return -ESRCH;
	if (!may_change(t)) {
		thread_put(t);
		return -EPERM;
	}
	for (u32 i = 0; i < MASK_WORDS; i++) {
		mask[i] &= cpus[i];
		any |= mask[i] != 0;
	}
	if (any)
		memcpy(t->attr.affinity, mask, sizeof(mask));
	thread_put(t);
	return any ? 0 : -EINVAL;
}

SYSCALL_DEFINE(sched_getaffinity, s32, tid, u32, len, uaddr_t, umask)
{
	const u64 *cpus = boot_block()->cpus;
	u32 bytes = mask_bytes();
	u64 mask[MASK_WORDS];
	bool any = false;
	struct thread *t;
	u32 top = bytes * 8;

	while (top > 1 && !(cpus[(top - 1) / 64] >> ((top - 1) % 64) & 1))
		top--;
	if ((u64)len * 8 < top || !IS_ALIGNED(len, (u32)sizeof(u64)))
		return -EINVAL;
	t = target(tid);
	if (t == NULL)
		return -ESRCH;
	memcpy(mask, t->attr.affinity, sizeof(mask));
	thread_put(t);
	for (u32 i = 0; i < MASK_WORDS; i++)
		any |= mask[i] != 0;
	if (!any)
		memcpy(mask, cpus, sizeof(mask));
	bytes = MIN(bytes, len);
	return copy_out(umask, mask, bytes) < 0 ? -EFAULT : (s64)bytes;
}

/* --- policies --- */

static bool policy_valid(int policy)
{
	return (policy >= LINUX_SCHED_NORMAL && policy <= LINUX_SCHED_BATCH) ||
	       (policy >= LINUX_SCHED_IDLE && policy <= LINUX_SCHED_EXT);
}

static bool policy_realtime(int policy)
{
	return policy == LINUX_SCHED_FIFO || policy == LINUX_SCHED_RR;
}

SYSCALL_DEFINE(sched_get_priority_max, int, policy)
{
	if (!policy_valid(policy))
		return -EINVAL;
	return policy_realtime(policy) ? 99 : 0;
}

SYSCALL_DEFINE(sched_get_priority_min, int, policy)
{
	if (!policy_valid(policy))
		return -EINVAL;
	return policy_realtime(policy) ? 1 : 0;
}

/* Give t the policy, or say why not. reset: SCHED_RESET_ON_FORK. */
static int policy_set(struct thread *t, int policy, int priority, bool reset)
{
	if (!policy_valid(policy))
		return -EINVAL;
	if (policy_realtime(policy) ? priority < 1 || priority > 99 : priority != 0)
		return -EINVAL;
	if (!may_change(t) || policy_realtime(policy) || policy == LINUX_SCHED_DEADLINE)
		return -EPERM;
	if (policy == LINUX_SCHED_EXT)
		return -EINVAL; /* no such scheduler is loaded */
	if (t->attr.reset_on_fork && !reset && !capable(LINUX_CAP_SYS_NICE))
		return -EPERM;
	t->attr.policy = (u32)policy;
	t->attr.reset_on_fork = reset;
	return 0;
}

static int policy_set_of(s32 tid, int policy, int priority, bool reset)
{
	struct thread *t = target(tid);
	int err;

	if (t == NULL)
		return -ESRCH;
	if (policy < 0) { /* sched_setparam: as it is */
		policy = (int)t->attr.policy;
		reset = t->attr.reset_on_fork;
	}
	err = policy_set(t, policy, priority, reset);
	thread_put(t);
	return err;
}

SYSCALL_DEFINE(sched_setscheduler, s32, tid, int, policy, uaddr_t, uparam)
{
	struct linux_sched_param param;

	if (policy < 0 || uparam == 0 || tid < 0)
		return -EINVAL;
	if (copy_in_struct(&param, uparam) < 0)
		return -EFAULT;
	return policy_set_of(tid, policy & ~LINUX_SCHED_RESET_ON_FORK, param.sched_priority,
			     policy & LINUX_SCHED_RESET_ON_FORK);
}

SYSCALL_DEFINE(sched_setparam, s32, tid, uaddr_t, uparam)
{
	struct linux_sched_param param;

	if (uparam == 0 || tid < 0)
		return -EINVAL;
	if (copy_in_struct(&param, uparam) < 0)
		return -EFAULT;
	return policy_set_of(tid, -1, param.sched_priority, false);
}

SYSCALL_DEFINE(sched_getscheduler, s32, tid)
{
	struct thread *t;
	s64 policy;

	if (tid < 0)
		return -EINVAL;
	t = target(tid);
	if (t == NULL)
		return -ESRCH;
	policy = t->attr.policy | (t->attr.reset_on_fork ? LINUX_SCHED_RESET_ON_FORK : 0);
	thread_put(t);
	return policy;
}

SYSCALL_DEFINE(sched_getparam, s32, tid, uaddr_t, ret)
{
	const struct linux_sched_param param = { .sched_priority = 0 };
	struct thread *t;

	if (ret == 0 || tid < 0)
		return -EINVAL;
	t = target(tid);
	if (t == NULL)
		return -ESRCH;
	thread_put(t);
	return copy_out_struct(ret, &param);
}

/* Linux: the slice of a normal task; real-time ones do not exist here. */
#define SLICE_NS 3000000

SYSCALL_DEFINE(sched_rr_get_interval, s32, tid, uaddr_t, ret)
{
	const struct linux_timespec slice = { .tv_nsec = SLICE_NS };
	struct thread *t;

	if (tid < 0)
		return -EINVAL;
	t = target(tid);
	if (t == NULL)
		return -ESRCH;
	thread_put(t);
	return copy_out_struct(ret, &slice);
}

/* --- sched_setattr, sched_getattr --- */

static int attr_copy_in(struct linux_sched_attr *attr, uaddr_t uattr)
{
	const u32 known = sizeof(*attr);
	u8 extra;
	u32 size;

	memset(attr, 0, sizeof(*attr));
	if (copy_in_struct(&size, uattr) < 0)
		return -EFAULT;
	if (size == 0)
		size = LINUX_SCHED_ATTR_SIZE_VER0;
	if (size < LINUX_SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		goto too_big;
	if (copy_in(attr, uattr, MIN(size, known)) < 0)
		return -EFAULT;
	/* A caller newer than we are: fine as long as it uses nothing we do not know. */
	for (u32 i = known; i < size; i++) {
		if (copy_in(&extra, uattr + i, 1) < 0)
			return -EFAULT;
		if (extra != 0)
			goto too_big;
	}
	attr->size = size;
	return 0;
too_big:
	(void)!copy_out(uattr, &known, sizeof(known));
	return -E2BIG;
}

static int nice_allowed(const struct thread *t, s32 nice)
{
	u64 limit = task_rlimit(LINUX_RLIMIT_NICE);

	/* Linux: RLIMIT_NICE 1..40 stands for nice 19..-20. */
	if (nice < t->attr.nice && (u64)(20 - nice) > limit && !capable(LINUX_CAP_SYS_NICE))
		return -EACCES;
	return 0;
}

SYSCALL_DEFINE(sched_setattr, s32, tid, uaddr_t, uattr, u32, flags)
{
	const u64 known = LINUX_SCHED_FLAG_RESET_ON_FORK | LINUX_SCHED_FLAG_KEEP_POLICY |
			  LINUX_SCHED_FLAG_KEEP_PARAMS | LINUX_SCHED_FLAG_RECLAIM |
			  LINUX_SCHED_FLAG_DL_OVERRUN;
	struct linux_sched_attr attr;
	struct thread *t;
	s32 nice;
	int err;

	if (uattr == 0 || tid < 0 || flags != 0)
		return -EINVAL;
	err = attr_copy_in(&attr, uattr);
	if (err < 0)
		return err;
	if ((s32)attr.sched_policy < 0 || (attr.sched_flags & ~known))
		return -EINVAL;
	t = target(tid);
	if (t == NULL)
		return -ESRCH;
	if (attr.sched_flags & LINUX_SCHED_FLAG_KEEP_POLICY)
		attr.sched_policy = t->attr.policy;
	nice = MAX(MIN(attr.sched_nice, LINUX_PRIO_MAX - 1), LINUX_PRIO_MIN);
	if (attr.sched_flags & LINUX_SCHED_FLAG_KEEP_PARAMS)
		nice = t->attr.nice;
	err = nice_allowed(t, nice) < 0 ? -EPERM : 0;
	if (err == 0)
		err = policy_set(t, (int)attr.sched_policy, (int)attr.sched_priority,
				 attr.sched_flags & LINUX_SCHED_FLAG_RESET_ON_FORK);
	if (err == 0)
		t->attr.nice = nice;
	thread_put(t);
	return err;
}

SYSCALL_DEFINE(sched_getattr, s32, tid, uaddr_t, ret, u32, size, u32, flags)
{
	struct linux_sched_attr attr = { .size = MIN(size, (u32)sizeof(attr)) };
	struct thread *t;

	if (ret == 0 || tid < 0 || size > PAGE_SIZE || size < LINUX_SCHED_ATTR_SIZE_VER0 ||
	    flags != 0)
		return -EINVAL;
	t = target(tid);
	if (t == NULL)
		return -ESRCH;
	attr.sched_policy = t->attr.policy;
	attr.sched_nice = t->attr.nice;
	attr.sched_flags = t->attr.reset_on_fork ? LINUX_SCHED_FLAG_RESET_ON_FORK : 0;
	attr.sched_util_max = 1024;
	thread_put(t);
	return copy_out(ret, &attr, attr.size);
}

/* --- getpriority, setpriority, ioprio --- */

/* What is done to each thread a which/who pair names. <0 stops nothing, but is the result. */
typedef int (*thread_visit)(struct thread *t, s64 *arg);

/* All threads of a process; the list may change between two steps, none is visited twice. */
static int visit_process(struct process *p, thread_visit fn, s64 *arg)
{
	s32 last = 0;
	int err = -ESRCH;

	for (;;) {
		struct sighand *sh = sighand_lock(p);
		struct thread *t, *next = NULL;

		list_for_each(t, &p->threads, group_link)
			if (t->tid > last && (next == NULL || t->tid < next->tid))
				next = t;
		if (next != NULL)
			thread_get(next);
		sighand_unlock(sh);
		if (next == NULL)
			return err;
		last = next->tid;
		err = fn(next, arg);
		thread_put(next);
	}
}

static int visit(int which, s32 who, thread_visit fn, s64 *arg)
{
	const struct process *me = current()->process;
	struct process *p;
	int err = -ESRCH;

	if (which == LINUX_PRIO_PROCESS) {
		struct thread *t = target(who);

		if (t == NULL)
			return -ESRCH;
		err = fn(t, arg);
		thread_put(t);
		return err;
	}
	if (which == LINUX_PRIO_PGRP && who == 0)
		who = me->pgid;
	if (which == LINUX_PRIO_USER && who == 0)
		who = (s32)me->cred.uid;
	for (s32 pid = 0; (p = process_after(pid)) != NULL; process_put(p)) {
		pid = p->pid;
		if (which == LINUX_PRIO_PGRP ? p->pgid != who : (s32)p->cred.uid != who)
			continue;
		int one = visit_process(p, fn, arg);

		if (one != -ESRCH)
			err = one;
	}
	return err;
}

static int nice_min(struct thread *t, s64 *best)
{
	*best = MAX(*best, (s64)(20 - t->attr.nice));
	return 0;
}

SYSCALL_DEFINE(getpriority, int, which, s32, who)
{
	s64 best = -ESRCH;

	if (which < LINUX_PRIO_PROCESS || which > LINUX_PRIO_USER)
		return -EINVAL;
	(void)!visit(which, who, nice_min, &best);
	return best;
}

static int nice_set(struct thread *t, s64 *nice)
{
	int err;

	if (!may_change(t))
		return -EPERM;
	err = nice_allowed(t, (s32)*nice);
	if (err == 0)
		t->attr.nice = (s32)*nice;
	return err;
}

SYSCALL_DEFINE(setpriority, int, which, s32, who, int, nice)
{
	s64 value = MAX(MIN(nice, LINUX_PRIO_MAX - 1), LINUX_PRIO_MIN);

	if (which < LINUX_PRIO_PROCESS || which > LINUX_PRIO_USER)
		return -EINVAL;
	return visit(which, who, nice_set, &value);
}

#define IOPRIO_LEVELS 8u
#define IOPRIO_DATA(v) ((v) & ((1u << LINUX_IOPRIO_CLASS_SHIFT) - 1))

static int ioprio_read(struct thread *t, s64 *best)
{
	s64 value = t->attr.ioprio;

	/* The highest: lower values of a class are better, class NONE counts as best effort. */
	if (*best < 0 || value < *best)
		*best = value;
	return 0;
}

static int ioprio_write(struct thread *t, s64 *value)
{
	if (!may_change(t))
		return -EPERM;
	t->attr.ioprio = (u16)*value;
	return 0;
}

SYSCALL_DEFINE(ioprio_get, int, which, s32, who)
{
	s64 best = -ESRCH;

	if (which < LINUX_IOPRIO_WHO_PROCESS || which > LINUX_IOPRIO_WHO_USER)
		return -EINVAL;
	(void)!visit(which - LINUX_IOPRIO_WHO_PROCESS, who, ioprio_read, &best);
	return best;
}

SYSCALL_DEFINE(ioprio_set, int, which, s32, who, u32, ioprio)
{
	s64 value = ioprio;

	switch (ioprio >> LINUX_IOPRIO_CLASS_SHIFT) {
	case LINUX_IOPRIO_CLASS_RT:
		if (!capable(LINUX_CAP_SYS_ADMIN) && !capable(LINUX_CAP_SYS_NICE))
			return -EPERM;
		/* fall through */
	case LINUX_IOPRIO_CLASS_BE:
		if (IOPRIO_DATA(ioprio) >= IOPRIO_LEVELS)
			return -EINVAL;
		break;
	case LINUX_IOPRIO_CLASS_IDLE:
		break;
	case LINUX_IOPRIO_CLASS_NONE:
		if (IOPRIO_DATA(ioprio) != 0)
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	if (which < LINUX_IOPRIO_WHO_PROCESS || which > LINUX_IOPRIO_WHO_USER)
		return -EINVAL;
	return visit(which - LINUX_IOPRIO_WHO_PROCESS, who, ioprio_write, &value);
}
