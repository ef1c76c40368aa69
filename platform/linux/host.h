/* Calls to the host kernel: the only place from which they are made is hostcall.S. */
#ifndef NACRE_PLATFORM_LINUX_HOST_H
#define NACRE_PLATFORM_LINUX_HOST_H

#include "lib/types.h"

/* One host call; the result as the host gives it (-Exxx on failure). Counted. */
s64 host_call6(long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);

/*
 * The same for calls that may sleep: gives -EINTR without entering the host when the thread
 * has work pending, and is interrupted by a kick. No wake-up falls between the test and the
 * call: the kick handler moves an instruction pointer in that window to the way out.
 */
s64 host_call_interruptible(long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);

#define host_call(...) HOST_CALL_X_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define HOST_CALL_X_(nr, a, b, c, d, e, f, ...)                                   \
	host_call6((long)(nr), (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))

/* boot.c: Z + ZONE_x parts are mapped, the image is at its final place. */
extern int pool_fd;

#endif
