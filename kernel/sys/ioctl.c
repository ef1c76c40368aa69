/*
 * ioctl.
 *
 * OVERVIEW. Requests that concern every descriptor are answered here; the rest is the
 * file's. LINUX BEHAVIOUR. fs/ioctl.c.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/ioctl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/file_flags.h"
#include "kernel/sys/profile.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/async.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"

static s64 set_nonblock(struct file *f, uaddr_t arg)
{
	s32 on;

	if (copy_in(&on, arg, sizeof(on)) < 0)
		return -EFAULT;
	return file_set_flags(f, on ? f->flags | LINUX_O_NONBLOCK :
				      f->flags & ~(u32)LINUX_O_NONBLOCK);
}

static s64 set_async(struct file *f, int fd, uaddr_t arg)
{
	u32 old = atomic_load(&f->flags);
	s32 on;
	int err = 0;

	if (copy_in(&on, arg, sizeof(on)) < 0)
		return -EFAULT;
	if (!on == !(old & LINUX_O_ASYNC))
		return 0;
	if (!f->ops->async)
		return -ENOTTY;
	err = file_async(f, fd, on);
	if (err < 0)
		return err;
	return file_set_flags(f, old ^ LINUX_O_ASYNC);
}

/* Bytes from the position to the end of a regular file. */
static s64 bytes_left(struct file *f, uaddr_t arg)
{
	struct inode_attr a;
	s32 left;
	int err = inode_getattr(f->inode, &a);

	if (err < 0)
		return err;
	left = (s32)(a.size - atomic_load(&f->pos));
	return copy_out(arg, &left, sizeof(left));
}

static s64 total_size(struct file *f, uaddr_t arg)
{
	struct inode_attr a;
	s64 size;
	int err;

	if (!LINUX_S_ISREG(f->inode->mode) && !LINUX_S_ISDIR(f->inode->mode) &&
	    !LINUX_S_ISLNK(f->inode->mode))
		return -ENOTTY;
	err = inode_getattr(f->inode, &a);
	if (err < 0)
		return err;
	size = (s64)a.size;
	return copy_out(arg, &size, sizeof(size));
}

/* Requests that do not depend on what the file is. *ret_mine: cmd is one of them. */
static s64 common(struct file *f, int fd, u32 cmd, uaddr_t arg, bool *ret_mine)
{
	s64 n;

	*ret_mine = true;
	switch (cmd) {
	case LINUX_FIOCLEX:
		return fd_set_cloexec(fd, true);
	case LINUX_FIONCLEX:
		return fd_set_cloexec(fd, false);
	case LINUX_FIONBIO:
		return set_nonblock(f, arg);
	case LINUX_FIOASYNC:
		return set_async(f, fd, arg);
	case LINUX_FIOQSIZE:
		return total_size(f, arg);
	default:
		*ret_mine = file_flags_ioctl(f, cmd, arg, &n);
		return *ret_mine ? n : -ENOTTY;
	}
}

SYSCALL_DEFINE(ioctl, int, fd, u32, cmd, u64, arg)
{
	AUTO_FILE f = fd_get(fd);
	bool mine;
	s64 n;

	if (f == NULL)
		return -EBADF;
	if (profile_window(fd, cmd, arg, &n))
		return n;
	n = common(f, fd, cmd, arg, &mine);
	if (mine)
		return n;
	if (f->ops->ioctl != NULL)
		return f->ops->ioctl(f, cmd, arg);
	if (cmd == LINUX_FIONREAD && LINUX_S_ISREG(f->inode->mode))
		return bytes_left(f, arg);
	return -ENOTTY;
}
