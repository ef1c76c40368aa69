/* futex(2) and its relatives: arguments, timeouts and restarts around kernel/sync/futex.c. */
#include "kernel/sync/futex.h"

#include "abi/linux/capability.h"
#include "abi/linux/futex.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/time/time.h"
#include "kernel/signal/signal.h"

/* --- FUTEX_WAIT with a timeout continues after a signal with the same deadline --- */

static s64 wait_result(s64 result, uaddr_t addr, u32 flags, u32 value, u64 deadline, u32 bitset);

static s64 wait_restart(struct thread *t)
{
	uaddr_t addr = t->restart_args[0];
	u32 flags = (u32)t->restart_args[1], value = (u32)t->restart_args[2];
	u32 bitset = (u32)t->restart_args[3];
	u64 deadline = t->restart_deadline;

	return wait_result(futex_wait(addr, flags, value, deadline, bitset), addr, flags, value,
			   deadline, bitset);
}

static s64 wait_result(s64 result, uaddr_t addr, u32 flags, u32 value, u64 deadline, u32 bitset)
{
	struct thread *t = current();

	if (result != -ERESTARTSYS || deadline == NO_DEADLINE)
		return result;
	t->restart_args[0] = addr;
	t->restart_args[1] = flags;
	t->restart_args[2] = value;
	t->restart_args[3] = bitset;
	t->restart_deadline = deadline;
	return signal_restart_with(wait_restart);
}

/* --- timeouts --- */

static bool has_timeout(u32 cmd)
{
	return cmd == LINUX_FUTEX_WAIT || cmd == LINUX_FUTEX_WAIT_BITSET ||
	       cmd == LINUX_FUTEX_LOCK_PI || cmd == LINUX_FUTEX_LOCK_PI2 ||
	       cmd == LINUX_FUTEX_WAIT_REQUEUE_PI;
}

static int futex_deadline(u32 cmd, bool realtime, uaddr_t uts, u64 *ret)
{
	if (!has_timeout(cmd)) {
		*ret = NO_DEADLINE;
		return 0;
	}
	if (cmd == LINUX_FUTEX_WAIT)
		return time_deadline_user(uts, ret);
	/* FUTEX_LOCK_PI has always meant the real-time clock. */
	if (cmd == LINUX_FUTEX_LOCK_PI)
		realtime = true;
	return time_deadline_at_user(uts, realtime ? LINUX_CLOCK_REALTIME : LINUX_CLOCK_MONOTONIC,
				 ret);
}

SYSCALL_DEFINE(futex, uaddr_t, addr, int, op, u32, value, uaddr_t, timeout, uaddr_t, addr2, u32,
	       value3)
{
	u32 cmd = (u32)op & (u32)LINUX_FUTEX_CMD_MASK;
	u32 flags = op & LINUX_FUTEX_PRIVATE_FLAG ? 0 : FUTEX_SHARED;
	bool realtime = op & LINUX_FUTEX_CLOCK_REALTIME;
	s32 count2 = (s32)timeout; /* requeue and WAKE_OP take a number there */
	u64 deadline;
	int err = futex_deadline(cmd, realtime, timeout, &deadline);

	if (err < 0)
		return err;
	if (realtime && cmd != LINUX_FUTEX_WAIT_BITSET && cmd != LINUX_FUTEX_WAIT_REQUEUE_PI &&
	    cmd != LINUX_FUTEX_LOCK_PI2)
		return -ENOSYS;
	switch (cmd) {
	case LINUX_FUTEX_WAIT:
		value3 = LINUX_FUTEX_BITSET_MATCH_ANY;
		/* fall through */
	case LINUX_FUTEX_WAIT_BITSET:
		return wait_result(futex_wait(addr, flags, value, deadline, value3), addr, flags,
				   value, deadline, value3);
	case LINUX_FUTEX_WAKE:
		value3 = LINUX_FUTEX_BITSET_MATCH_ANY;
		/* fall through */
	case LINUX_FUTEX_WAKE_BITSET:
		return futex_wake(addr, flags, (s32)value, value3);
	case LINUX_FUTEX_REQUEUE:
		return futex_requeue(addr, flags, addr2, flags, (s32)value, count2, NULL);
	case LINUX_FUTEX_CMP_REQUEUE:
		return futex_requeue(addr, flags, addr2, flags, (s32)value, count2, &value3);
	case LINUX_FUTEX_WAKE_OP:
		return futex_wake_op(addr, flags, addr2, (s32)value, count2, value3);
	case LINUX_FUTEX_LOCK_PI:
	case LINUX_FUTEX_LOCK_PI2:
		return futex_lock_pi(addr, flags, deadline, false);
	case LINUX_FUTEX_TRYLOCK_PI:
		return futex_lock_pi(addr, flags, 0, true);
	case LINUX_FUTEX_UNLOCK_PI:
		return futex_unlock_pi(addr, flags);
	case LINUX_FUTEX_WAIT_REQUEUE_PI:
		return futex_wait_requeue_pi(addr, flags, value, deadline,
					     LINUX_FUTEX_BITSET_MATCH_ANY, addr2);
	case LINUX_FUTEX_CMP_REQUEUE_PI:
		return futex_cmp_requeue_pi(addr, flags, addr2, (s32)value, count2, value3);
	default:
		return -ENOSYS;
	}
}

/* --- futex2 --- */

/* Size and scope flags of the newer calls; only 32-bit words exist. */
static int futex2_flags(u32 flags, u32 *ret)
{
	if (flags & ~(u32)(LINUX_FUTEX2_SIZE_MASK | LINUX_FUTEX2_PRIVATE))
		return -EINVAL;
	if ((flags & LINUX_FUTEX2_SIZE_MASK) != LINUX_FUTEX2_SIZE_U32)
		return -EINVAL;
	*ret = flags & LINUX_FUTEX2_PRIVATE ? 0 : FUTEX_SHARED;
	return 0;
}

static int futex2_deadline(uaddr_t timeout, int clock, u64 *ret)
{
	if (timeout != 0 && clock != LINUX_CLOCK_MONOTONIC && clock != LINUX_CLOCK_REALTIME)
		return -EINVAL;
	return time_deadline_at_user(timeout, clock, ret);
}

static int fetch_waiters(uaddr_t waiters, u32 count, struct futex_wait_spec *specs)
{
	for (u32 i = 0; i < count; i++) {
		struct linux_futex_waitv one;

		if (copy_in_struct(&one, waiters + i * sizeof(one)) < 0)
			return -EFAULT;
		if (one.reserved != 0 || futex2_flags(one.flags, &specs[i].flags) < 0 ||
		    one.val >> 32 != 0)
			return -EINVAL;
		specs[i].addr = one.uaddr;
		specs[i].value = (u32)one.val;
	}
	return 0;
}

SYSCALL_DEFINE(futex_waitv, uaddr_t, waiters, u32, count, u32, flags, uaddr_t, timeout, int, clock)
{
	AUTO_KFREE struct futex_wait_spec *specs = NULL;
	u64 deadline;
	int err;

	if (flags != 0 || count == 0 || count > LINUX_FUTEX_WAITV_MAX || waiters == 0)
		return -EINVAL;
	err = futex2_deadline(timeout, clock, &deadline);
	if (err < 0)
		return err;
	specs = kzalloc(count * sizeof(*specs));
	if (specs == NULL)
		return -ENOMEM;
	err = fetch_waiters(waiters, count, specs);
	if (err < 0)
		return err;
	return futex_wait_many(specs, count, deadline);
}

SYSCALL_DEFINE(futex_wake, uaddr_t, addr, u64, mask, int, count, u32, flags)
{
	u32 f;
	int err = futex2_flags(flags, &f);

	if (err < 0)
		return err;
	if (mask >> 32 != 0)
		return -EINVAL;
	if (mask != 0 && count == 0)
		return IS_ALIGNED(addr, 4ul) ? 0 : -EINVAL;
	return futex_wake(addr, f, count, (u32)mask);
}

SYSCALL_DEFINE(futex_wait, uaddr_t, addr, u64, value, u64, mask, u32, flags, uaddr_t, timeout,
	       int, clock)
{
	u64 deadline;
	u32 f;
	int err = futex2_flags(flags, &f);

	if (err < 0)
		return err;
	if (value >> 32 != 0 || mask >> 32 != 0)
		return -EINVAL;
	err = futex2_deadline(timeout, clock, &deadline);
	if (err < 0)
		return err;
	return wait_result(futex_wait(addr, f, (u32)value, deadline, (u32)mask), addr, f,
			   (u32)value, deadline, (u32)mask);
}

SYSCALL_DEFINE(futex_requeue, uaddr_t, waiters, u32, flags, int, wake, int, requeue)
{
	struct futex_wait_spec specs[2];
	int err;

	if (flags != 0 || waiters == 0)
		return -EINVAL;
	err = fetch_waiters(waiters, 2, specs);
	if (err < 0)
		return err;
	return futex_requeue(specs[0].addr, specs[0].flags, specs[1].addr, specs[1].flags, wake,
			     requeue, &specs[0].value);
}

/* --- robust lists --- */

SYSCALL_DEFINE(set_robust_list, uaddr_t, head, u64, size)
{
	if (size != sizeof(struct linux_robust_list_head))
		return -EINVAL;
	current()->robust_list = head;
	return 0;
}

SYSCALL_DEFINE(get_robust_list, s32, tid, uaddr_t, ret_head, uaddr_t, ret_size)
{
	const u64 size = sizeof(struct linux_robust_list_head);
	const struct cred *c = &current()->process->cred;
	struct thread *t = tid == 0 ? thread_get(current()) : thread_find(tid);
	uaddr_t head;
	bool allowed;

	if (t == NULL)
		return -ESRCH;
	head = t->robust_list;
	allowed = t->process == current()->process || c->euid == t->process->cred.uid ||
		  (c->cap_effective >> LINUX_CAP_SYS_PTRACE & 1);
	thread_put(t);
	if (!allowed)
		return -EPERM;
	if (copy_out_struct(ret_size, &size) < 0)
		return -EFAULT;
	return copy_out_struct(ret_head, &head);
}
