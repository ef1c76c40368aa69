/* Threads that another process has attached itself to. */
#ifndef NACRE_KERNEL_TASK_PTRACE_H
#define NACRE_KERNEL_TASK_PTRACE_H

#include "kernel/task/task.h"

/* The calling thread, which is to stop, does: its registers can be read, its tracer is told. */
void ptrace_stopped(struct thread *t, u32 turn);
/* Its stop, if there is one to report, as a wait status; 0: none. task_lock is held. */
MUST_USE int ptrace_report_locked(struct thread *t, bool consume);
/* t ends. task_lock is held. */
void ptrace_thread_exit_locked(struct thread *t);
/* p ends: whom it traces goes on. task_lock is held. */
void ptrace_process_exit_locked(struct process *p);

#endif
