/* Changing attributes of files: mode, owner, times, size; the umask. */
#include "abi/linux/fcntl.h"
#include "abi/linux/time.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"

/* The path an open descriptor stands for; an object without one gets a nameless place. */
static int path_of_fd(int fd, struct path *ret)
{
	AUTO_FILE f = fd_get(fd);

	return f == NULL ? -EBADF : file_get_path(f, ret);
}

/* flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. */
static int path_of_name(int dirfd, uaddr_t name, u32 flags, struct path *ret)
{
	u32 walk = flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW;

	if (flags & LINUX_AT_EMPTY_PATH)
		walk |= WALK_EMPTY;
	return path_walk_user(dirfd, name, walk, ret);
}

/* --- mode --- */

static s64 chmod_at(int dirfd, uaddr_t name, u32 mode, u32 flags)
{
	struct path p;
	int err;

	if (flags & ~(u32)(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	err = path_of_name(dirfd, name, flags, &p);
	if (err < 0)
		return err;
	err = vfs_chmod(&p, mode & LINUX_S_IALLUGO);
	path_put(&p);
	return err;
}

SYSCALL_DEFINE(chmod, uaddr_t, name, u32, mode)
{
	return chmod_at(LINUX_AT_FDCWD, name, mode, 0);
}

SYSCALL_DEFINE(fchmodat, int, dirfd, uaddr_t, name, u32, mode)
{
	return chmod_at(dirfd, name, mode, 0);
}

SYSCALL_DEFINE(fchmodat2, int, dirfd, uaddr_t, name, u32, mode, u32, flags)
{
	return chmod_at(dirfd, name, mode, flags);
}

SYSCALL_DEFINE(fchmod, int, fd, u32, mode)
{
	struct path p;
	int err = path_of_fd(fd, &p);

	if (err < 0)
		return err;
	err = vfs_chmod(&p, mode & LINUX_S_IALLUGO);
	path_put(&p);
	return err;
}

/* --- owner --- */

static s64 chown_at(int dirfd, uaddr_t name, u32 uid, u32 gid, u32 flags)
{
	struct path p;
	int err;

	if (flags & ~(u32)(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	err = path_of_name(dirfd, name, flags, &p);
	if (err < 0)
		return err;
	err = vfs_chown(&p, uid, gid);
	path_put(&p);
	return err;
}

SYSCALL_DEFINE(chown, uaddr_t, name, u32, uid, u32, gid)
{
	return chown_at(LINUX_AT_FDCWD, name, uid, gid, 0);
}

SYSCALL_DEFINE(lchown, uaddr_t, name, u32, uid, u32, gid)
{
	return chown_at(LINUX_AT_FDCWD, name, uid, gid, LINUX_AT_SYMLINK_NOFOLLOW);
}

SYSCALL_DEFINE(fchownat, int, dirfd, uaddr_t, name, u32, uid, u32, gid, int, flags)
{
	return chown_at(dirfd, name, uid, gid, (u32)flags);
}

SYSCALL_DEFINE(fchown, int, fd, u32, uid, u32, gid)
{
	struct path p;
	int err = path_of_fd(fd, &p);

	if (err < 0)
		return err;
	err = vfs_chown(&p, uid, gid);
	path_put(&p);
	return err;
}

/* --- times --- */

static bool nsec_ok(s64 nsec)
{
	return (nsec >= 0 && nsec < 1000000000) || nsec == LINUX_UTIME_NOW ||
	       nsec == LINUX_UTIME_OMIT;
}

/* Linux: without a name, of the descriptor itself (futimens). */
static s64 utimes_at(int dirfd, uaddr_t name, const struct linux_timespec *times, u32 flags)
{
	struct path p;
	int err;

	if (times != NULL && (!nsec_ok(times[0].tv_nsec) || !nsec_ok(times[1].tv_nsec)))
		return -EINVAL;
	if (name == 0 && dirfd != LINUX_AT_FDCWD) {
		if (flags != 0)
			return -EINVAL;
		err = path_of_fd(dirfd, &p);
	} else {
		if (flags & ~(u32)(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
			return -EINVAL;
		err = path_of_name(dirfd, name, flags, &p);
	}
	if (err < 0)
		return err;
	err = vfs_utimes(&p, times);
	path_put(&p);
	return err;
}

SYSCALL_DEFINE(utimensat, int, dirfd, uaddr_t, name, uaddr_t, times_addr, int, flags)
{
	struct linux_timespec times[2];

	if (times_addr == 0)
		return utimes_at(dirfd, name, NULL, (u32)flags);
	if (copy_in(times, times_addr, sizeof(times)) < 0)
		return -EFAULT;
	/* Linux: nothing to do, so the name is not even looked at */
	if (times[0].tv_nsec == LINUX_UTIME_OMIT && times[1].tv_nsec == LINUX_UTIME_OMIT)
		return 0;
	return utimes_at(dirfd, name, times, (u32)flags);
}

static s64 utimes_usec(int dirfd, uaddr_t name, uaddr_t times_addr)
{
	struct linux_timespec times[2];
	struct linux_timeval tv[2];

	if (times_addr == 0)
		return utimes_at(dirfd, name, NULL, 0);
	if (copy_in(tv, times_addr, sizeof(tv)) < 0)
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		times[i] = (struct linux_timespec){ tv[i].tv_sec, tv[i].tv_usec * 1000 };
	}
	return utimes_at(dirfd, name, times, 0);
}

SYSCALL_DEFINE(futimesat, int, dirfd, uaddr_t, name, uaddr_t, times)
{
	return utimes_usec(dirfd, name, times);
}

SYSCALL_DEFINE(utimes, uaddr_t, name, uaddr_t, times)
{
	return utimes_usec(LINUX_AT_FDCWD, name, times);
}

SYSCALL_DEFINE(utime, uaddr_t, name, uaddr_t, buf_addr)
{
	struct linux_timespec times[2] = { 0 };
	struct linux_utimbuf buf;

	if (buf_addr == 0)
		return utimes_at(LINUX_AT_FDCWD, name, NULL, 0);
	if (copy_in_struct(&buf, buf_addr) < 0)
		return -EFAULT;
	times[0].tv_sec = buf.actime;
	times[1].tv_sec = buf.modtime;
	return utimes_at(LINUX_AT_FDCWD, name, times, 0);
}

/* --- size, umask --- */

SYSCALL_DEFINE(truncate, uaddr_t, name, s64, size)
{
	struct path p;
	int err;

	if (size < 0)
		return -EINVAL;
	err = path_of_name(LINUX_AT_FDCWD, name, 0, &p);
	if (err < 0)
		return err;
	err = vfs_truncate(&p, size);
	path_put(&p);
	return err;
}

SYSCALL_DEFINE(umask, int, mask)
{
	return (s64)atomic_xchg(&current()->fs->umask, (u32)mask & 0777);
}
