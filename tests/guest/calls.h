/*
 * calls.h - a handful of unlike calls, for tests of what no call may change: cheap
 * ones, failing ones, unknown ones, ones that touch memory, map, block, or sleep.
 */
#ifndef TEST_CALLS_H
#define TEST_CALLS_H

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

struct one_call {
	const char *name;
	long nr, a, b, c, d, e, f;
};

static char calls_buffer[256];
static const struct timespec calls_short_sleep = { 0, 1000 };

static const struct one_call some_calls[] = {
	{ "getpid", SYS_getpid, 0, 0, 0, 0, 0, 0 },
	{ "no such call", 4000, 1, 2, 3, 4, 5, 6 },
	{ "call -1", -1, 1, 2, 3, 4, 5, 6 },
	{ "close(-1)", SYS_close, -1, 0, 0, 0, 0, 0 },
	{ "write(-1)", SYS_write, -1, (long)calls_buffer, 16, 0, 0, 0 },
	{ "uname", SYS_uname, -1, 0, 0, 0, 0, 0 },
	{ "getcwd", SYS_getcwd, (long)calls_buffer, sizeof(calls_buffer), 0, 0, 0, 0 },
	{ "getrandom", SYS_getrandom, (long)calls_buffer, 64, 0, 0, 0, 0 },
	{ "clock_gettime", SYS_clock_gettime, CLOCK_MONOTONIC, (long)calls_buffer, 0, 0, 0, 0 },
	{ "openat", SYS_openat, AT_FDCWD, (long)"/nonexistent/x", O_RDONLY, 0, 0, 0 },
	{ "mmap", SYS_mmap, 0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	  -1, 0 },
	{ "mmap bad", SYS_mmap, 0, 0, 0, 0, -1, 0 },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, 0, 0, (long)calls_buffer, 8, 0, 0 },
	{ "sched_yield", SYS_sched_yield, 0, 0, 0, 0, 0, 0 },
	{ "nanosleep", SYS_nanosleep, (long)&calls_short_sleep, 0, 0, 0, 0, 0 },
	{ "gettid", SYS_gettid, 0, 0, 0, 0, 0, 0 },
};

#define SOME_CALLS (sizeof(some_calls) / sizeof(some_calls[0]))

#endif
