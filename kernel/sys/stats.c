/* Counting calls. See stats.h. The counters are in the shared heap, one set per sandbox. */
#include "kernel/sys/stats.h"

#include "abi/errno.h"
#include "abi/linux/syscall.h"
#include "abi/syscalls.h"
#include "kernel/mm/heap.h"
#include "kernel/task/task.h"
#include "lib/atomic.h"
#include "platform/plat.h"

struct stats {
	u64 count[LINUX_SYS_LIMIT];
	u64 errors[LINUX_SYS_LIMIT];
	u64 unknown[LINUX_SYS_LIMIT];
	u64 unknown_other; /* numbers outside the table */
};

static struct stats *stats;

int stats_init(void)
{
	stats = kzalloc(sizeof(*stats));
	return stats == NULL ? -ENOMEM : 0;
}

static struct kstack_top *own_top(void)
{
	u64 sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct kstack_top *)((sp | (KSTACK_SIZE - 1)) + 1) - 1;
}

void stats_enter(s64 nr)
{
	own_top()->calls++;
	/* Relaxed and not atomic between processes: a lost count is worth the speed. */
	if ((u64)nr < LINUX_SYS_LIMIT)
		atomic_store_relaxed(&stats->count[nr], stats->count[nr] + 1);
}

void stats_exit(s64 nr, s64 result)
{
	if (result < 0 && result >= -4095 && (u64)nr < LINUX_SYS_LIMIT)
		atomic_store_relaxed(&stats->errors[nr], stats->errors[nr] + 1);
}

void stats_unknown(s64 nr)
{
	if ((u64)nr >= LINUX_SYS_LIMIT) {
		if (atomic_add(&stats->unknown_other, 1) == 0)
			plat_log("call number %ld is outside the table: ENOSYS", (long)nr);
		return;
	}
	if (atomic_add(&stats->unknown[nr], 1) > 0)
		return;
	const struct syscall_desc *d = syscall_desc_find((u64)nr);

	plat_log("call %s(%ld) is not served: ENOSYS%s%s", d != NULL ? d->name : "?", (long)nr,
		 d != NULL && d->note[0] != '\0' ? ": " : "", d != NULL ? d->note : "");
}

void stats_report_unknown(void)
{
	for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
		const struct syscall_desc *d = syscall_desc_find(nr);

		if (stats->unknown[nr] > 1)
			plat_log("call %s(%u) was refused with ENOSYS %lu times",
				 d != NULL ? d->name : "?", nr, stats->unknown[nr]);
	}
}
