/* Numbers of the calling thread and process. */
#include "abi/errno.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/table.h"

SYSCALL_DEFINE(getpid)
{
	return current()->process->pid;
}

SYSCALL_DEFINE(gettid)
{
	return current()->tid;
}

SYSCALL_DEFINE(getppid)
{
	task_lock();
	const struct process *parent = current()->process->parent;
	s64 pid = parent != NULL ? parent->pid : 0;

	task_unlock();
	return pid;
}

SYSCALL_DEFINE(set_tid_address, uaddr_t, addr)
{
	current()->clear_child_tid = addr;
	return current()->tid;
}
