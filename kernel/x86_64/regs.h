/* The guest's general registers, in the order of Linux's pt_regs. */
#ifndef NACRE_KERNEL_X86_64_REGS_H
#define NACRE_KERNEL_X86_64_REGS_H

#include "lib/types.h"

struct regs {
	u64 r15, r14, r13, r12, bp, bx;
	u64 r11, r10, r9, r8, ax, cx, dx, si, di;
	u64 orig_ax; /* the call's number, or -1 outside a call */
	u64 ip, cs, flags, sp, ss;
};

#endif
