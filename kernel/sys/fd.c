/*
 * Descriptors: dup, fcntl, close_range.
 *
 * LINUX BEHAVIOUR. fcntl's commands are a table-like switch; with an O_PATH descriptor only
 * those that concern the descriptor itself work.
 *
 * NOT DONE. Leases: EINVAL, as Linux answers on a file system without.
 */
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/memfd.h"
#include "kernel/obj/pipe.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/table.h"
#include "kernel/vfs/async.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/locks.h"
#include "kernel/vfs/namei.h"

/* --- dup --- */

SYSCALL_DEFINE(dup, int, fd)
{
	struct file *f = fd_get_any(fd);

	return f == NULL ? -EBADF : fd_install_new(f, 0);
}

SYSCALL_DEFINE(dup2, int, fd, int, new_fd)
{
	struct file *f = fd_get_any(fd);

	if (f == NULL)
		return -EBADF;
	if (fd == new_fd) {
		file_put(f);
		return new_fd;
	}
	return fd_replace(new_fd, f, 0);
}

SYSCALL_DEFINE(dup3, int, fd, int, new_fd, int, flags)
{
	struct file *f;

	if (flags & ~LINUX_O_CLOEXEC || fd == new_fd)
		return -EINVAL;
	f = fd_get_any(fd);
	return f == NULL ? -EBADF : fd_replace(new_fd, f, (u32)flags);
}

/* --- close_range --- */

static int table_unshare(void)
{
	struct thread *t = current();
	struct fdtable *copy, *old = t->files;
	int err = fdtable_copy(old, &copy);

	if (err < 0)
		return err;
	task_lock();
	t->files = copy;
	task_unlock();
	fdtable_put(old);
	return 0;
}

SYSCALL_DEFINE(close_range, u32, first, u32, last, u32, flags)
{
	struct file *f;
	bool cloexec;
	int fd, err;

	if (flags & ~(u32)(LINUX_CLOSE_RANGE_UNSHARE | LINUX_CLOSE_RANGE_CLOEXEC) ||
	    first > last)
		return -EINVAL;
	if (flags & LINUX_CLOSE_RANGE_UNSHARE) {
		err = table_unshare();
		if (err < 0)
			return err;
	}
	if (first > INT32_MAX)
		return 0;
	fd = fdtable_next(current()->files, (int)first, &f, &cloexec);
	while (fd >= 0 && (u32)fd <= last) {
		file_put(f);
		err = flags & LINUX_CLOSE_RANGE_CLOEXEC ? fd_set_cloexec(fd, true) :
							  fd_close(fd);
		if (err == -EBADF || err >= 0) /* another thread may have closed it */
			err = 0;
		if (fd == INT32_MAX)
			return 0;
		fd = fdtable_next(current()->files, fd + 1, &f, &cloexec);
	}
	if (fd >= 0)
		file_put(f);
	return 0;
}

/* --- fcntl --- */

static s64 dup_from(struct file *f, u64 min, u32 flags)
{
	int fd;

	if (min >= task_rlimit(LINUX_RLIMIT_NOFILE))
		return -EINVAL;
	fd = fd_reserve((int)min);
	if (fd < 0)
		return fd;
	fd_install(fd, file_get(f), flags);
	return fd;
}

static s64 record_lock(struct file *f, u32 cmd, uaddr_t arg)
{
	bool ofd = cmd >= LINUX_F_OFD_GETLK && cmd <= LINUX_F_OFD_SETLKW;
	bool wait = cmd == LINUX_F_SETLKW || cmd == LINUX_F_OFD_SETLKW;
	struct linux_flock fl;
	s64 err;

	if (copy_in_struct(&fl, arg) < 0)
		return -EFAULT;
	if (ofd && fl.l_pid != 0)
		return -EINVAL;
	if (cmd != LINUX_F_GETLK && cmd != LINUX_F_OFD_GETLK)
		return record_lock_set(f, &fl, ofd, wait);
	err = record_lock_test(f, &fl, ofd);
	return err < 0 ? err : copy_out_struct(arg, &fl);
}

/* --- who is told of events --- */

static s64 owner_set_ex(struct file *f, uaddr_t arg)
{
	struct linux_f_owner_ex ex;

	if (copy_in_struct(&ex, arg) < 0)
		return -EFAULT;
	return file_owner_set(f, ex.type, ex.pid);
}

static s64 owner_get_ex(struct file *f, uaddr_t arg)
{
	struct linux_f_owner_ex ex;

	file_owner_get(f, &ex.type, &ex.pid);
	return copy_out_struct(arg, &ex);
}

#define HINT_MAX 5u /* Linux: RWH_WRITE_LIFE_EXTREME */

static s64 hint_get(const struct file *f, uaddr_t arg)
{
	u64 hint = atomic_load(&f->inode->write_hint);

	return copy_out(arg, &hint, sizeof(hint));
}

/* How long what is written will live: kept and told, for nobody here can use it. */
static s64 hint_set(struct file *f, uaddr_t arg)
{
	u64 hint;

	if (!inode_owner_or_capable(f->inode))
		return -EPERM;
	if (copy_in(&hint, arg, sizeof(hint)) < 0)
		return -EFAULT;
	if (hint > HINT_MAX)
		return -EINVAL;
	atomic_store(&f->inode->write_hint, (u8)hint);
	return 0;
}

/* Linux: as on file systems that have no leases (simple_nosetlease), nobody ever holds one. */
static s64 lease_set(const struct file *f, u64 type)
{
	if (type != LINUX_F_RDLCK && type != LINUX_F_WRLCK && type != LINUX_F_UNLCK)
		return -EINVAL;
	if (current()->process->cred.fsuid != f->inode->uid && !vfs_capable(LINUX_CAP_LEASE))
		return -EACCES;
	return type == LINUX_F_UNLCK && LINUX_S_ISREG(f->inode->mode) ? -EAGAIN : -EINVAL;
}

static s64 same_file(struct file *f, int other_fd)
{
	AUTO_FILE other = fd_get_any(other_fd);

	return other == NULL ? -EBADF : other == f;
}

/* Commands that work with O_PATH, too; -ENOSYS: none of them. */
static s64 fcntl_descriptor(struct file *f, int fd, u32 cmd, u64 arg)
{
	switch (cmd) {
	case LINUX_F_DUPFD:
		return dup_from(f, arg, 0);
	case LINUX_F_DUPFD_CLOEXEC:
		return dup_from(f, arg, LINUX_O_CLOEXEC);
	case LINUX_F_DUPFD_QUERY:
		return same_file(f, (int)arg);
	case LINUX_F_CREATED_QUERY:
		return (f->mode & FMODE_CREATED) != 0;
	case LINUX_F_GETFD:
		return fd_get_cloexec(fd);
	case LINUX_F_SETFD:
		return fd_set_cloexec(fd, arg & LINUX_FD_CLOEXEC);
	case LINUX_F_GETFL:
		return f->flags;
	default:
		return -ENOSYS;
	}
}

static s64 set_flags(struct file *f, int fd, u32 flags)
{
	if ((flags ^ atomic_load(&f->flags)) & LINUX_O_ASYNC) {
		int err = file_async(f, fd, flags & LINUX_O_ASYNC);

		if (err < 0)
			return err;
	}
	return file_set_flags(f, flags);
}

static s64 fcntl_file(struct file *f, int fd, u32 cmd, u64 arg)
{
	switch (cmd) {
	case LINUX_F_SETFL:
		return set_flags(f, fd, (u32)arg);
	case LINUX_F_GETLK:
	case LINUX_F_SETLK:
	case LINUX_F_SETLKW:
	case LINUX_F_OFD_GETLK:
	case LINUX_F_OFD_SETLK:
	case LINUX_F_OFD_SETLKW:
		return record_lock(f, cmd, arg);
	case LINUX_F_SETOWN:
		return file_owner_set_number(f, (s32)arg);
	case LINUX_F_GETOWN:
		return file_owner_number(f);
	case LINUX_F_SETOWN_EX:
		return owner_set_ex(f, arg);
	case LINUX_F_GETOWN_EX:
		return owner_get_ex(f, arg);
	case LINUX_F_SETSIG:
		return file_owner_set_signal(f, arg);
	case LINUX_F_GETSIG:
		return file_owner_signal(f);
	case LINUX_F_NOTIFY:
		return file_dnotify(f, fd, (u32)arg);
	case LINUX_F_GETLEASE:
		return LINUX_F_UNLCK;
	case LINUX_F_SETLEASE:
		return lease_set(f, arg);
	case LINUX_F_SETPIPE_SZ:
		return pipe_set_size(f, (u32)arg);
	case LINUX_F_GETPIPE_SZ:
		return pipe_get_size(f);
	case LINUX_F_ADD_SEALS:
		return memfd_add_seals(f, (u32)arg);
	case LINUX_F_GET_SEALS:
		return memfd_get_seals(f);
	case LINUX_F_GET_RW_HINT:
		return hint_get(f, arg);
	case LINUX_F_SET_RW_HINT:
		return hint_set(f, arg);
	default:
		return -EINVAL;
	}
}

SYSCALL_DEFINE(fcntl, int, fd, u32, cmd, u64, arg)
{
	AUTO_FILE f = fd_get_any(fd);
	s64 n;

	if (f == NULL)
		return -EBADF;
	n = fcntl_descriptor(f, fd, cmd, arg);
	if (n != -ENOSYS)
		return n;
	return f->mode & FMODE_PATH ? -EBADF : fcntl_file(f, fd, cmd, arg);
}

#define LOCK_MANDATORY 32u /* Linux: once meant mandatory locks; does nothing any more */

SYSCALL_DEFINE(flock, int, fd, u32, cmd)
{
	AUTO_FILE f = NULL;
	u32 kind = cmd & ~(u32)LINUX_LOCK_NB;

	if (cmd & LOCK_MANDATORY)
		return 0;
	if (kind != LINUX_LOCK_SH && kind != LINUX_LOCK_EX && kind != LINUX_LOCK_UN)
		return -EINVAL;
	f = fd_get(fd);
	return f == NULL ? -EBADF : flock_set(f, kind, !(cmd & LINUX_LOCK_NB));
}
