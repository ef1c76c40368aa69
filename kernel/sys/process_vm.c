/*
 * process_vm_readv, process_vm_writev: the caller's own memory.
 *
 * LINUX BEHAVIOUR. mm/process_vm_access.c: protections hold, what was moved before the first
 * bad address counts. NOT DONE. Other processes: their memory is another host process's, and
 * nobody here may debug another: EPERM.
 */
#include "abi/linux/uio.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/table.h"
#include "kernel/vfs/iter.h"
#include "kernel/x86_64/rewrite.h"

struct vectors {
	struct linux_iovec *v;
	u64 count, total;
};

/* Linux: iovec_from_user(). Addresses are looked at when they are used. */
static int vectors_fetch(uaddr_t from, u64 count, struct vectors *ret)
{
	u64 size = count * sizeof(ret->v[0]);

	*ret = (struct vectors){ .count = count };
	if (count > LINUX_UIO_MAXIOV)
		return -EINVAL;
	ret->v = kzalloc(size + 1);
	if (ret->v == NULL)
		return -ENOMEM;
	if (copy_in(ret->v, from, size) < 0)
		return -EFAULT;
	for (u64 i = 0; i < count; i++) {
		if ((s64)ret->v[i].iov_len < 0)
			return -EINVAL;
		ret->total += MIN(ret->v[i].iov_len, RW_COUNT_MAX - ret->total);
	}
	return 0;
}

/* Is the caller's memory meant? */
static int target_check(s32 pid)
{
	struct thread *t = thread_find(pid);
	int err;

	if (t == NULL)
		return -ESRCH;
	err = t->process->mm == current()->process->mm ? 0 : -EPERM;
	thread_put(t);
	return err;
}

/* One piece, within a page of the far side: bytes, 0: the near side ends, -EFAULT. */
static s64 move_piece(struct iter *near, uaddr_t far, size_t len, bool write, char *buf)
{
	s64 n = (s64)len;

	if (write)
		n = iter_copy_from(near, buf, len);
	else if (copy_in(buf, far, len) < 0)
		return -EFAULT;
	if (n <= 0)
		return n;
	if (write)
		return copy_out(far, buf, (size_t)n) < 0 ? -EFAULT : n;
	rewrite_show(far, (u8 *)buf, len);
	return iter_copy_to(near, buf, len);
}

static s64 move_all(struct iter *near, const struct vectors *far, bool write)
{
	AUTO_KFREE char *buf = kzalloc(PAGE_SIZE);
	s64 done = 0, n = 1;

	if (buf == NULL)
		return -ENOMEM;
	for (u64 i = 0; i < far->count && n > 0; i++) {
		uaddr_t at = far->v[i].iov_base;
		u64 left = far->v[i].iov_len;

		while (left != 0 && near->count != 0 && n > 0) {
			size_t len = MIN(MIN(left, near->count),
					 PAGE_SIZE - (at & (PAGE_SIZE - 1)));

			n = move_piece(near, at, len, write, buf);
			if (n <= 0)
				break;
			done += n;
			at += (u64)n;
			left -= (u64)n;
		}
	}
	return done != 0 || n >= 0 ? done : n;
}

static s64 transfer(s32 pid, uaddr_t local, u64 local_count, uaddr_t remote, u64 remote_count,
		    u64 flags, bool write)
{
	struct vectors near = { 0 }, far = { 0 };
	struct iter it;
	s64 r = flags != 0 ? -EINVAL : vectors_fetch(local, local_count, &near);

	if (r == 0 && near.total != 0)
		r = vectors_fetch(remote, remote_count, &far);
	if (r == 0 && near.total != 0)
		r = target_check(pid);
	if (r == 0 && near.total != 0) {
		iter_init_iov(&it, near.v, (u32)near.count, near.total);
		r = move_all(&it, &far, write);
	}
	kfree(near.v);
	kfree(far.v);
	return r;
}

SYSCALL_DEFINE(process_vm_readv, s32, pid, uaddr_t, local, u64, local_count, uaddr_t, remote, u64,
	       remote_count, u64, flags)
{
	return transfer(pid, local, local_count, remote, remote_count, flags, false);
}

SYSCALL_DEFINE(process_vm_writev, s32, pid, uaddr_t, local, u64, local_count, uaddr_t, remote, u64,
	       remote_count, u64, flags)
{
	return transfer(pid, local, local_count, remote, remote_count, flags, true);
}
