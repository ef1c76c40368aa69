/*
 * The machine and its administration: identity, totals, barriers; and the calls that
 * nobody may make in here.
 *
 * Calls that change the whole machine are refused as an unprivileged container's are, root
 * inside or not: EPERM, after the checks Linux makes before it asks for the privilege.
 */
#include "abi/linux/membarrier.h"
#include "abi/linux/sysinfo.h"
#include "abi/linux/time.h"
#include "abi/linux/utsname.h"
#include "kernel/boot.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/cred.h"
#include "kernel/sys/syscall.h"
#include "kernel/sys/uts.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "lib/string.h"
#include "platform/plat.h"

/* --- identity and totals --- */

SYSCALL_DEFINE(uname, uaddr_t, ret)
{
	struct linux_utsname u;

	memset(&u, 0, sizeof(u));
	str_copy(u.sysname, "Linux", sizeof(u.sysname));
	str_copy(u.nodename, boot_string(boot_block()->hostname), sizeof(u.nodename));
	str_copy(u.release, uts_release(), sizeof(u.release));
	str_copy(u.version, uts_version(), sizeof(u.version));
	str_copy(u.machine, "x86_64", sizeof(u.machine));
	str_copy(u.domainname, "(none)", sizeof(u.domainname));
	return copy_out_struct(ret, &u);
}

SYSCALL_DEFINE(sysinfo, uaddr_t, ret)
{
	const struct boot_block *b = boot_block();
	struct linux_sysinfo info = { .mem_unit = 1 };
	u64 uptime;
	int err = clock_read(LINUX_CLOCK_BOOTTIME, &uptime);

	if (err < 0)
		return err;
	info.uptime = (s64)((uptime + NS_PER_SEC - 1) / NS_PER_SEC);
	info.totalram = MIN(b->ram_total, b->memory_limit);
	info.freeram = MIN(b->ram_free, info.totalram);
	task_lock();
	info.procs = (u16)MIN(sandbox->thread_count, 0xffffu);
	task_unlock();
	return copy_out_struct(ret, &info);
}

/*
 * Which CPU and node run us: Linux keeps them in the limit of a segment that user mode may
 * look at (GDT entry 15), as its vDSO does.
 */
#define CPU_NODE_SELECTOR 0x7bu
#define CPU_BITS 12

SYSCALL_DEFINE(getcpu, uaddr_t, ret_cpu, uaddr_t, ret_node, uaddr_t, cache)
{
	u32 both, cpu, node;

	(void)cache; /* Linux: unused since 2.6.24 */
	__asm__ volatile("lsl %1, %0" : "=r"(both) : "r"(CPU_NODE_SELECTOR));
	cpu = both & ((1u << CPU_BITS) - 1);
	node = both >> CPU_BITS;
	if (ret_cpu != 0 && copy_out_struct(ret_cpu, &cpu) < 0)
		return -EFAULT;
	if (ret_node != 0 && copy_out_struct(ret_node, &node) < 0)
		return -EFAULT;
	return 0;
}

/* --- membarrier --- */

#define BARRIER_REGISTER                                                          \
	(LINUX_MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |                         \
	 LINUX_MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)
#define BARRIER_KNOWN                                                             \
	(BARRIER_REGISTER | LINUX_MEMBARRIER_CMD_PRIVATE_EXPEDITED |               \
	 LINUX_MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE |                        \
	 LINUX_MEMBARRIER_CMD_GET_REGISTRATIONS)

/* All other threads of the process, referenced, in a kfree'd array. */
static int other_threads(struct thread ***ret, u32 *ret_count)
{
	struct process *p = current()->process;
	u32 room = p->thread_count + 8, n = 0;
	struct thread **threads = kzalloc(room * sizeof(*threads));
	struct thread *t;
	struct sighand *sh;

	if (threads == NULL)
		return -ENOMEM;
	/* Threads started meanwhile begin after our barrier anyway. */
	sh = sighand_lock(p);
	list_for_each(t, &p->threads, group_link)
		if (t != current() && n < room)
			threads[n++] = thread_get(t);
	sighand_unlock(sh);
	*ret = threads;
	*ret_count = n;
	return 0;
}

/*
 * Every other thread is interrupted once and has said so (the interruption counts up its
 * wake word); entering and leaving the host is a full barrier and serialises the CPU.
 */
static int barrier_process(void)
{
	struct thread **threads;
	u32 count;
	int err = other_threads(&threads, &count);

	if (err < 0)
		return err;
	atomic_fence();
	for (u32 i = 0; i < count; i++) {
		struct thread *t = threads[i];
		u32 seen = atomic_load(&t->wake_word);

		plat_kick(t);
		while (atomic_load(&t->wake_word) == seen && !list_empty(&t->group_link))
			plat_yield();
		thread_put(t);
	}
	kfree(threads);
	atomic_fence();
	return 0;
}

SYSCALL_DEFINE(membarrier, int, cmd, u32, flags, int, cpu)
{
	struct process_attr *attr = &current()->process->attr;
	u32 needed;

	(void)cpu; /* only for the RSEQ command, which is not served */
	if (flags != 0)
		return -EINVAL;
	switch (cmd) {
	case LINUX_MEMBARRIER_CMD_QUERY:
		return BARRIER_KNOWN;
	case LINUX_MEMBARRIER_CMD_GET_REGISTRATIONS:
		return attr->membarrier;
	case LINUX_MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
	case LINUX_MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
		atomic_or(&attr->membarrier, (u32)cmd);
		return 0;
	case LINUX_MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		needed = LINUX_MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
		break;
	case LINUX_MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
		needed = LINUX_MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;
		break;
	default:
		return -EINVAL;
	}
	if (!(atomic_load(&attr->membarrier) & needed))
		return -EPERM;
	return barrier_process();
}

/* --- execution domain --- */

#define PERSONALITY_ASK 0xffffffffu

SYSCALL_DEFINE(personality, u32, persona)
{
	return persona == PERSONALITY_ASK ?
		       current()->process->attr.personality :
		       atomic_xchg(&current()->process->attr.personality, persona);
}

/* --- what nobody may do in here --- */

SYSCALL_DEFINE(syslog, int, type, uaddr_t, buf, int, len)
{
	if (type < LINUX_SYSLOG_ACTION_CLOSE || type > LINUX_SYSLOG_ACTION_SIZE_BUFFER)
		return capable(LINUX_CAP_SYSLOG) ? -EINVAL : -EPERM;
	if (capable(LINUX_CAP_SYSLOG) && type >= LINUX_SYSLOG_ACTION_READ &&
	    type <= LINUX_SYSLOG_ACTION_READ_CLEAR && (buf == 0 || len < 0))
		return -EINVAL;
	return -EPERM;
}

SYSCALL_DEFINE(sethostname, uaddr_t, name, int, len)
{
	(void)name;
	if (capable(LINUX_CAP_SYS_ADMIN) && (len < 0 || len > LINUX_UTS_LEN))
		return -EINVAL;
	return -EPERM;
}

SYSCALL_DEFINE(setdomainname, uaddr_t, name, int, len)
{
	(void)name;
	if (capable(LINUX_CAP_SYS_ADMIN) && (len < 0 || len > LINUX_UTS_LEN))
		return -EINVAL;
	return -EPERM;
}

#define REFUSE(name)                                                              \
	SYSCALL_DEFINE(name)                                                      \
	{                                                                         \
		return -EPERM;                                                    \
	}

REFUSE(reboot)
REFUSE(acct)
REFUSE(swapon)
REFUSE(swapoff)
REFUSE(init_module)
REFUSE(finit_module)
REFUSE(delete_module)
REFUSE(kexec_load)
REFUSE(kexec_file_load)
REFUSE(iopl)
REFUSE(ioperm)
