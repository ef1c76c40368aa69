/* Resource limits, usage and priorities. */
#ifndef NACRE_ABI_LINUX_RESOURCE_H
#define NACRE_ABI_LINUX_RESOURCE_H

#include "abi/linux/layout.h"
#include "abi/linux/time.h"

#define LINUX_RLIMIT_CPU	0
#define LINUX_RLIMIT_FSIZE	1
#define LINUX_RLIMIT_DATA	2
#define LINUX_RLIMIT_STACK	3
#define LINUX_RLIMIT_CORE	4
#define LINUX_RLIMIT_RSS	5
#define LINUX_RLIMIT_NPROC	6
#define LINUX_RLIMIT_NOFILE	7
#define LINUX_RLIMIT_MEMLOCK	8
#define LINUX_RLIMIT_AS		9
#define LINUX_RLIMIT_LOCKS	10
#define LINUX_RLIMIT_SIGPENDING	11
#define LINUX_RLIMIT_MSGQUEUE	12
#define LINUX_RLIMIT_NICE	13
#define LINUX_RLIMIT_RTPRIO	14
#define LINUX_RLIMIT_RTTIME	15
#define LINUX_RLIM_NLIMITS	16

#define LINUX_RLIM_INFINITY	(~0UL)

/* getrlimit, setrlimit. On x86-64 it is the same as the next one. */
struct linux_rlimit {
	u64 rlim_cur;
	u64 rlim_max;
};

/* prlimit64. */
struct linux_rlimit64 {
	u64 rlim_cur;
	u64 rlim_max;
};

LINUX_SIZE(rlimit, 16);
LINUX_SIZE(rlimit64, 16);

#define LINUX_RUSAGE_SELF	0
#define LINUX_RUSAGE_CHILDREN	(-1)
#define LINUX_RUSAGE_BOTH	(-2)
#define LINUX_RUSAGE_THREAD	1

struct linux_rusage {
	struct linux_timeval ru_utime;
	struct linux_timeval ru_stime;
	s64 ru_maxrss; /* KiB */
	s64 ru_ixrss;
	s64 ru_idrss;
	s64 ru_isrss;
	s64 ru_minflt;
	s64 ru_majflt;
	s64 ru_nswap;
	s64 ru_inblock;
	s64 ru_oublock;
	s64 ru_msgsnd;
	s64 ru_msgrcv;
	s64 ru_nsignals;
	s64 ru_nvcsw;
	s64 ru_nivcsw;
};

LINUX_SIZE(rusage, 144);
LINUX_OFFSET(rusage, ru_maxrss, 32);
LINUX_OFFSET(rusage, ru_nivcsw, 136);

#define LINUX_PRIO_PROCESS	0
#define LINUX_PRIO_PGRP		1
#define LINUX_PRIO_USER		2
#define LINUX_PRIO_MIN		(-20)
#define LINUX_PRIO_MAX		20

#define LINUX_IOPRIO_WHO_PROCESS	1
#define LINUX_IOPRIO_WHO_PGRP		2
#define LINUX_IOPRIO_WHO_USER		3
#define LINUX_IOPRIO_CLASS_SHIFT	13
#define LINUX_IOPRIO_CLASS_NONE		0
#define LINUX_IOPRIO_CLASS_RT		1
#define LINUX_IOPRIO_CLASS_BE		2
#define LINUX_IOPRIO_CLASS_IDLE		3

#endif
