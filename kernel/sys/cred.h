/* Who may do what: the checks that handlers of several families share. */
#ifndef NACRE_KERNEL_SYS_CRED_H
#define NACRE_KERNEL_SYS_CRED_H

#include "abi/linux/capability.h"
#include "kernel/task/task.h"

static inline bool cred_has(const struct cred *c, int cap)
{
	return c->cap_effective >> cap & 1;
}

/* Has the calling process the capability (LINUX_CAP_x)? */
static inline bool capable(int cap)
{
	return cred_has(&current()->process->cred, cap);
}

#endif
