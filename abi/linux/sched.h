/* Creating tasks and scheduling them. */
#ifndef NACRE_ABI_LINUX_SCHED_H
#define NACRE_ABI_LINUX_SCHED_H

#include "abi/linux/layout.h"

/* The low byte of clone's flags is the signal the parent gets at exit. */
#define LINUX_CSIGNAL			0x000000ff
#define LINUX_CLONE_NEWTIME		0x00000080 /* not clone: it is in CSIGNAL */
#define LINUX_CLONE_VM			0x00000100
#define LINUX_CLONE_FS			0x00000200
#define LINUX_CLONE_FILES		0x00000400
#define LINUX_CLONE_SIGHAND		0x00000800
#define LINUX_CLONE_PIDFD		0x00001000
#define LINUX_CLONE_PTRACE		0x00002000
#define LINUX_CLONE_VFORK		0x00004000
#define LINUX_CLONE_PARENT		0x00008000
#define LINUX_CLONE_THREAD		0x00010000
#define LINUX_CLONE_NEWNS		0x00020000
#define LINUX_CLONE_SYSVSEM		0x00040000
#define LINUX_CLONE_SETTLS		0x00080000
#define LINUX_CLONE_PARENT_SETTID	0x00100000
#define LINUX_CLONE_CHILD_CLEARTID	0x00200000
#define LINUX_CLONE_DETACHED		0x00400000 /* ignored */
#define LINUX_CLONE_UNTRACED		0x00800000
#define LINUX_CLONE_CHILD_SETTID	0x01000000
#define LINUX_CLONE_NEWCGROUP		0x02000000
#define LINUX_CLONE_NEWUTS		0x04000000
#define LINUX_CLONE_NEWIPC		0x08000000
#define LINUX_CLONE_NEWUSER		0x10000000
#define LINUX_CLONE_NEWPID		0x20000000
#define LINUX_CLONE_NEWNET		0x40000000
#define LINUX_CLONE_IO			0x80000000U
#define LINUX_CLONE_CLEAR_SIGHAND	0x100000000UL /* clone3 only */
#define LINUX_CLONE_INTO_CGROUP		0x200000000UL	/* clone3 only */

/* clone3(2). Three sizes are valid, and larger ones with zeroes above. */
struct linux_clone_args {
	u64 flags;
	uaddr_t pidfd;
	uaddr_t child_tid;
	uaddr_t parent_tid;
	u64 exit_signal;
	uaddr_t stack; /* lowest byte, unlike clone's */
	u64 stack_size;
	u64 tls;
	uaddr_t set_tid;
	u64 set_tid_size;
	u64 cgroup;
};

LINUX_SIZE(clone_args, 88);
LINUX_OFFSET(clone_args, exit_signal, 32);
LINUX_OFFSET(clone_args, tls, 56);
#define LINUX_CLONE_ARGS_SIZE_VER0	64
#define LINUX_CLONE_ARGS_SIZE_VER1	80
#define LINUX_CLONE_ARGS_SIZE_VER2	88

#define LINUX_SCHED_NORMAL		0
#define LINUX_SCHED_OTHER		0 /* what programs call it */
#define LINUX_SCHED_FIFO		1
#define LINUX_SCHED_RR			2
#define LINUX_SCHED_BATCH		3
#define LINUX_SCHED_IDLE		5
#define LINUX_SCHED_DEADLINE		6
#define LINUX_SCHED_EXT			7
#define LINUX_SCHED_RESET_ON_FORK	0x40000000

#define LINUX_SCHED_FLAG_RESET_ON_FORK	0x01
#define LINUX_SCHED_FLAG_RECLAIM	0x02
#define LINUX_SCHED_FLAG_DL_OVERRUN	0x04
#define LINUX_SCHED_FLAG_KEEP_POLICY	0x08
#define LINUX_SCHED_FLAG_KEEP_PARAMS	0x10
#define LINUX_SCHED_FLAG_UTIL_CLAMP_MIN	0x20
#define LINUX_SCHED_FLAG_UTIL_CLAMP_MAX	0x40

struct linux_sched_param {
	s32 sched_priority;
};

LINUX_SIZE(sched_param, 4);

struct linux_sched_attr {
	u32 size;
	u32 sched_policy;
	u64 sched_flags;
	s32 sched_nice;
	u32 sched_priority;
	u64 sched_runtime;
	u64 sched_deadline;
	u64 sched_period;
	u32 sched_util_min;
	u32 sched_util_max;
};

LINUX_SIZE(sched_attr, 56);
LINUX_OFFSET(sched_attr, sched_runtime, 24);
LINUX_OFFSET(sched_attr, sched_util_min, 48);
#define LINUX_SCHED_ATTR_SIZE_VER0	48
#define LINUX_SCHED_ATTR_SIZE_VER1	56

#endif
