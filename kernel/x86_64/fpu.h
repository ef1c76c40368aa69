/*
 * The guest's x87 and vector state: where it is, and moving it to and from signal frames.
 *
 * OVERVIEW. The kernel is compiled without vector instructions. While it runs in a host
 * signal handler the guest's state is in that handler's host frame, in exactly the format a
 * guest frame needs (the host has reset the CPU's own registers); t->fpu_frame points to
 * it. When t->fpu_frame is NULL the state is live in the CPU. These functions hide which.
 */
#ifndef NACRE_KERNEL_X86_64_FPU_H
#define NACRE_KERNEL_X86_64_FPU_H

#include "lib/types.h"

/* All of them act on the calling thread. */

/* Bytes of the state in a signal frame, with the closing magic number; multiple of 4. */
u32 fpu_frame_size(void);
bool fpu_has_xsave(void);
/* Write the state to the guest's frame at dst, which is 64-byte aligned. 0, -EFAULT, -ENOMEM. */
MUST_USE int fpu_copy_out(u64 dst);
/*
 * Load a state from a guest's frame; 0: the initial state. What Linux refuses (reserved bits,
 * misaligned, unreadable) gives -EFAULT, then the state is the initial one.
 */
MUST_USE int fpu_copy_in(u64 src);
/* The state a program starts with and a signal handler is entered with. */
void fpu_reset(void);
/* Make the state live in the CPU, so that a host thread cloned now inherits it. */
void fpu_make_live(void);
/* Save the CPU's state into a host frame's area (WORK_FPU_LOADED). */
void fpu_save_host(void *fpstate);

#endif
