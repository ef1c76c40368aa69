/* The raw trace, in the format of small kernels: one line on entry, one on return. */
#include "kernel/debug/trace.h"

#include "abi/names.h"
#include "abi/syscalls.h"
#include "kernel/task/task.h"
#include "lib/fmt.h"
#include "platform/plat.h"

static const char *name_of(s64 nr)
{
	const struct syscall_desc *d = nr >= 0 ? syscall_desc_find((u64)nr) : NULL;

	return d != NULL ? d->name : "unknown";
}

void trace_raw_enter(struct thread *t, s64 nr, const u64 *args)
{
	plat_trace("[TRACE] pid=%d %s(%ld) args=(0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx)",
		   t->tid, name_of(nr), (long)nr, args[0], args[1], args[2], args[3], args[4],
		   args[5]);
}

void trace_raw_exit(struct thread *t, s64 nr, s64 result)
{
	const char *err = result < 0 && result > -4096 ? errno_name((int)-result) : NULL;

	if (err != NULL)
		plat_trace("[TRACE] pid=%d %s(%ld) \xe2\x86\x92 %ld (%s)", t->tid, name_of(nr),
			   (long)nr, (long)result, err);
	else
		plat_trace("[TRACE] pid=%d %s(%ld) \xe2\x86\x92 0x%lx (%ld)", t->tid, name_of(nr),
			   (long)nr, (u64)result, (long)result);
}
