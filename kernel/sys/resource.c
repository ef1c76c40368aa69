/* Resource limits. Each is enforced where the resource is given out; here they are set. */
#include "abi/linux/resource.h"

#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/cred.h"
#include "kernel/sys/syscall.h"
#include "kernel/time/time.h"

#define NR_OPEN_MAX 1048576u /* Linux: fs.nr_open */

/* Linux: check_prlimit_permission. All three ids of the target must be the caller's. */
static bool may_access(const struct process *p)
{
	const struct cred *c = &current()->process->cred, *t = &p->cred;

	if (p == current()->process)
		return true;
	if (c->uid == t->euid && c->uid == t->suid && c->uid == t->uid && c->gid == t->egid &&
	    c->gid == t->sgid && c->gid == t->gid)
		return true;
	return capable(LINUX_CAP_SYS_RESOURCE);
}

/* new or ret_old may be NULL. */
static int limit_change(struct process *p, u32 which, const struct linux_rlimit64 *new,
			struct linux_rlimit64 *ret_old)
{
	struct linux_rlimit64 *lim;
	int err = 0;

	if (which >= LINUX_RLIM_NLIMITS)
		return -EINVAL;
	if (new != NULL) {
		if (new->rlim_cur > new->rlim_max)
			return -EINVAL;
		if (which == LINUX_RLIMIT_NOFILE && new->rlim_max > NR_OPEN_MAX)
			return -EPERM;
	}
	lock_acquire(&p->lock);
	lim = &p->rlimits[which];
	if (ret_old != NULL)
		*ret_old = *lim;
	if (new != NULL) {
		if (new->rlim_max > lim->rlim_max && !capable(LINUX_CAP_SYS_RESOURCE))
			err = -EPERM;
		else
			*lim = *new;
	}
	lock_release(&p->lock);
	if (new == NULL || err < 0)
		return err;
	if (which == LINUX_RLIMIT_STACK && p == current()->process)
		mm_stack_limit_changed();
	if (which == LINUX_RLIMIT_CPU)
		err = time_cpu_limit_changed(p);
	return err;
}

SYSCALL_DEFINE(prlimit64, s32, pid, u32, which, uaddr_t, unew, uaddr_t, uold)
{
	struct linux_rlimit64 new, old;
	struct process *p;
	int err;

	if (unew != 0 && copy_in_struct(&new, unew) < 0)
		return -EFAULT;
	p = pid == 0 ? process_get(current()->process) : process_find(pid);
	if (p == NULL)
		return -ESRCH;
	err = may_access(p) ? limit_change(p, which, unew != 0 ? &new : NULL,
					   uold != 0 ? &old : NULL) :
			      -EPERM;
	process_put(p);
	if (err == 0 && uold != 0 && copy_out_struct(uold, &old) < 0)
		return -EFAULT;
	return err;
}

SYSCALL_DEFINE(getrlimit, u32, which, uaddr_t, ret)
{
	struct linux_rlimit64 old;
	int err = limit_change(current()->process, which, NULL, &old);

	return err < 0 ? err : copy_out_struct(ret, &old);
}

SYSCALL_DEFINE(setrlimit, u32, which, uaddr_t, unew)
{
	struct linux_rlimit64 new;

	if (copy_in_struct(&new, unew) < 0)
		return -EFAULT;
	return limit_change(current()->process, which, &new, NULL);
}
