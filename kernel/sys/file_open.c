/* Opening and closing: open, openat, openat2, creat, close. */
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"

#define OPEN_FLAGS                                                                \
	(LINUX_O_ACCMODE | LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_NOCTTY |         \
	 LINUX_O_TRUNC | LINUX_O_APPEND | LINUX_O_NONBLOCK | LINUX_O_SYNC |        \
	 LINUX_O_ASYNC | LINUX_O_DIRECT | LINUX_O_LARGEFILE | LINUX_O_DIRECTORY |  \
	 LINUX_O_NOFOLLOW | LINUX_O_NOATIME | LINUX_O_CLOEXEC | LINUX_O_PATH |     \
	 LINUX_O_TMPFILE)
#define PATH_FLAGS                                                                \
	(LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW | LINUX_O_PATH | LINUX_O_CLOEXEC)
#define RESOLVE_FLAGS                                                             \
	(LINUX_RESOLVE_NO_XDEV | LINUX_RESOLVE_NO_MAGICLINKS |                     \
	 LINUX_RESOLVE_NO_SYMLINKS | LINUX_RESOLVE_BENEATH | LINUX_RESOLVE_IN_ROOT | \
	 LINUX_RESOLVE_CACHED)

static bool wants_mode(u64 flags)
{
	return flags & (LINUX_O_CREAT | LINUX___O_TMPFILE);
}

/* Linux: build_open_flags(). Works on what openat has cleaned up or openat2 was given. */
static int how_check(const struct linux_open_how *how)
{
	u64 flags = how->flags;

	if (flags & ~(u64)OPEN_FLAGS || how->resolve & ~(u64)RESOLVE_FLAGS)
		return -EINVAL;
	if ((how->resolve & LINUX_RESOLVE_BENEATH) && (how->resolve & LINUX_RESOLVE_IN_ROOT))
		return -EINVAL;
	if (wants_mode(flags) ? how->mode & ~(u64)LINUX_S_IALLUGO : how->mode != 0)
		return -EINVAL;
	if ((flags & LINUX_O_DIRECTORY) && (flags & LINUX_O_CREAT))
		return -EINVAL;
	if (flags & LINUX___O_TMPFILE) {
		if ((flags & LINUX_O_TMPFILE) != LINUX_O_TMPFILE)
			return -EINVAL;
		if (!(flags & (LINUX_O_WRONLY | LINUX_O_RDWR)))
			return -EINVAL;
	}
	if ((flags & LINUX_O_PATH) && (flags & ~(u64)PATH_FLAGS))
		return -EINVAL;
	/* Linux: what is not cached cannot be created, cut or made either */
	if ((how->resolve & LINUX_RESOLVE_CACHED) &&
	    (flags & (LINUX_O_TRUNC | LINUX_O_CREAT | LINUX___O_TMPFILE)))
		return -EAGAIN;
	return 0;
}

static u32 walk_flags(u64 resolve)
{
	static const struct {
		u32 resolve, walk;
	} map[] = {
		{ LINUX_RESOLVE_NO_XDEV, WALK_NO_XDEV },
		{ LINUX_RESOLVE_NO_MAGICLINKS, WALK_NO_MAGIC },
		{ LINUX_RESOLVE_NO_SYMLINKS, WALK_NO_SYMLINKS },
		{ LINUX_RESOLVE_BENEATH, WALK_BENEATH },
		{ LINUX_RESOLVE_IN_ROOT, WALK_IN_ROOT },
		{ LINUX_RESOLVE_CACHED, WALK_CACHED },
	};
	u32 flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		if (resolve & map[i].resolve)
			flags |= map[i].walk;
	return flags;
}

static s64 open_how(int dirfd, uaddr_t name, const struct linux_open_how *how)
{
	AUTO_KFREE char *path = NULL;
	struct file *f;
	int fd, err;

	err = how_check(how);
	if (err < 0)
		return err;
	err = copy_in_path(name, &path);
	if (err < 0)
		return err;
	fd = fd_reserve(0);
	if (fd < 0)
		return fd;
	err = file_open_at(dirfd, path, (u32)how->flags, (u32)how->mode,
			   walk_flags(how->resolve), &f);
	if (err < 0) {
		fd_unreserve(fd);
		return err;
	}
	fd_install(fd, f, (u32)how->flags);
	return fd;
}

/* open and openat overlook what they do not know. */
static s64 open_lenient(int dirfd, uaddr_t name, u32 flags, u32 mode)
{
	struct linux_open_how how = { .flags = (flags & OPEN_FLAGS) | LINUX_O_LARGEFILE };

	if (flags & LINUX_O_PATH)
		how.flags &= PATH_FLAGS;
	if (wants_mode(how.flags))
		how.mode = mode & LINUX_S_IALLUGO;
	return open_how(dirfd, name, &how);
}

SYSCALL_DEFINE(open, uaddr_t, name, int, flags, u32, mode)
{
	return open_lenient(LINUX_AT_FDCWD, name, (u32)flags, mode);
}

SYSCALL_DEFINE(openat, int, dirfd, uaddr_t, name, int, flags, u32, mode)
{
	return open_lenient(dirfd, name, (u32)flags, mode);
}

SYSCALL_DEFINE(creat, uaddr_t, name, u32, mode)
{
	return open_lenient(LINUX_AT_FDCWD, name,
			    LINUX_O_CREAT | LINUX_O_WRONLY | LINUX_O_TRUNC, mode);
}

SYSCALL_DEFINE(openat2, int, dirfd, uaddr_t, name, uaddr_t, how_addr, u64, size)
{
	struct linux_open_how how;
	int err;

	if (size < LINUX_OPEN_HOW_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_in_sized(&how, sizeof(how), how_addr, size);
	if (err < 0)
		return err;
	if (!(how.flags & LINUX_O_PATH))
		how.flags |= LINUX_O_LARGEFILE;
	return open_how(dirfd, name, &how);
}

SYSCALL_DEFINE(close, int, fd)
{
	return fd_close(fd);
}
