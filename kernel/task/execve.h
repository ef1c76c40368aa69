/* Putting a prepared image into the calling process. */
#ifndef NACRE_KERNEL_TASK_EXECVE_H
#define NACRE_KERNEL_TASK_EXECVE_H

#include "kernel/task/loader.h"

/*
 * Empty the address space and load image; *regs is where it starts. A failure leaves the
 * process without a program.
 */
MUST_USE int exec_replace(struct exec_image *image, struct regs *regs, struct exec_error *why);

#endif
