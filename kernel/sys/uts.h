/* What kernel this claims to be: uname(2), /proc/version, /proc/sys/kernel. */
#ifndef NACRE_KERNEL_SYS_UTS_H
#define NACRE_KERNEL_SYS_UTS_H

#define UTS_RELEASE "6.1.0-nacre"
#define UTS_VERSION "#1 SMP PREEMPT_DYNAMIC nacre"

#endif
