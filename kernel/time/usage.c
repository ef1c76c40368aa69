/*
 * CPU time and resources used, of the living and the dead. See time.h.
 *
 * Resources come from the host's getrusage of the process itself. A zombie's are kept in
 * process.time.final, and what a process has waited for in process.time.children, both under
 * usage_lock, which is the timers' lock.
 */
#include "kernel/time/time.h"

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

void time_usage(int who, struct linux_rusage *ret)
{
	struct process *p = current()->process;

	memset(ret, 0, sizeof(*ret));
	if (who == LINUX_RUSAGE_CHILDREN) {
		timers_lock();
		*ret = p->time.children;
		timers_unlock();
	} else {
		plat_rusage(who, ret);
	}
}

void time_usage_of(struct process *p, struct linux_rusage *ret)
{
	struct linux_timespec user, all;
	u64 user_ns, all_ns;
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
	if (p->host_pid <= 0 ||
	    plat_clock_get(HOST_CPU_CLOCK(p->host_pid, LINUX_CPUCLOCK_PROF), &all) < 0 ||
	    plat_clock_get(HOST_CPU_CLOCK(p->host_pid, LINUX_CPUCLOCK_VIRT), &user) < 0)
		return;
	all_ns = timespec_to_ns(&all);
	user_ns = MIN(timespec_to_ns(&user), all_ns);
	ret->ru_utime = timeval_from_ns(user_ns);
	ret->ru_stime = timeval_from_ns(all_ns - user_ns);
}

/* Called by time_process_exit(). */
void time_usage_finish(struct process *p)
{
	struct linux_rusage usage;

	memset(&usage, 0, sizeof(usage));
	plat_rusage(LINUX_RUSAGE_SELF, &usage);
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
