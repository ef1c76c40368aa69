/* Time: structures, clocks, interval timers, timerfd. */
#ifndef NACRE_ABI_LINUX_TIME_H
#define NACRE_ABI_LINUX_TIME_H

#include "abi/linux/layout.h"

struct linux_timespec {
	s64 tv_sec;
	s64 tv_nsec;
};

struct linux_timeval {
	s64 tv_sec;
	s64 tv_usec;
};

struct linux_timezone {
	s32 tz_minuteswest;
	s32 tz_dsttime;
};

struct linux_itimerval {
	struct linux_timeval it_interval;
	struct linux_timeval it_value;
};

struct linux_itimerspec {
	struct linux_timespec it_interval;
	struct linux_timespec it_value;
};

/* times(2); in units of 1 / LINUX_USER_HZ second. */
struct linux_tms {
	s64 tms_utime;
	s64 tms_stime;
	s64 tms_cutime;
	s64 tms_cstime;
};

struct linux_utimbuf {
	s64 actime;
	s64 modtime;
};

/* adjtimex(2), clock_adjtime(2). */
struct linux_timex {
	u32 modes;
	u32 pad0;
	s64 offset;
	s64 freq;
	s64 maxerror;
	s64 esterror;
	s32 status;
	u32 pad1;
	s64 constant;
	s64 precision;
	s64 tolerance;
	struct linux_timeval time;
	s64 tick;
	s64 ppsfreq;
	s64 jitter;
	s32 shift;
	u32 pad2;
	s64 stabil;
	s64 jitcnt;
	s64 calcnt;
	s64 errcnt;
	s64 stbcnt;
	s32 tai;
	u32 spare[11];
};

LINUX_SIZE(timespec, 16);
LINUX_SIZE(timeval, 16);
LINUX_SIZE(timezone, 8);
LINUX_SIZE(itimerval, 32);
LINUX_SIZE(itimerspec, 32);
LINUX_SIZE(tms, 32);
LINUX_SIZE(utimbuf, 16);
LINUX_SIZE(timex, 208);
LINUX_OFFSET(timex, time, 72);
LINUX_OFFSET(timex, tai, 160);

#define LINUX_USER_HZ	100

#define LINUX_CLOCK_REALTIME		0
#define LINUX_CLOCK_MONOTONIC		1
#define LINUX_CLOCK_PROCESS_CPUTIME_ID	2
#define LINUX_CLOCK_THREAD_CPUTIME_ID	3
#define LINUX_CLOCK_MONOTONIC_RAW	4
#define LINUX_CLOCK_REALTIME_COARSE	5
#define LINUX_CLOCK_MONOTONIC_COARSE	6
#define LINUX_CLOCK_BOOTTIME		7
#define LINUX_CLOCK_REALTIME_ALARM	8
#define LINUX_CLOCK_BOOTTIME_ALARM	9
#define LINUX_CLOCK_TAI			11

/*
 * A negative clock id names another task's CPU clock: ~pid << 3, plus 4 for a thread,
 * plus which time is counted; 3 in the low bits makes it a clock of a file descriptor.
 */
#define LINUX_CPUCLOCK_PROF		0
#define LINUX_CPUCLOCK_VIRT		1
#define LINUX_CPUCLOCK_SCHED		2
#define LINUX_CPUCLOCK_FD		3
#define LINUX_CPUCLOCK_WHICH_MASK	3
#define LINUX_CPUCLOCK_PERTHREAD	4

#define LINUX_TIMER_ABSTIME	0x1

#define LINUX_ITIMER_REAL	0
#define LINUX_ITIMER_VIRTUAL	1
#define LINUX_ITIMER_PROF	2

/* Nanosecond values of utimensat(2) that mean something else. */
#define LINUX_UTIME_NOW		0x3fffffff
#define LINUX_UTIME_OMIT	0x3ffffffe

#define LINUX_TFD_NONBLOCK		04000
#define LINUX_TFD_CLOEXEC		02000000
#define LINUX_TFD_TIMER_ABSTIME		0x1
#define LINUX_TFD_TIMER_CANCEL_ON_SET	0x2
#define LINUX_TFD_IOC_SET_TICKS		0x40085400

/* adjtimex: modes a reader of the clock may see, clock states. */
#define LINUX_ADJ_OFFSET		0x0001
#define LINUX_ADJ_FREQUENCY		0x0002
#define LINUX_ADJ_MAXERROR		0x0004
#define LINUX_ADJ_ESTERROR		0x0008
#define LINUX_ADJ_STATUS		0x0010
#define LINUX_ADJ_TIMECONST		0x0020
#define LINUX_ADJ_TAI			0x0080
#define LINUX_ADJ_SETOFFSET		0x0100
#define LINUX_ADJ_MICRO			0x1000
#define LINUX_ADJ_NANO			0x2000
#define LINUX_ADJ_TICK			0x4000
#define LINUX_ADJ_OFFSET_SINGLESHOT	0x8001
#define LINUX_ADJ_OFFSET_SS_READ	0xa001
#define LINUX_STA_UNSYNC		0x0040
#define LINUX_STA_NANO			0x2000
#define LINUX_TIME_OK			0
#define LINUX_TIME_ERROR		5

#endif
