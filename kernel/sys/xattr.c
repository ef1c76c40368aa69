/*
 * Extended attributes.
 *
 * LINUX BEHAVIOUR. fs/xattr.c: names up to 255 bytes (ERANGE beyond or empty), values up to
 * 64 KiB (E2BIG), flags before anything is fetched. The calls that end in "at" are of 6.13.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/xattr.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"

/* What a call is about: by name, followed or not, or a descriptor. */
struct target {
	bool by_fd;
	int fd;
	uaddr_t name;
	u32 walk;
	int dirfd;
};

#define BY_NAME(n) { .name = (n), .walk = WALK_FOLLOW, .dirfd = LINUX_AT_FDCWD }
#define BY_LINK(n) { .name = (n), .dirfd = LINUX_AT_FDCWD }
#define BY_FD(n) { .by_fd = true, .fd = (n) }

static int target_path(const struct target *t, struct path *ret)
{
	AUTO_FILE f = NULL;

	if (!t->by_fd)
		return path_walk_user(t->dirfd, t->name, t->walk, ret);
	f = fd_get(t->fd);
	return f == NULL ? -EBADF : file_get_path(f, ret);
}

static int name_fetch(char **ret, uaddr_t from)
{
	char *name = kzalloc(LINUX_XATTR_NAME_MAX + 1);
	s64 len;

	if (name == NULL)
		return -ENOMEM;
	len = copy_in_str(name, from, LINUX_XATTR_NAME_MAX + 1);
	if (len <= 0) {
		kfree(name);
		return len == -EFAULT ? -EFAULT : -ERANGE;
	}
	*ret = name;
	return 0;
}

/* The same for who only asks. */
static int target_view(const struct target *t, struct path_view *ret)
{
	if (!t->by_fd)
		return path_view_user(t->dirfd, t->name, t->walk, ret);
	ret->dir = NULL;
	return target_path(t, &ret->path);
}

/* --- set --- */

static s64 xattr_set(const struct target *t, uaddr_t name_addr, uaddr_t value_addr, u64 size,
		     int flags)
{
	AUTO_KFREE char *name = NULL;
	AUTO_KFREE void *value = NULL;
	struct path p;
	int err;

	if (flags & ~(LINUX_XATTR_CREATE | LINUX_XATTR_REPLACE))
		return -EINVAL;
	err = name_fetch(&name, name_addr);
	if (err < 0)
		return err;
	if (size > LINUX_XATTR_SIZE_MAX)
		return -E2BIG;
	value = kzalloc(size + 1);
	if (value == NULL)
		return -ENOMEM;
	if (copy_in(value, value_addr, size) < 0)
		return -EFAULT;
	err = target_path(t, &p);
	if (err < 0)
		return err;
	err = vfs_setxattr(&p, name, value, size, flags);
	path_put(&p);
	return err;
}

SYSCALL_DEFINE(setxattr, uaddr_t, path, uaddr_t, name, uaddr_t, value, u64, size, int, flags)
{
	const struct target t = BY_NAME(path);

	return xattr_set(&t, name, value, size, flags);
}

SYSCALL_DEFINE(lsetxattr, uaddr_t, path, uaddr_t, name, uaddr_t, value, u64, size, int, flags)
{
	const struct target t = BY_LINK(path);

	return xattr_set(&t, name, value, size, flags);
}

SYSCALL_DEFINE(fsetxattr, int, fd, uaddr_t, name, uaddr_t, value, u64, size, int, flags)
{
	const struct target t = BY_FD(fd);

	return xattr_set(&t, name, value, size, flags);
}

/* --- get --- */

static s64 xattr_get(const struct target *t, uaddr_t name_addr, uaddr_t to, u64 size)
{
	AUTO_KFREE char *name = NULL;
	AUTO_KFREE void *value = NULL;
	struct path_view v;
	s64 n;
	int err = name_fetch(&name, name_addr);

	if (err < 0)
		return err;
	size = MIN(size, (u64)LINUX_XATTR_SIZE_MAX);
	value = kzalloc(size + 1);
	if (value == NULL)
		return -ENOMEM;
	err = target_view(t, &v);
	if (err < 0)
		return err;
	n = vfs_getxattr(&v.path, name, value, size);
	path_view_put(&v);
	if (n > 0 && size != 0 && copy_out(to, value, (size_t)n) < 0)
		return -EFAULT;
	return n;
}

SYSCALL_DEFINE(getxattr, uaddr_t, path, uaddr_t, name, uaddr_t, value, u64, size)
{
	const struct target t = BY_NAME(path);

	return xattr_get(&t, name, value, size);
}

SYSCALL_DEFINE(lgetxattr, uaddr_t, path, uaddr_t, name, uaddr_t, value, u64, size)
{
	const struct target t = BY_LINK(path);

	return xattr_get(&t, name, value, size);
}

SYSCALL_DEFINE(fgetxattr, int, fd, uaddr_t, name, uaddr_t, value, u64, size)
{
	const struct target t = BY_FD(fd);

	return xattr_get(&t, name, value, size);
}

/* --- list --- */

static s64 xattr_list(const struct target *t, uaddr_t to, u64 size)
{
	AUTO_KFREE char *names = NULL;
	struct path_view v;
	s64 n;
	int err;

	size = MIN(size, (u64)LINUX_XATTR_LIST_MAX);
	names = kzalloc(size + 1);
	if (names == NULL)
		return -ENOMEM;
	err = target_view(t, &v);
	if (err < 0)
		return err;
	n = vfs_listxattr(&v.path, names, size);
	path_view_put(&v);
	if (n > 0 && size != 0 && copy_out(to, names, (size_t)n) < 0)
		return -EFAULT;
	return n;
}

SYSCALL_DEFINE(listxattr, uaddr_t, path, uaddr_t, list, u64, size)
{
	const struct target t = BY_NAME(path);

	return xattr_list(&t, list, size);
}

SYSCALL_DEFINE(llistxattr, uaddr_t, path, uaddr_t, list, u64, size)
{
	const struct target t = BY_LINK(path);

	return xattr_list(&t, list, size);
}

SYSCALL_DEFINE(flistxattr, int, fd, uaddr_t, list, u64, size)
{
	const struct target t = BY_FD(fd);

	return xattr_list(&t, list, size);
}

/* --- remove --- */

static s64 xattr_remove(const struct target *t, uaddr_t name_addr)
{
	AUTO_KFREE char *name = NULL;
	struct path p;
	int err = name_fetch(&name, name_addr);

	if (err < 0)
		return err;
	err = target_path(t, &p);
	if (err < 0)
		return err;
	err = vfs_removexattr(&p, name);
	path_put(&p);
	return err;
}

SYSCALL_DEFINE(removexattr, uaddr_t, path, uaddr_t, name)
{
	const struct target t = BY_NAME(path);

	return xattr_remove(&t, name);
}

SYSCALL_DEFINE(lremovexattr, uaddr_t, path, uaddr_t, name)
{
	const struct target t = BY_LINK(path);

	return xattr_remove(&t, name);
}

SYSCALL_DEFINE(fremovexattr, int, fd, uaddr_t, name)
{
	const struct target t = BY_FD(fd);

	return xattr_remove(&t, name);
}

/* --- the same below a directory --- */

static int target_at(int dirfd, uaddr_t path, u32 flags, struct target *ret)
{
	if (flags & ~(u32)(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	*ret = (struct target){
		.by_fd = path == 0 && flags & LINUX_AT_EMPTY_PATH && dirfd >= 0,
		.fd = dirfd,
		.dirfd = dirfd,
		.name = path,
		.walk = (flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
			(flags & LINUX_AT_EMPTY_PATH ? WALK_EMPTY : 0),
	};
	return 0;
}

static int args_fetch(uaddr_t from, u64 size, struct linux_xattr_args *ret)
{
	if (size < sizeof(*ret))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	return copy_in_sized(ret, sizeof(*ret), from, size);
}

SYSCALL_DEFINE(setxattrat, int, dirfd, uaddr_t, path, u32, flags, uaddr_t, name, uaddr_t, args,
	       u64, size)
{
	struct linux_xattr_args a;
	struct target t;
	int err = args_fetch(args, size, &a);

	if (err == 0)
		err = target_at(dirfd, path, flags, &t);
	return err < 0 ? err : xattr_set(&t, name, a.value, a.size, (int)a.flags);
}

SYSCALL_DEFINE(getxattrat, int, dirfd, uaddr_t, path, u32, flags, uaddr_t, name, uaddr_t, args,
	       u64, size)
{
	struct linux_xattr_args a;
	struct target t;
	int err = args_fetch(args, size, &a);

	if (err == 0 && a.flags != 0)
		err = -EINVAL;
	if (err == 0)
		err = target_at(dirfd, path, flags, &t);
	return err < 0 ? err : xattr_get(&t, name, a.value, a.size);
}

SYSCALL_DEFINE(listxattrat, int, dirfd, uaddr_t, path, u32, flags, uaddr_t, list, u64, size)
{
	struct target t;
	int err = target_at(dirfd, path, flags, &t);

	return err < 0 ? err : xattr_list(&t, list, size);
}

SYSCALL_DEFINE(removexattrat, int, dirfd, uaddr_t, path, u32, flags, uaddr_t, name)
{
	struct target t;
	int err = target_at(dirfd, path, flags, &t);

	return err < 0 ? err : xattr_remove(&t, name);
}
