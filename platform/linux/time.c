/* Host clocks, chance and waiting. */
#include "abi/linux/time.h"

#include "abi/errno.h"
#include "abi/linux/futex.h"
#include "abi/linux/syscall.h"
#include "kernel/sync/waitq.h"
#include "lib/string.h"
#include "platform/linux/internal.h"
#include "platform/plat.h"

#define NS_PER_SEC 1000000000ull

int plat_clock_get(int clock, struct linux_timespec *ret)
{
	return (int)host_call(LINUX_SYS_clock_gettime, clock, ret);
}

int plat_clock_res(int clock, struct linux_timespec *ret)
{
	return (int)host_call(LINUX_SYS_clock_getres, clock, ret);
}

u64 plat_now(void)
{
	struct linux_timespec ts;

	if (plat_clock_get(LINUX_CLOCK_MONOTONIC, &ts) < 0)
		panic("the host has no monotonic clock");
	return (u64)ts.tv_sec * NS_PER_SEC + (u64)ts.tv_nsec;
}

void plat_random(void *buf, size_t len)
{
	u8 *p = buf;

	while (len > 0) {
		/* A kick may cut a long request short. */
		s64 n = host_call(LINUX_SYS_getrandom, p, len, 0);

		if (n < 0 && n != -EINTR)
			panic("the host gives no random bytes: %ld", (long)n);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

int plat_rusage(int who, struct linux_rusage *ret)
{
	return (int)host_call(LINUX_SYS_getrusage, who, ret);
}

int plat_wait(u32 *word, u32 value, u64 deadline)
{
	struct linux_timespec ts = {
		.tv_sec = (s64)(deadline / NS_PER_SEC),
		.tv_nsec = (s64)(deadline % NS_PER_SEC),
	};

	/* WAIT_BITSET takes an absolute CLOCK_MONOTONIC time. */
	return (int)host_call(LINUX_SYS_futex, word, LINUX_FUTEX_WAIT_BITSET, value,
			      deadline == NO_DEADLINE ? NULL : &ts, NULL, ~0u);
}

void plat_wake(u32 *word, u32 count)
{
	host_call(LINUX_SYS_futex, word, LINUX_FUTEX_WAKE, MIN(count, 0x7fffffffu));
}
