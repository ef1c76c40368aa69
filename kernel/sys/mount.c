/* mount, umount2, pivot_root. */
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/mount.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/namei.h"

#define TYPE_MAX 64u
#define MS_MAGIC_VALUE 0xc0ed0000u /* Linux: an ancient mark in the high half, dropped */
#define MS_MAGIC_MASK 0xffff0000u

/* A string of at most size bytes; address 0 gives NULL. */
static int string_fetch(uaddr_t from, size_t size, char **ret)
{
	char *s;
	s64 len;

	*ret = NULL;
	if (from == 0)
		return 0;
	s = kzalloc(size);
	if (s == NULL)
		return -ENOMEM;
	len = copy_in_str(s, from, size);
	if (len < 0) {
		kfree(s);
		return len == -EFAULT ? -EFAULT : -EINVAL;
	}
	*ret = s;
	return 0;
}

SYSCALL_DEFINE(mount, uaddr_t, source_addr, uaddr_t, target, uaddr_t, type_addr, u64, flags,
	       uaddr_t, options_addr)
{
	AUTO_KFREE char *source = NULL;
	AUTO_KFREE char *type = NULL;
	AUTO_KFREE char *options = NULL;
	struct path at;
	int err;

	err = string_fetch(type_addr, TYPE_MAX, &type);
	if (err == 0)
		err = string_fetch(source_addr, VFS_PATH_MAX, &source);
	if (err == 0)
		err = string_fetch(options_addr, PAGE_SIZE, &options);
	if (err < 0)
		return err;
	if ((flags & MS_MAGIC_MASK) == MS_MAGIC_VALUE)
		flags &= ~(u64)MS_MAGIC_MASK;
	err = path_walk_user(LINUX_AT_FDCWD, target, WALK_FOLLOW, &at);
	if (err < 0)
		return err;
	err = vfs_mount(type, source, &at, (u32)flags, options == NULL ? "" : options);
	path_put(&at);
	return err;
}

SYSCALL_DEFINE(umount2, uaddr_t, target, int, flags)
{
	u32 walk = flags & LINUX_UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW;
	struct path p;
	int err;

	if (flags & ~(LINUX_MNT_FORCE | LINUX_MNT_DETACH | LINUX_MNT_EXPIRE |
		      LINUX_UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = path_walk_user(LINUX_AT_FDCWD, target, walk, &p);
	if (err < 0)
		return err;
	mount_cross_down(&p); /* Linux: "." means what is mounted on it last */
	err = vfs_umount(&p, (u32)flags);
	path_put(&p);
	return err;
}

SYSCALL_DEFINE(pivot_root, uaddr_t, new_root, uaddr_t, put_old)
{
	struct path new, old;
	int err;

	if (!vfs_capable(LINUX_CAP_SYS_ADMIN))
		return -EPERM;
	err = path_walk_user(LINUX_AT_FDCWD, new_root, WALK_FOLLOW | WALK_DIRECTORY, &new);
	if (err < 0)
		return err;
	err = path_walk_user(LINUX_AT_FDCWD, put_old, WALK_FOLLOW | WALK_DIRECTORY, &old);
	if (err == 0) {
		err = vfs_pivot_root(&new, &old);
		path_put(&old);
	}
	path_put(&new);
	return err;
}
