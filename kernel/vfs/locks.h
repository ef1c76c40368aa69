/* Advisory locks on files: record locks of processes and of descriptions, and flock. */
#ifndef NACRE_KERNEL_VFS_LOCKS_H
#define NACRE_KERNEL_VFS_LOCKS_H

#include "abi/linux/fcntl.h"
#include "kernel/vfs/vfs.h"

struct fdtable;

/*
 * What an inode's `lock` operation is asked: a lock that others outside of the sandbox see. All
 * owners inside are one there. 0; -EAGAIN: somebody outside is in the way; -ENOLCK.
 */
struct outer_lock {
	enum { OUTER_RECORD, OUTER_FLOCK, OUTER_TEST, OUTER_DROP } what;
	s16 type; /* LINUX_F_RDLCK (shared), _WRLCK, _UNLCK */
	s32 pid; /* of who is in the way */
	u64 start, last; /* bytes of a record, inclusive */
};

/* fcntl F_SETLK(W), F_OFD_SETLK(W): ofd says whose lock it is, wait whether to sleep. */
MUST_USE s64 record_lock_set(struct file *f, const struct linux_flock *fl, bool ofd, bool wait);
/* F_GETLK, F_OFD_GETLK: *fl becomes the lock in the way, or its type F_UNLCK. */
MUST_USE s64 record_lock_test(struct file *f, struct linux_flock *fl, bool ofd);
/* kind: LINUX_LOCK_SH, EX or UN. */
MUST_USE s64 flock_set(struct file *f, u32 kind, bool wait);

/*
 * A descriptor of f was closed in table ft: record locks of the table's processes on the
 * file are gone, whichever descriptor they were made with.
 */
void locks_fd_closed(struct file *f, const struct fdtable *ft);
/* The last reference to f is being put: its own locks are gone. */
void locks_file_gone(struct file *f);
/* The inode is being freed. */
void locks_inode_gone(struct inode *i);

#endif
