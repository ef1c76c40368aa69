/*
 * prctl(2): small settings of threads and processes.
 *
 * Options Linux can be built without, and that have no meaning here (seccomp filters, VMA
 * names, KSM, shadow stacks, ...), give EINVAL as on such a Linux.
 */
#include "abi/linux/prctl.h"

#include "abi/linux/signal.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/cred.h"
#include "kernel/sys/syscall.h"
#include "lib/string.h"

#define TIMER_SLACK_DEFAULT 50000u

struct prctl_args {
	u64 a2, a3, a4, a5;
};

static bool rest_zero(const struct prctl_args *a)
{
	return a->a3 == 0 && a->a4 == 0 && a->a5 == 0;
}

static int put_int(uaddr_t dst, s32 value)
{
	return copy_out_struct(dst, &value);
}

static int name_set(uaddr_t src)
{
	char name[LINUX_TASK_COMM_LEN] = { 0 };
	s64 len = copy_in_str(name, src, LINUX_TASK_COMM_LEN - 1);

	if (len < 0 && len != -ENAMETOOLONG)
		return -EFAULT;
	name[LINUX_TASK_COMM_LEN - 1] = '\0';
	memcpy(current()->comm, name, sizeof(name));
	return 0;
}

/* --- capabilities and security bits --- */

static int bounding_drop(u64 cap)
{
	struct process *p = current()->process;

	if (!capable(LINUX_CAP_SETPCAP))
		return -EPERM;
	if (cap > LINUX_CAP_LAST_CAP)
		return -EINVAL;
	atomic_and(&p->cred.cap_bounding, ~(1ull << cap));
	return 0;
}

static s64 ambient(const struct prctl_args *a)
{
	struct cred *c = &current()->process->cred;
	u64 bit;

	if (a->a2 == LINUX_PR_CAP_AMBIENT_CLEAR_ALL) {
		if (!rest_zero(a))
			return -EINVAL;
		c->cap_ambient = 0;
		return 0;
	}
	if (a->a3 > LINUX_CAP_LAST_CAP || a->a4 != 0 || a->a5 != 0)
		return -EINVAL;
	bit = 1ull << a->a3;
	switch (a->a2) {
	case LINUX_PR_CAP_AMBIENT_IS_SET:
		return (c->cap_ambient & bit) != 0;
	case LINUX_PR_CAP_AMBIENT_RAISE:
		if (!(c->cap_permitted & bit) || !(c->cap_inheritable & bit) ||
		    (c->securebits & LINUX_SECBIT_NO_CAP_AMBIENT_RAISE))
			return -EPERM;
		c->cap_ambient |= bit;
		return 0;
	case LINUX_PR_CAP_AMBIENT_LOWER:
		c->cap_ambient &= ~bit;
		return 0;
	default:
		return -EINVAL;
	}
}

#define SECURE_ALL_BITS 0x55u  /* the settings; each lock is one bit higher */
#define SECURE_ALL_LOCKS 0xaau

static int securebits_set(u64 bits)
{
	struct cred *c = &current()->process->cred;
	u32 locked = (c->securebits & SECURE_ALL_LOCKS) >> 1;

	if (((c->securebits ^ bits) & locked) ||         /* a locked setting */
	    (c->securebits & SECURE_ALL_LOCKS & ~bits) || /* a lock taken off */
	    (bits & ~(u64)(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) ||
	    !capable(LINUX_CAP_SETPCAP))
		return -EPERM;
	c->securebits = (u32)bits;
	return 0;
}

static int keepcaps_set(u64 on)
{
	struct cred *c = &current()->process->cred;

	if (on > 1)
		return -EINVAL;
	if (c->securebits & LINUX_SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	c->securebits = on ? c->securebits | LINUX_SECBIT_KEEP_CAPS :
			     c->securebits & ~(u32)LINUX_SECBIT_KEEP_CAPS;
	return 0;
}

/* False: not an option of this group. */
static bool prctl_caps(int option, const struct prctl_args *a, s64 *ret)
{
	struct cred *c = &current()->process->cred;

	switch (option) {
	case LINUX_PR_GET_KEEPCAPS:
		*ret = (c->securebits & LINUX_SECBIT_KEEP_CAPS) != 0;
		return true;
	case LINUX_PR_SET_KEEPCAPS:
		*ret = keepcaps_set(a->a2);
		return true;
	case LINUX_PR_CAPBSET_READ:
		*ret = a->a2 > LINUX_CAP_LAST_CAP ? -EINVAL : (s64)(c->cap_bounding >> a->a2 & 1);
		return true;
	case LINUX_PR_CAPBSET_DROP:
		*ret = bounding_drop(a->a2);
		return true;
	case LINUX_PR_GET_SECUREBITS:
		*ret = c->securebits;
		return true;
	case LINUX_PR_SET_SECUREBITS:
		*ret = securebits_set(a->a2);
		return true;
	case LINUX_PR_CAP_AMBIENT:
		*ret = ambient(a);
		return true;
	case LINUX_PR_SET_NO_NEW_PRIVS:
		if (a->a2 != 1 || !rest_zero(a)) {
			*ret = -EINVAL;
			return true;
		}
		c->no_new_privs = true;
		*ret = 0;
		return true;
	case LINUX_PR_GET_NO_NEW_PRIVS:
		*ret = a->a2 != 0 || !rest_zero(a) ? -EINVAL : c->no_new_privs;
		return true;
	default:
		return false;
	}
}

/* --- threads and processes --- */

static s64 auxv_get(const struct prctl_args *a)
{
	struct process *p = current()->process;

	if (a->a4 != 0 || a->a5 != 0)
		return -EINVAL;
	/* Only exec replaces it, when no other thread is left. */
	if (copy_out(a->a2, p->auxv, MIN(a->a3, (u64)p->auxv_len)) < 0)
		return -EFAULT;
	return (s64)p->auxv_len;
}

static s64 timerslack_set(s64 ns)
{
	current()->attr.timer_slack = ns <= 0 ? 0 : (u64)ns;
	return 0;
}

static s64 timerslack_get(const struct thread_attr *a)
{
	u64 usual = a->timer_slack_default != 0 ? a->timer_slack_default : TIMER_SLACK_DEFAULT;

	return (s64)(a->timer_slack != 0 ? a->timer_slack : usual);
}

static s64 dumpable_set(u64 value)
{
	if (value > 1)
		return -EINVAL;
	current()->process->dumpable = (u32)value;
	return 0;
}

static s64 thp_set(const struct prctl_args *a)
{
	if (!rest_zero(a))
		return -EINVAL;
	current()->process->attr.thp_disable = a->a2 != 0;
	return 0;
}

static s64 prctl_task(int option, const struct prctl_args *a)
{
	struct thread *t = current();
	struct process_attr *attr = &t->process->attr;

	switch (option) {
	case LINUX_PR_SET_PDEATHSIG:
		if (a->a2 > LINUX_NSIG)
			return -EINVAL;
		attr->pdeath_signal = (s32)a->a2;
		return 0;
	case LINUX_PR_GET_PDEATHSIG:
		return put_int(a->a2, attr->pdeath_signal);
	case LINUX_PR_GET_DUMPABLE:
		return t->process->dumpable;
	case LINUX_PR_SET_DUMPABLE:
		return dumpable_set(a->a2);
	case LINUX_PR_SET_NAME:
		return name_set(a->a2);
	case LINUX_PR_GET_NAME:
		return copy_out(a->a2, t->comm, LINUX_TASK_COMM_LEN);
	case LINUX_PR_GET_TIMING:
		return 0; /* PR_TIMING_STATISTICAL, the only one there is */
	case LINUX_PR_SET_TIMING:
		return a->a2 == 0 ? 0 : -EINVAL;
	case LINUX_PR_GET_SECCOMP:
		return 0; /* none of the guest's own */
	case LINUX_PR_GET_TSC:
		return put_int(a->a2, LINUX_PR_TSC_ENABLE);
	case LINUX_PR_SET_TSC:
		return a->a2 == LINUX_PR_TSC_ENABLE ? 0 : -EINVAL;
	case LINUX_PR_SET_TIMERSLACK:
		return timerslack_set((s64)a->a2);
	case LINUX_PR_GET_TIMERSLACK:
		return timerslack_get(&t->attr);
	case LINUX_PR_SET_CHILD_SUBREAPER:
		attr->child_subreaper = a->a2 != 0;
		return 0;
	case LINUX_PR_GET_CHILD_SUBREAPER:
		return put_int(a->a2, attr->child_subreaper);
	case LINUX_PR_GET_TID_ADDRESS:
		return copy_out_struct(a->a2, &t->clear_child_tid);
	case LINUX_PR_SET_THP_DISABLE:
		return thp_set(a);
	case LINUX_PR_GET_THP_DISABLE:
		return a->a2 != 0 || !rest_zero(a) ? -EINVAL : attr->thp_disable;
	case LINUX_PR_SET_MM:
		return capable(LINUX_CAP_SYS_RESOURCE) ? -EINVAL : -EPERM;
	case LINUX_PR_GET_AUXV:
		return auxv_get(a);
	default:
		return -EINVAL;
	}
}

SYSCALL_DEFINE(prctl, int, option, u64, arg2, u64, arg3, u64, arg4, u64, arg5)
{
	const struct prctl_args a = { arg2, arg3, arg4, arg5 };
	s64 result;

	return prctl_caps(option, &a, &result) ? result : prctl_task(option, &a);
}
