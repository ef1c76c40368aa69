/* Requests of ptrace(2), and the registers it shows. */
#ifndef NACRE_ABI_LINUX_PTRACE_H
#define NACRE_ABI_LINUX_PTRACE_H

#include "lib/types.h"

#define LINUX_PTRACE_CONT	7
#define LINUX_PTRACE_GETREGS	12
#define LINUX_PTRACE_ATTACH	16
#define LINUX_PTRACE_DETACH	17
#define LINUX_PTRACE_GETREGSET	0x4204

#define LINUX_NT_PRSTATUS	1

struct linux_user_regs {
	u64 r15, r14, r13, r12, bp, bx;
	u64 r11, r10, r9, r8, ax, cx, dx, si, di;
	u64 orig_ax;
	u64 ip, cs, flags, sp, ss;
	u64 fs_base, gs_base;
	u64 ds, es, fs, gs;
};

static_assert(sizeof(struct linux_user_regs) == 27 * 8, "as in <sys/user.h>");

#endif
