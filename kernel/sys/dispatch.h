/* From a trapped call to its handler. */
#ifndef NACRE_KERNEL_SYS_DISPATCH_H
#define NACRE_KERNEL_SYS_DISPATCH_H

#include "kernel/task/task.h"

/*
 * Serve the call in regs (number in orig_ax): the result goes to regs->ax, pending work is
 * done, so that regs are what the guest continues with.
 */
void syscall_dispatch(struct thread *t, struct regs *regs);
/* The same for int $0x80: the number is in ax and abi/ia32.def's. */
void syscall_dispatch_ia32(struct thread *t, struct regs *regs);

/*
 * A quick call, by its number: one that syscall_is_quick[] names. The entry code saves less for
 * those; their handlers do not use current()->regs.
 */
s64 syscall_quick(u32 nr);
extern u8 syscall_is_quick[] HIDDEN;
/* Once, when it is known whether calls are traced. */
void dispatch_init(void);

#endif
