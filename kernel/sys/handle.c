/*
 * name_to_handle_at, open_by_handle_at.
 *
 * LINUX BEHAVIOUR. fs/fhandle.c: too small a buffer is told the size it needs, with the
 * mount's number stored all the same. AT_HANDLE_FID is for comparing only, and so works for
 * files of every kind. All handles here are connectable: what is opened has a name.
 */
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/handle.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"

/* Linux: include/linux/exportfs.h */
#define TYPE_INO32_GEN 1
#define TYPE_INO64_GEN 0x81
#define TYPE_INVALID 0xff
#define TYPE_CONNECTABLE 0x10000
#define TYPE_DIRECTORY 0x20000
#define TYPE_FLAGS (TYPE_CONNECTABLE | TYPE_DIRECTORY)

#define BYTES_OF(handle_addr) ((handle_addr) + sizeof(struct linux_file_handle))

static s64 mount_id_store(const struct path *p, uaddr_t to, int flags)
{
	const u64 wide = p->mnt->id;
	const u32 narrow = p->mnt->id;

	return flags & LINUX_AT_HANDLE_MNT_ID_UNIQUE ? copy_out(to, &wide, sizeof(wide)) :
						       copy_out(to, &narrow, sizeof(narrow));
}

static s64 handle_store(const struct path *p, uaddr_t to, uaddr_t mount_id, int flags)
{
	struct linux_file_handle head;
	struct handle h;
	bool fid = flags & LINUX_AT_HANDLE_FID, exist = handles_exist(p->dentry->sb);
	bool fits;
	int err;

	if (!exist && !fid)
		return -EOPNOTSUPP;
	if (copy_in_struct(&head, to) < 0)
		return -EFAULT;
	if (head.handle_bytes > LINUX_MAX_HANDLE_SZ)
		return -EINVAL;
	fits = head.handle_bytes >= sizeof(h);
	head.handle_bytes = sizeof(h);
	head.handle_type = !fits ? TYPE_INVALID : exist ? TYPE_INO32_GEN : TYPE_INO64_GEN;
	if (fits && flags & LINUX_AT_HANDLE_CONNECTABLE)
		head.handle_type |=
			TYPE_CONNECTABLE | (inode_is_dir(p->dentry->inode) ? TYPE_DIRECTORY : 0);
	err = handle_make(p, fits && !fid, &h);
	if (err < 0)
		return err;
	if (mount_id_store(p, mount_id, flags) < 0 || copy_out_struct(to, &head) < 0 ||
	    (fits && copy_out_struct(BYTES_OF(to), &h) < 0))
		return -EFAULT;
	return fits ? 0 : -EOVERFLOW;
}

SYSCALL_DEFINE(name_to_handle_at, int, dirfd, uaddr_t, name, uaddr_t, handle, uaddr_t, mount_id,
	       int, flags)
{
	const int known = LINUX_AT_SYMLINK_FOLLOW | LINUX_AT_EMPTY_PATH | LINUX_AT_HANDLE_FID |
			  LINUX_AT_HANDLE_MNT_ID_UNIQUE | LINUX_AT_HANDLE_CONNECTABLE;
	struct path p;
	s64 err;

	if (flags & ~known || (flags & LINUX_AT_HANDLE_CONNECTABLE &&
			       flags & (LINUX_AT_HANDLE_FID | LINUX_AT_EMPTY_PATH)))
		return -EINVAL;
	err = path_walk_user(dirfd, name,
			     (flags & LINUX_AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
				     (flags & LINUX_AT_EMPTY_PATH ? WALK_EMPTY : 0), &p);
	if (err < 0)
		return err;
	err = handle_store(&p, handle, mount_id, flags);
	path_put(&p);
	return err;
}

static int handle_fetch(uaddr_t from, struct handle *ret, bool *ret_mine)
{
	struct linux_file_handle head;
	u8 bytes[LINUX_MAX_HANDLE_SZ] = { 0 };

	if (copy_in_struct(&head, from) < 0)
		return -EFAULT;
	if (head.handle_bytes > LINUX_MAX_HANDLE_SZ || head.handle_bytes == 0 ||
	    head.handle_type < 0 || (head.handle_type & ~TYPE_FLAGS) > 0xffff)
		return -EINVAL;
	if (copy_in(bytes, BYTES_OF(from), head.handle_bytes) < 0)
		return -EFAULT;
	*ret_mine = head.handle_bytes >= sizeof(*ret) &&
		    (head.handle_type & ~TYPE_FLAGS) == TYPE_INO32_GEN;
	memcpy(ret, bytes, sizeof(*ret));
	return 0;
}

static s64 open_handle(const struct path *anchor, const struct handle *h, u32 flags)
{
	struct path p = { .mnt = anchor->mnt };
	struct file *f;
	int fd, err = handle_find(anchor->mnt->sb, h, &p.dentry);

	if (err < 0)
		return err;
	fd = fd_reserve(0);
	err = fd < 0 ? fd : file_open_path(&p, flags, &f);
	dentry_put(p.dentry);
	if (err == 0)
		fd_install(fd, f, flags);
	else if (fd >= 0)
		fd_unreserve(fd);
	if (err == -ENOENT)
		return -ESTALE; /* it was removed behind our back */
	return err < 0 ? err : fd;
}

SYSCALL_DEFINE(open_by_handle_at, int, mount_fd, uaddr_t, handle, int, flags)
{
	struct path anchor;
	struct handle h;
	bool mine;
	s64 err = handle_fetch(handle, &h, &mine);

	if (err < 0)
		return err;
	err = path_walk(mount_fd, "", WALK_EMPTY, &anchor);
	if (err < 0)
		return err;
	if (!vfs_capable(LINUX_CAP_DAC_READ_SEARCH))
		err = -EPERM;
	else if (!mine)
		err = -ESTALE;
	else
		err = open_handle(&anchor, &h, (u32)flags);
	path_put(&anchor);
	return err;
}
