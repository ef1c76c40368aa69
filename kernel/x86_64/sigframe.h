/* Signal frames on the guest's stack: building one, and returning through it. */
#ifndef NACRE_KERNEL_X86_64_SIGFRAME_H
#define NACRE_KERNEL_X86_64_SIGFRAME_H

#include "kernel/signal/signal.h"

/*
 * Build the frame for a handler and point t->regs at it. mask: what sigreturn restores.
 * 0, or -EFAULT: the stack cannot take it, or there is no restorer; registers are unchanged.
 */
MUST_USE int sigframe_build(struct thread *t, const struct signal_delivery *d, u64 mask);
/* rt_sigreturn: registers, mask and vector state from the frame, or SIGSEGV. */
void sigframe_return(struct thread *t);

/* Is sp on the thread's alternate stack, as sigaltstack(2) counts it? */
bool altstack_contains(const struct thread *t, u64 sp);
/* The work of sigaltstack(2). 0, -EPERM, -EINVAL, -ENOMEM. */
MUST_USE int altstack_set(struct thread *t, const struct linux_stack_t *new, u64 sp);

#endif
