/* Core files: what a process leaves of itself when a signal of that kind ends it. */
#ifndef NACRE_KERNEL_TASK_COREDUMP_H
#define NACRE_KERNEL_TASK_COREDUMP_H

#include "abi/linux/signal.h"
#include "kernel/task/task.h"

/*
 * Write the file "core" in the working directory, if the signal, RLIMIT_CORE and the process
 * (PR_SET_DUMPABLE) allow it. True: it is there, if only in part: wait(2) shall say so.
 */
MUST_USE bool coredump_write(struct thread *t, const struct linux_siginfo *info);

#endif
