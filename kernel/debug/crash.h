/* The record of a crash in the sandbox log: what a report about it needs. */
#ifndef NACRE_KERNEL_DEBUG_CRASH_H
#define NACRE_KERNEL_DEBUG_CRASH_H

#include "abi/linux/signal.h"
#include "kernel/task/task.h"

/*
 * The signal in info ends t's process, whose registers are in t->regs. Writes lines that begin
 * with "[CRASH] pid=N ": signal, registers, segment bases, the bytes at the instruction and on
 * the stack, the mappings. Does nothing unless the sandbox was told to (BOOT_CRASH), and
 * nothing for signals that are no crash.
 */
void crash_record(struct thread *t, const struct linux_siginfo *info);

#endif
