/* A profile's part in a call: how another platform would have answered it. */
#ifndef NACRE_KERNEL_SYS_PROFILE_H
#define NACRE_KERNEL_SYS_PROFILE_H

#include "kernel/boot.h"

/* True: the profile answers the call, with *ret_result; refusals are logged by name. */
bool profile_answers(s64 nr, const u64 *args, s64 *ret_result);
/* Does it have a word in this ioctl(2)? The size of a window, as Linux's TIOCGWINSZ. */
bool profile_window(int fd, u32 cmd, u64 arg, s64 *ret_result);

/* Bytes that brk(2) may add. */
static inline u64 profile_brk_limit(void)
{
	const struct boot_profile *p = boot_profile();

	return p != NULL && p->brk_limit != 0 ? p->brk_limit : ~(u64)0;
}

#endif
