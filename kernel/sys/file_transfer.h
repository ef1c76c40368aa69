/* A positioned transfer between a file and guest memory, for calls that are not read or write. */
#ifndef NACRE_KERNEL_SYS_FILE_TRANSFER_H
#define NACRE_KERNEL_SYS_FILE_TRANSFER_H

#include "kernel/vfs/vfs.h"

struct file_transfer {
	bool write, vector;
	uaddr_t buf; /* bytes, or with vector an array of struct iovec */
	u64 size;    /* bytes, or elements */
	s64 offset;  /* of no meaning for files without a position */
	u32 flags;   /* LINUX_RWF_* */
};

/*
 * 0 when the transfer was begun; *ret_moved is then its result, bytes or -Exxx. A request
 * that is wrong in itself is -EBADF, -EFAULT, -EINVAL or -EOPNOTSUPP.
 */
MUST_USE int file_transfer(struct file *f, const struct file_transfer *t, s64 *ret_moved);

#endif
