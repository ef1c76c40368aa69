/* What kernel this claims to be: uname(2), /proc/version, /proc/sys/kernel. */
#ifndef NACRE_KERNEL_SYS_UTS_H
#define NACRE_KERNEL_SYS_UTS_H

#include "kernel/boot.h"

static inline const char *uts_release(void)
{
	const struct boot_profile *p = boot_profile();

	return p != NULL && p->release != 0 ? boot_string(p->release) : "6.1.0-nacre";
}

static inline const char *uts_version(void)
{
	const struct boot_profile *p = boot_profile();

	return p != NULL && p->version != 0 ? boot_string(p->version) :
					      "#1 SMP PREEMPT_DYNAMIC nacre";
}

#endif
