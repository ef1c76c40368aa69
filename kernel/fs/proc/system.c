/*
 * /proc files about the machine: meminfo, stat, uptime, loadavg.
 *
 * LINUX BEHAVIOUR. Formats as in proc(5). The numbers are the sandbox's view: the memory it
 * may have, the CPU time its own processes used; a load average is not measured.
 */
#include "kernel/boot.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/mm/pool.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
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

static struct cpu_time cpu_time_used(void)
{
	struct linux_rusage r;
	struct cpu_time t = { 0, 0 };

	time_usage(LINUX_RUSAGE_SELF, &r);
	t.user += timeval_to_ns(&r.ru_utime);
	t.system += timeval_to_ns(&r.ru_stime);
	time_usage(LINUX_RUSAGE_CHILDREN, &r);
	t.user += timeval_to_ns(&r.ru_utime);
	t.system += timeval_to_ns(&r.ru_stime);
	return t;
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

int proc_show_loadavg(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u32 threads;
	s32 last;

	task_lock();
	threads = sandbox->thread_count;
	last = sandbox->last_pid;
	task_unlock();
	seq_print(s, "0.00 0.00 0.00 1/%u %d\n", threads, last);
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
	u32 count = proc_cpu_count();

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
	seq_string(s, "procs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}
