/* Segment bases: arch_prctl and the FSGSBASE instructions. */
#include "kernel/x86_64/tls.h"

#include "abi/linux/mman.h"
#include "abi/linux/prctl.h"
#include "kernel/boot.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/x86_64/rewrite.h"
#include "platform/plat.h"

void tls_get(u64 *ret_fs, u64 *ret_gs)
{
	if (cpu_has_fsgsbase) {
		__asm__ volatile("rdfsbase %0" : "=r"(*ret_fs));
		__asm__ volatile("rdgsbase %0" : "=r"(*ret_gs));
		return;
	}
	*ret_fs = plat_segment_get(false);
	*ret_gs = plat_segment_get(true);
}

void tls_set_fs(u64 base)
{
	if (cpu_has_fsgsbase)
		__asm__ volatile("wrfsbase %0" : : "r"(base) : "memory");
	else
		plat_segment_set(false, base);
}

void tls_set_gs(u64 base)
{
	if (cpu_has_fsgsbase)
		__asm__ volatile("wrgsbase %0" : : "r"(base) : "memory");
	else
		plat_segment_set(true, base);
}

/*
 * gVisor's systrap keeps its struct sysmsg at the GS base. What a program that ignores the
 * refusal of ARCH_SET_GS comes across is its member at 0x30, a pointer to the state of the
 * thread; the rest reads as zero, and so does what the pointer leads to.
 */
#define SYSMSG_CONTEXT 0x30u

int tls_program_start(void)
{
	const struct boot_profile *p = boot_profile();
	s64 page;
	u64 context;

	if (p == NULL || !(p->flags & BOOT_PROFILE_GS_OCCUPIED))
		return 0;
	page = mm_map(0, 2 * PAGE_SIZE, LINUX_PROT_READ | LINUX_PROT_WRITE,
		      LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS, NULL, 0);
	if (page < 0)
		return (int)page;
	context = (u64)page + PAGE_SIZE;
	if (copy_out_struct((u64)page + SYSMSG_CONTEXT, &context) < 0)
		return -EFAULT;
	/* Threads and forked processes inherit the base from the host. */
	tls_set_gs((u64)page);
	return 0;
}

void tls_thread_start(void)
{
	if (rewrite_active())
		tls_set_gs((u64)current());
}

/* Linux: addresses at or above TASK_SIZE_MAX are refused with EPERM. */
static s64 set_base(u64 base, bool gs)
{
	if (base >= USER_ADDR_MAX)
		return -EPERM;
	if (!gs) {
		tls_set_fs(base);
	} else if (!rewrite_active() || base != 0) {
		/* From here on %gs is the guest's: the kernel enters by the trap only. */
		rewrite_stop();
		tls_set_gs(base);
	}
	return 0;
}

SYSCALL_DEFINE(arch_prctl, int, code, u64, arg)
{
	u64 fs, gs;

	switch (code) {
	case LINUX_ARCH_SET_FS:
		return set_base(arg, false);
	case LINUX_ARCH_SET_GS:
		return set_base(arg, true);
	case LINUX_ARCH_GET_FS:
	case LINUX_ARCH_GET_GS:
		tls_get(&fs, &gs);
		if (rewrite_active())
			gs = 0; /* ours, for the guest it is unused */
		return copy_out_struct(arg, code == LINUX_ARCH_GET_FS ? &fs : &gs);
	case LINUX_ARCH_GET_CPUID:
		return 1;
	case LINUX_ARCH_SET_CPUID: /* Linux: whatever arg, without that feature of the CPU */
		return -ENODEV;
	default:
		return -EINVAL;
	}
}
