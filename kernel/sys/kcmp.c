/*
 * kcmp: do two threads share a resource?
 *
 * LINUX BEHAVIOUR. kernel/kcmp.c: the order of what differs is some order that stays the same;
 * addresses of kernel objects are not told, so they are mixed with a secret first.
 * NOT DONE. KCMP_IO and KCMP_EPOLL_TFD (EOPNOTSUPP).
 */
#include "abi/errno.h"
#include "abi/linux/kcmp.h"
#include "kernel/boot.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/table.h"
#include "kernel/vfs/fdtable.h"

/* Linux: kptr_obfuscate(). Odd factors lose nothing: equal stays equal, and nothing else is. */
static u64 disguise(const void *p, int type)
{
	u64 secret = boot_block()->seed + (u64)type;

	secret = (secret ^ secret >> 31) * 0xbf58476d1ce4e5b9ull;
	return ((uintptr_t)p ^ secret) * (secret >> 7 | 1);
}

/* 0 equal, 1 less, 2 greater. */
static s64 order(const void *a, const void *b, int type)
{
	u64 x = disguise(a, type), y = disguise(b, type);

	return x < y ? 1 : x > y ? 2 : 0;
}

static struct fdtable *table_of(struct thread *t)
{
	struct fdtable *ft;

	task_lock();
	ft = t->files == NULL ? NULL : fdtable_get(t->files);
	task_unlock();
	return ft;
}

/* File fd of t, referenced; NULL: there is none. */
static struct file *file_of(struct thread *t, u32 fd)
{
	struct fdtable *ft = table_of(t);
	struct file *f = NULL;

	if (ft == NULL)
		return NULL;
	if (fd > INT32_MAX || fdtable_next(ft, (int)fd, &f, NULL) != (int)fd) {
		file_put(f);
		f = NULL;
	}
	fdtable_put(ft);
	return f;
}

static s64 compare_files(struct thread *a, struct thread *b, u32 fd_a, u32 fd_b)
{
	struct file *x = file_of(a, fd_a), *y = file_of(b, fd_b);
	s64 r = x == NULL || y == NULL ? -EBADF : order(x, y, LINUX_KCMP_FILE);

	file_put(x);
	file_put(y);
	return r;
}

static s64 compare(struct thread *a, struct thread *b, int type, u64 idx1, u64 idx2)
{
	struct process *p = a->process, *q = b->process;

	switch (type) {
	case LINUX_KCMP_FILE:
		return compare_files(a, b, (u32)idx1, (u32)idx2);
	case LINUX_KCMP_VM:
		return order(p->mm, q->mm, type);
	case LINUX_KCMP_FILES:
		return order(a->files, b->files, type);
	case LINUX_KCMP_FS:
		return order(a->fs, b->fs, type);
	case LINUX_KCMP_SIGHAND:
		return order(p->sighand, q->sighand, type);
	case LINUX_KCMP_SYSVSEM:
		return order(p->sem_undos, q->sem_undos, type);
	case LINUX_KCMP_IO:
	case LINUX_KCMP_EPOLL_TFD:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

SYSCALL_DEFINE(kcmp, s32, pid1, s32, pid2, int, type, u64, idx1, u64, idx2)
{
	struct thread *a = thread_find(pid1), *b = thread_find(pid2);
	s64 r = -ESRCH;

	if (a != NULL && b != NULL) {
		r = -EPERM;
		if (proc_may_inspect(a->process) == 0 && proc_may_inspect(b->process) == 0)
			r = compare(a, b, type, idx1, idx2);
	}
	if (a != NULL)
		thread_put(a);
	if (b != NULL)
		thread_put(b);
	return r;
}
