/*
 * System V IPC: shared memory, semaphores, message queues.
 *
 * OVERVIEW. Arguments are fetched and checked here in Linux's order; the work is in
 * kernel/ipc.
 */
#include "kernel/ipc/ipc.h"

#include "abi/linux/time.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/sys/timeout.h"

/* --- shared memory --- */

SYSCALL_DEFINE(shmget, s32, key, u64, size, int, flags)
{
	return shm_get(key, size, flags);
}

SYSCALL_DEFINE(shmat, s32, id, uaddr_t, addr, int, flags)
{
	return shm_attach(id, addr, flags);
}

SYSCALL_DEFINE(shmdt, uaddr_t, addr)
{
	return shm_detach(addr);
}

SYSCALL_DEFINE(shmctl, s32, id, int, cmd, uaddr_t, buf)
{
	return shm_control(id, cmd, buf);
}

/* --- semaphores --- */

SYSCALL_DEFINE(semget, s32, key, s32, count, int, flags)
{
	return sem_get(key, count, flags);
}

/* Linux: the order of errors of do_semtimedop(). ts NULL: no limit. */
static s64 semop_checked(s32 id, uaddr_t uops, u32 count, const struct linux_timespec *ts)
{
	AUTO_KFREE struct linux_sembuf *ops = NULL;

	if (count > SEM_OPS_MAX)
		return -E2BIG;
	if (count < 1)
		return -EINVAL;
	ops = kzalloc(count * sizeof(ops[0]));
	if (ops == NULL)
		return -ENOMEM;
	if (copy_in(ops, uops, count * sizeof(ops[0])) < 0)
		return -EFAULT;
	if (id < 0 || (ts != NULL && !timespec_ok(ts)))
		return -EINVAL;
	return sem_operate(id, ops, count,
			   ts == NULL ? NO_DEADLINE : deadline_from_timespec(ts));
}

SYSCALL_DEFINE(semop, s32, id, uaddr_t, ops, u32, count)
{
	return semop_checked(id, ops, count, NULL);
}

SYSCALL_DEFINE(semtimedop, s32, id, uaddr_t, ops, u32, count, uaddr_t, timeout)
{
	struct linux_timespec ts;

	if (timeout != 0 && copy_in_struct(&ts, timeout) < 0)
		return -EFAULT;
	return semop_checked(id, ops, count, timeout != 0 ? &ts : NULL);
}

SYSCALL_DEFINE(semctl, s32, id, s32, number, int, cmd, u64, arg)
{
	return sem_control(id, number, cmd, arg);
}

/* --- message queues --- */

SYSCALL_DEFINE(msgget, s32, key, int, flags)
{
	return msg_get(key, flags);
}

SYSCALL_DEFINE(msgsnd, s32, id, uaddr_t, buf, u64, size, int, flags)
{
	struct linux_msgbuf head;

	if (copy_in_struct(&head, buf) < 0)
		return -EFAULT;
	return msg_send(id, head.mtype, buf + sizeof(head), size, flags);
}

SYSCALL_DEFINE(msgrcv, s32, id, uaddr_t, buf, u64, size, s64, type, int, flags)
{
	return msg_receive(id, buf, size, type, flags);
}

SYSCALL_DEFINE(msgctl, s32, id, int, cmd, uaddr_t, buf)
{
	return msg_control(id, cmd, buf);
}
