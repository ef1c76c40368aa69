/*
 * /proc files about the machine: meminfo, stat, uptime, loadavg.
 *
 * LINUX BEHAVIOUR. Formats as in proc(5). The numbers are the sandbox's view: the memory it
 * may have, the CPU time its own processes used. The load average is made of that time, so
 * who waits for a processor does not count. Of vmstat there is what is known.
 */
#include "kernel/boot.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/mm/pool.h"
#include "kernel/signal/signal.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "kernel/time/timer.h"
#include "lib/string.h"
#include "platform/plat.h"

#define NS_PER_TICK (1000000000ull / LINUX_USER_HZ)

static u64 uptime_ns(void)
{
	struct linux_timespec now;

	return plat_clock_get(LINUX_CLOCK_BOOTTIME, &now) < 0 ? 0 : timespec_to_ns(&now);
}

static u64 total_memory(void)
{
	return MIN(boot_block()->ram_total, boot_block()->memory_limit);
}

/* --- CPU time of all processes, ended ones with their parents --- */

struct cpu_time {
	u64 user, system; /* ns */
};

static void add_usage(struct cpu_time *t, const struct linux_rusage *r, u64 faults[2])
{
	t->user += timeval_to_ns(&r->ru_utime);
	t->system += timeval_to_ns(&r->ru_stime);
	faults[0] += (u64)r->ru_minflt;
	faults[1] += (u64)r->ru_majflt;
}

/* What ended processes used is with those who waited for them. */
static struct cpu_time usage_of_all(u64 ret_faults[2])
{
	struct cpu_time t = { 0, 0 };
	struct linux_rusage r;
	struct process *p;

	ret_faults[0] = ret_faults[1] = 0;
	for (s32 pid = 0; (p = process_after(pid)) != NULL; process_put(p)) {
		pid = p->pid;
		time_usage_of(p, &r);
		add_usage(&t, &r, ret_faults);
		timers_lock();
		r = p->time.children;
		timers_unlock();
		add_usage(&t, &r, ret_faults);
	}
	return t;
}

static struct cpu_time cpu_time_used(void)
{
	u64 faults[2];

	return usage_of_all(faults);
}

static u64 idle_ns(u64 uptime, const struct cpu_time *used)
{
	u64 all = uptime * proc_cpu_count(), busy = used->user + used->system;

	return all > busy ? all - busy : 0;
}

/* --- files --- */

static void print_hundredths(struct seq *s, u64 ns, const char *end)
{
	seq_print(s, "%lu.%02lu%s", (unsigned long)(ns / 1000000000),
		  (unsigned long)(ns % 1000000000 / 10000000), end);
}

int proc_show_uptime(struct seq *s, UNUSED const struct pseudo_key *key)
{
	struct cpu_time used = cpu_time_used();
	u64 uptime = uptime_ns();

	print_hundredths(s, uptime, " ");
	print_hundredths(s, idle_ns(uptime, &used), "\n");
	return 0;
}

/* --- the load average: Linux's decay, applied when somebody looks --- */

#define LOAD_ONE 2048u /* Linux: FIXED_1 */
#define LOAD_PERIOD 5000000000ull
#define LOAD_PERIODS_MAX 2000u /* after so many nothing of the old is left */

static void load_update(u64 now)
{
	static const u32 decay[3] = { 1884, 2014, 2037 }; /* Linux: EXP_1, EXP_5, EXP_15 */
	struct cpu_time used = cpu_time_used();
	struct load *l = &sandbox->load;
	u64 cpu = used.user + used.system, active, periods;

	task_lock();
	if (l->stamp == 0)
		l->stamp = sandbox->reaper->start_time;
	periods = now > l->stamp ? (now - l->stamp) / LOAD_PERIOD : 0;
	if (periods != 0) {
		active = (cpu > l->cpu ? cpu - l->cpu : 0) / 1000 * LOAD_ONE /
			 ((now - l->stamp) / 1000);
		l->stamp = now;
		l->cpu = cpu;
		for (u64 n = 0; n < MIN(periods, (u64)LOAD_PERIODS_MAX); n++)
			for (u32 i = 0; i < 3; i++)
				l->average[i] = (l->average[i] * decay[i] +
						 active * (LOAD_ONE - decay[i])) / LOAD_ONE;
	}
	task_unlock();
}

static u32 running_locked(void)
{
	struct process *p;
	struct thread *t;
	u32 n = 0;

	list_for_each(p, &sandbox->processes, all_link)
		if (p != sandbox->reaper)
			list_for_each(t, &p->threads, group_link)
				n += !atomic_load(&t->sleeping) && !atomic_load(&t->in_host_wait);
	return n;
}

int proc_show_loadavg(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u64 average[3];
	u32 threads, running;
	s32 last;

	load_update(plat_now());
	task_lock();
	memcpy(average, sandbox->load.average, sizeof(average));
	threads = sandbox->thread_count;
	running = running_locked();
	last = sandbox->last_pid;
	task_unlock();
	for (u32 i = 0; i < 3; i++) {
		u64 hundredths = (average[i] * 100 + LOAD_ONE / 2) / LOAD_ONE;

		seq_print(s, "%lu.%02lu ", (unsigned long)(hundredths / 100),
			  (unsigned long)(hundredths % 100));
	}
	seq_print(s, "%u/%u %d\n", running, threads, last);
	return 0;
}

int proc_show_vmstat(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u64 faults[2], files, limit;

	usage_of_all(faults);
	pool_usage(&files, &limit);
	seq_print(s, "nr_free_pages %lu\nnr_mlock 0\nnr_dirty 0\nnr_writeback 0\n"
		     "nr_shmem %lu\nnr_unstable 0\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n"
		     "pgfault %lu\npgmajfault %lu\noom_kill 0\n",
		  (unsigned long)(MIN(boot_block()->ram_free, total_memory()) / PAGE_SIZE),
		  (unsigned long)files, (unsigned long)(faults[0] + faults[1]),
		  (unsigned long)faults[1]);
	return 0;
}

static void print_kib(struct seq *s, const char *name, u64 bytes)
{
	seq_print(s, "%-15s %8lu kB\n", name, (unsigned long)(bytes / 1024));
}

int proc_show_meminfo(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u64 total = total_memory(), free = MIN(boot_block()->ram_free, total);
	u64 files, limit;

	pool_usage(&files, &limit);
	files *= PAGE_SIZE;
	free -= MIN(files, free);
	print_kib(s, "MemTotal:", total);
	print_kib(s, "MemFree:", free);
	print_kib(s, "MemAvailable:", free);
	print_kib(s, "Buffers:", 0);
	print_kib(s, "Cached:", files);
	print_kib(s, "SwapCached:", 0);
	print_kib(s, "Active:", total - free - MIN(files, total - free));
	print_kib(s, "Inactive:", 0);
	print_kib(s, "SwapTotal:", 0);
	print_kib(s, "SwapFree:", 0);
	print_kib(s, "Dirty:", 0);
	print_kib(s, "Writeback:", 0);
	print_kib(s, "Shmem:", files);
	print_kib(s, "CommitLimit:", total);
	seq_string(s, "HugePages_Total:       0\nHugePages_Free:        0\n");
	print_kib(s, "Hugepagesize:", 2048 * 1024);
	return 0;
}

static void print_cpu_line(struct seq *s, u64 user, u64 system, u64 idle)
{
	seq_print(s, " %lu 0 %lu %lu 0 0 0 0 0 0\n", (unsigned long)(user / NS_PER_TICK),
		  (unsigned long)(system / NS_PER_TICK), (unsigned long)(idle / NS_PER_TICK));
}

/* What was used is shown as spread evenly: on which CPU it was is not known. */
int proc_show_system_stat(struct seq *s, UNUSED const struct pseudo_key *key)
{
	struct cpu_time used = cpu_time_used();
	u64 uptime = uptime_ns(), idle = idle_ns(uptime, &used), forks;
	u32 count = proc_cpu_count(), running;

	seq_string(s, "cpu ");
	print_cpu_line(s, used.user, used.system, idle);
	for (u32 n = 0; n < CPUS_MAX; n++) {
		if (!proc_cpu_present(n))
			continue;
		seq_print(s, "cpu%u", n);
		print_cpu_line(s, used.user / count, used.system / count, idle / count);
	}
	forks = atomic_load(&sandbox->forks);
	seq_print(s, "intr 0\nctxt 0\nbtime %ld\nprocesses %lu\n",
		  (long)(time_now().tv_sec - (s64)(uptime / 1000000000)), (unsigned long)forks);
	task_lock();
	running = running_locked();
	task_unlock();
	seq_print(s, "procs_running %u\nprocs_blocked 0\n", running);
	seq_string(s, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}
