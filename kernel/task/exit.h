/* What exit, wait and exec share. */
#ifndef NACRE_KERNEL_TASK_EXIT_H
#define NACRE_KERNEL_TASK_EXIT_H

#include "kernel/task/task.h"

/*
 * execve: make the calling thread the only one of its process, with the process's number.
 * -ERESTARTNOINTR when another thread is ahead of it.
 */
MUST_USE int threads_end_others(void);
/* Let the group's other threads see their work. */
void threads_kick_others(struct process *p);
/* How a zombie ended, as SIGCHLD and waitid report it. */
void exit_info(struct process *p, struct linux_siginfo *info);

/* The reaper: a host process has ended, its last thread's struct is nobody's. No lock. */
void graveyard_clear(s32 host_pid);

/*
 * End the host process, which nobody uses any more: its threads have ended or are about to.
 * last: the calling thread if it has ended, too; NULL if it goes on in another host process.
 */
NORETURN void process_host_end(struct thread *last);

/*
 * session.c: p is about to be a zombie. A session leader's terminal is given up; stopped
 * groups that nobody could continue any more are hung up and continued.
 */
void session_exit(struct process *p);
/* kernel/obj/pidfd.c: p has ended, pollers of its pidfds look. */
void pidfd_notify(struct process *p);
/* The process behind a pidfd of the caller, referenced; is the pidfd O_NONBLOCK? Or -EBADF. */
MUST_USE int pidfd_waited(int fd, struct process **ret, bool *ret_nonblock);

#endif
