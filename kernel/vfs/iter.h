/* A cursor over the memory of one read or write: guest vectors or one kernel buffer. */
#ifndef NACRE_KERNEL_VFS_ITER_H
#define NACRE_KERNEL_VFS_ITER_H

#include "abi/linux/uio.h"
#include "lib/types.h"

/* Linux: MAX_RW_COUNT, the most one read or write moves. */
#define RW_COUNT_MAX 0x7ffff000ul

struct iter {
	/* A kernel copy; the bases are guest addresses unless kernel. */
	const struct linux_iovec *iov;
	u32 iov_count;
	u32 index;    /* current vector */
	size_t skip;  /* bytes of it already used */
	size_t count; /* bytes left in all */
	bool kernel;  /* bases are kernel pointers */
	bool no_wait; /* as if the file were O_NONBLOCK: file_ops.no_wait */
	/* Of a write: does it go to the end of the file? AS_FILE: as O_APPEND says. */
	enum { ITER_AS_FILE, ITER_APPEND, ITER_NO_APPEND } append;
	struct linux_iovec one;
};

/* One guest buffer. Cuts len to RW_COUNT_MAX; the range is checked on use. */
void iter_init_user(struct iter *it, uaddr_t buf, size_t len);
void iter_init_kernel(struct iter *it, const void *buf, size_t len);
void iter_init_iov(struct iter *it, const struct linux_iovec *iov, u32 iov_count, size_t total);

/*
 * Move bytes between kernel memory and the cursor, advancing it. Value: bytes moved, which
 * is less than len when the cursor ends or the guest's memory faults; -EFAULT when a fault
 * came before the first byte.
 */
MUST_USE s64 iter_copy_to(struct iter *it, const void *src, size_t len);
MUST_USE s64 iter_copy_from(struct iter *it, void *dst, size_t len);
MUST_USE s64 iter_zero(struct iter *it, size_t len);

/*
 * The next contiguous piece (at most max bytes) for a direct host transfer: 0 at the end.
 * *ret_ptr was range-checked but may still fault. Follow with iter_advance.
 */
MUST_USE s64 iter_piece(struct iter *it, size_t max, void **ret_ptr);
void iter_advance(struct iter *it, size_t len);

#endif
