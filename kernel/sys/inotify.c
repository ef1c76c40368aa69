/* inotify. */
#include "kernel/obj/inotify.h"

#include "abi/linux/fcntl.h"
#include "abi/linux/inotify.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"

#define MASK_KNOWN                                                                \
	(LINUX_IN_ALL_EVENTS | LINUX_IN_UNMOUNT | LINUX_IN_Q_OVERFLOW |            \
	 LINUX_IN_IGNORED | LINUX_IN_ONLYDIR | LINUX_IN_DONT_FOLLOW |              \
	 LINUX_IN_EXCL_UNLINK | LINUX_IN_MASK_ADD | LINUX_IN_MASK_CREATE |         \
	 LINUX_IN_ISDIR | LINUX_IN_ONESHOT)

static s64 make(u32 flags)
{
	struct file *f;
	int err;

	if (flags & ~(u32)(LINUX_IN_CLOEXEC | LINUX_IN_NONBLOCK))
		return -EINVAL;
	err = inotify_create(flags, &f);
	return err < 0 ? err : fd_install_new(f, flags & LINUX_IN_CLOEXEC);
}

SYSCALL_DEFINE(inotify_init)
{
	return make(0);
}

SYSCALL_DEFINE(inotify_init1, int, flags)
{
	return make((u32)flags);
}

SYSCALL_DEFINE(inotify_add_watch, int, fd, uaddr_t, name, u32, mask)
{
	struct path path;
	AUTO_FILE f = NULL;
	u32 walk = 0;
	s64 wd;

	if (mask & ~MASK_KNOWN || !(mask & MASK_KNOWN))
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	if ((mask & LINUX_IN_MASK_ADD && mask & LINUX_IN_MASK_CREATE) || !file_is_inotify(f))
		return -EINVAL;
	if (!(mask & LINUX_IN_DONT_FOLLOW))
		walk |= WALK_FOLLOW;
	if (mask & LINUX_IN_ONLYDIR)
		walk |= WALK_DIRECTORY;
	wd = path_walk_user(LINUX_AT_FDCWD, name, walk, &path);
	if (wd < 0)
		return wd;
	wd = inode_permission(path.dentry->inode, LINUX_R_OK);
	if (wd == 0)
		wd = inotify_watch(f, path.dentry->inode, mask);
	path_put(&path);
	return wd;
}

SYSCALL_DEFINE(inotify_rm_watch, int, fd, s32, wd)
{
	AUTO_FILE f = fd_get(fd);

	if (f == NULL)
		return -EBADF;
	return file_is_inotify(f) ? inotify_unwatch(f, wd) : -EINVAL;
}
