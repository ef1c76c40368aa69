/*
 * CPU time and resources used, of the living and the dead. See time.h.
 *
 * Resources come from the host's getrusage of the process itself. A zombie's are kept in
 * process.time.final, and what a process has waited for in process.time.children, both under
 * usage_lock, which is the timers' lock. A host process that has been another's before begins
 * with what that used: process.time.base, which also holds for its first thread.
 */
#include "kernel/time/time.h"

#include "abi/errno.h"
#include "kernel/mm/mm.h"
#include "kernel/task/fork.h"
#include "kernel/time/timer.h"
#include "lib/string.h"
#include "platform/plat.h"

/* The host's names of a process's own CPU clocks. */
#define HOST_CPU_CLOCK(host_pid, which) ((int)(~(u32)(host_pid) << 3 | (which)))

static void add_time(struct linux_timeval *a, const struct linux_timeval *b)
{
	*a = timeval_from_ns(timeval_to_ns(a) + timeval_to_ns(b));
}

static void usage_add(struct linux_rusage *to, const struct linux_rusage *from)
{
	add_time(&to->ru_utime, &from->ru_utime);
	add_time(&to->ru_stime, &from->ru_stime);
	to->ru_maxrss = MAX(to->ru_maxrss, from->ru_maxrss);
	to->ru_minflt += from->ru_minflt;
	to->ru_majflt += from->ru_majflt;
	to->ru_inblock += from->ru_inblock;
	to->ru_oublock += from->ru_oublock;
	to->ru_nvcsw += from->ru_nvcsw;
	to->ru_nivcsw += from->ru_nivcsw;
}

static void sub_time(struct linux_timeval *a, const struct linux_timeval *b)
{
	u64 all = timeval_to_ns(a);

	*a = timeval_from_ns(all - MIN(timeval_to_ns(b), all));
}

/* The largest size is not told apart: if it was an earlier one's it is at most what is mapped. */
static void usage_own(struct linux_rusage *usage, const struct process *p)
{
	const struct linux_rusage *base = &p->time.base.usage;

	sub_time(&usage->ru_utime, &base->ru_utime);
	sub_time(&usage->ru_stime, &base->ru_stime);
	usage->ru_minflt -= base->ru_minflt;
	usage->ru_majflt -= base->ru_majflt;
	usage->ru_inblock -= base->ru_inblock;
	usage->ru_oublock -= base->ru_oublock;
	usage->ru_nvcsw -= base->ru_nvcsw;
	usage->ru_nivcsw -= base->ru_nivcsw;
	if (usage->ru_maxrss == base->ru_maxrss && p->mm != NULL)
		usage->ru_maxrss = MIN(usage->ru_maxrss,
				       (s64)(p->mm->peak_pages * (PAGE_SIZE / 1024)));
}

static bool is_first_thread(const struct thread *t)
{
	return t->host_tid == t->process->host_pid;
}

void time_base_take(struct time_base *ret)
{
	static const int clock[] = {
		[LINUX_CPUCLOCK_PROF] = HOST_CPU_CLOCK(0, LINUX_CPUCLOCK_PROF),
		[LINUX_CPUCLOCK_VIRT] = HOST_CPU_CLOCK(0, LINUX_CPUCLOCK_VIRT),
		[LINUX_CPUCLOCK_SCHED] = HOST_CPU_CLOCK(0, LINUX_CPUCLOCK_SCHED),
	};
	struct linux_timespec ts;

	memset(ret, 0, sizeof(*ret));
	plat_rusage(LINUX_RUSAGE_SELF, &ret->usage);
	for (u32 i = 0; i < ARRAY_SIZE(clock); i++)
		if (plat_clock_get(clock[i], &ts) == 0)
			ret->cpu[i] = timespec_to_ns(&ts);
}

void time_base_set(struct process *p, const struct time_base *base)
{
	timers_lock();
	p->time.base = base != NULL ? *base : (struct time_base){ 0 };
	timers_unlock();
}

void time_usage(int who, struct linux_rusage *ret)
{
	struct process *p = current()->process;

	memset(ret, 0, sizeof(*ret));
	if (who == LINUX_RUSAGE_CHILDREN) {
		timers_lock();
		*ret = p->time.children;
		timers_unlock();
		return;
	}
	plat_rusage(who, ret);
	if (who == LINUX_RUSAGE_SELF || is_first_thread(current()))
		usage_own(ret, p);
}

/* clock is the host's, of a task that began with before. */
static int cpu_read(int clock, u64 before, u64 *ret)
{
	struct linux_timespec ts;
	int err = plat_clock_get(clock, &ts);

	if (err < 0)
		return err;
	u64 ns = timespec_to_ns(&ts);

	*ret = ns - MIN(before, ns);
	return 0;
}

int time_cpu_of_thread(struct thread *t, u32 which, u64 *ret)
{
	u64 before = is_first_thread(t) ? t->process->time.base.cpu[which] : 0;

	return cpu_read(HOST_CPU_CLOCK(t == current() ? 0 : t->host_tid,
				       which | LINUX_CPUCLOCK_PERTHREAD), before, ret);
}

/* What one that has ended used; false: it lives. */
static bool cpu_of_ended(struct process *p, u32 which, u64 *ret)
{
	timers_lock();
	bool ended = p->time.ended;
	u64 ns = timeval_to_ns(&p->time.final.ru_utime);

	if (which != LINUX_CPUCLOCK_VIRT)
		ns += timeval_to_ns(&p->time.final.ru_stime);
	timers_unlock();
	if (ended)
		*ret = ns;
	return ended;
}

int time_cpu_of(struct process *p, u32 which, u64 *ret)
{
	if (p == current()->process)
		return cpu_read(HOST_CPU_CLOCK(0, which), p->time.base.cpu[which], ret);
	timers_lock();
	u64 before = p->time.base.cpu[which];
	s32 host_pid = p->host_pid;

	timers_unlock();
	int err = host_pid <= 0 ? -EINVAL : cpu_read(HOST_CPU_CLOCK(host_pid, which), before, ret);

	/* Looked at afterwards: the host process may be another's by now, or gone. */
	return cpu_of_ended(p, which, ret) ? 0 : err;
}

void time_usage_of(struct process *p, struct linux_rusage *ret)
{
	u64 user, all;
	bool ended;

	if (p == current()->process) {
		time_usage(LINUX_RUSAGE_SELF, ret);
		return;
	}
	timers_lock();
	ended = p->time.ended;
	*ret = p->time.final;
	timers_unlock();
	if (ended)
		return;
	memset(ret, 0, sizeof(*ret));
	if (time_cpu_of(p, LINUX_CPUCLOCK_PROF, &all) < 0 ||
	    time_cpu_of(p, LINUX_CPUCLOCK_VIRT, &user) < 0)
		return;
	user = MIN(user, all);
	ret->ru_utime = timeval_from_ns(user);
	ret->ru_stime = timeval_from_ns(all - user);
}

/*
 * Called by time_process_exit(). What one of several in a host process has used besides its last
 * thread's, and what a vfork child has, counts as the others' and the parent's.
 */
void time_usage_finish(struct process *p)
{
	struct linux_rusage usage;

	memset(&usage, 0, sizeof(usage));
	if (!vfork_running())
		time_usage(process_host_shared() ? LINUX_RUSAGE_THREAD : LINUX_RUSAGE_SELF,
			   &usage);
	timers_lock();
	p->time.final = usage;
	p->time.ended = true;
	timers_unlock();
}

void time_child_usage(const struct process *child, struct linux_rusage *ret)
{
	timers_lock();
	*ret = child->time.final;
	usage_add(ret, &child->time.children);
	timers_unlock();
}

void time_child_reaped(struct process *parent, const struct process *child)
{
	timers_lock();
	usage_add(&parent->time.children, &child->time.final);
	usage_add(&parent->time.children, &child->time.children);
	timers_unlock();
}
