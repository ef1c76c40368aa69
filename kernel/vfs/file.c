/*
 * Open file descriptions: life and I/O. Opening is in open.c.
 *
 * LIFETIME. A file is counted by descriptors, by mappings and by calls in progress; the last
 * put releases it. Its memory is a slab's, so that fd_get() needs no lock (fdtable.c).
 *
 * LOCKING. pos_lock serialises those who use the file's own position. It is held over the
 * file system's read and write, which may copy from and to guest memory: it is outermost.
 */
#include "abi/linux/capability.h"
#include "abi/linux/poll.h"
#include "kernel/locks.h"
#include "kernel/obj/epoll.h"
#include "kernel/vfs/async.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/locks.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/notify.h"
#include "kernel/vfs/poll.h"
#include "lib/checked.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define OFFSET_MAX ((u64)INT64_MAX)

struct file *file_alloc(u32 flags)
{
	static const u32 modes[4] = { FMODE_READ, FMODE_WRITE, FMODE_READ | FMODE_WRITE,
				      0 };
	struct file *f = slab_alloc(&vfs->files);

	if (f == NULL)
		return NULL;
	lock_rank(&f->pos_lock, RANK_FILE_POS);
	f->flags = flags & ~FILE_FLAGS_DROPPED;
	f->mode = flags & LINUX_O_PATH ? FMODE_PATH : modes[flags & LINUX_O_ACCMODE];
	return f;
}

void file_free(struct file *f)
{
	slab_free(&vfs->files, f);
}

int file_create_anon(const struct file_ops *ops, void *private, u32 inode_mode,
		     u32 flags, const char *name, struct file **ret)
{
	struct file *f = file_alloc(flags);
	struct inode *inode;
	int err;

	if (f == NULL)
		return -ENFILE;
	err = inode_create(vfs->anon_mount->sb, inode_mode, &inode);
	if (err < 0) {
		file_free(f);
		return err;
	}
	inode->ops = &anon_inode_ops;
	inode->fops = ops;
	inode->uid = current()->process->cred.fsuid;
	inode->gid = current()->process->cred.fsgid;
	f->inode = inode;
	f->ops = ops;
	f->private = private;
	f->anon_name = name;
	ref_init(&f->ref);
	*ret = f;
	return 0;
}

static void writer_put(struct file *f)
{
	inode_writer_put(f->inode);
	if (f->path.mnt != NULL)
		atomic_sub(&f->path.mnt->writers, 1);
}

void file_put(struct file *f)
{
	if (f == NULL || !ref_put(&f->ref))
		return;
	if (f->watchers != NULL)
		epoll_file_gone(f);
	locks_file_gone(f);
	if (f->owner != NULL)
		file_owner_gone(f);
	if (f->ops != NULL)
		fs_notify_file(f, f->mode & FMODE_WRITE ? LINUX_IN_CLOSE_WRITE :
							  LINUX_IN_CLOSE_NOWRITE);
	if (f->ops != NULL && f->ops->release != NULL)
		f->ops->release(f);
	if (f->mode & FMODE_WRITER)
		writer_put(f);
	file_end_exec(f);
	path_put(&f->path);
	inode_put(f->inode);
	file_free(f);
}

int file_get_path(struct file *f, struct path *ret)
{
	char text[280] = "";
	const char *name = f->anon_name == NULL ? "anon_inode:" : f->anon_name;
	struct dentry *d;
	int err;

	if (f->path.dentry != NULL) {
		path_get(&f->path);
		*ret = f->path;
		return 0;
	}
	if (f->ops != NULL && f->ops->describe != NULL) {
		err = f->ops->describe(f, text, sizeof(text));
		if (err < 0)
			return err;
		name = text;
	}
	err = dentry_create(NULL, name, strlen(name), f->inode->sb, inode_get(f->inode),
			    &d);
	if (err < 0)
		return err;
	*ret = (struct path){ .mnt = mount_get(vfs->anon_mount), .dentry = d };
	return 0;
}

/* --- read and write --- */

s64 file_read(struct file *f, struct iter *to, u64 *pos)
{
	struct io_account *io = &current()->io;
	s64 n;

	if (!(f->mode & FMODE_READ))
		return -EBADF;
	if (f->ops->read == NULL)
		return inode_is_dir(f->inode) ? -EISDIR : -EINVAL;
	n = f->ops->read(f, to, pos);
	io->reads++;
	if (n > 0) {
		io->read += (u64)n;
		fs_notify_file(f, LINUX_IN_ACCESS);
	}
	return n;
}

/* Linux: file_remove_privs. A write by the unprivileged makes a program ordinary. */
static int remove_privileges(struct file *f)
{
	struct inode *i = f->inode;
	u32 mode = atomic_load(&i->mode);
	struct setattr attr = { .valid = SETATTR_MODE | SETATTR_CTIME };

	if (likely(!(mode & (LINUX_S_ISUID | LINUX_S_ISGID))) || !LINUX_S_ISREG(mode))
		return 0;
	attr.mode = inode_plain_mode(i);
	if (attr.mode == (mode & 07777) || vfs_capable(LINUX_CAP_FSETID) ||
	    i->ops->setattr == NULL)
		return 0;
	attr.ctime = time_now();
	return i->ops->setattr(i, &attr);
}

bool file_write_appends(const struct file *f, const struct iter *from)
{
	if (from->append == ITER_AS_FILE)
		return f->flags & LINUX_O_APPEND;
	return from->append == ITER_APPEND;
}

/* RLIMIT_FSIZE: how much of the write fits; -EFBIG when nothing does. */
static int limit_write(struct file *f, struct iter *from, u64 pos)
{
	u64 limit = task_rlimit(LINUX_RLIMIT_FSIZE);

	if (likely(limit == LINUX_RLIM_INFINITY) || !inode_is_regular(f->inode))
		return 0;
	if (file_write_appends(f, from))
		pos = atomic_load(&f->inode->size);
	if (pos >= limit) {
		file_size_exceeded();
		return -EFBIG;
	}
	if (from->count > limit - pos)
		from->count = limit - pos;
	return 0;
}

s64 file_write(struct file *f, struct iter *from, u64 *pos)
{
	struct io_account *io = &current()->io;
	int err;
	s64 n;

	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	if (f->ops->write == NULL)
		return -EINVAL;
	if (f->mode & FMODE_SEEK && from->count != 0) {
		if (*pos > OFFSET_MAX - from->count)
			return -EINVAL;
		err = limit_write(f, from, *pos);
		if (err == 0)
			err = remove_privileges(f);
		if (err < 0)
			return err;
	}
	n = f->ops->write(f, from, pos);
	io->writes++;
	if (n > 0) {
		io->written += (u64)n;
		fs_notify_file(f, LINUX_IN_MODIFY);
	}
	/* Linux: generic_write_sync(); O_SYNC contains O_DSYNC. */
	if (n > 0 && unlikely(f->flags & LINUX_O_DSYNC) && f->ops->fsync != NULL) {
		err = f->ops->fsync(f, (f->flags & LINUX_O_SYNC) != LINUX_O_SYNC);
		if (err < 0)
			return err;
	}
	return n;
}

enum file_atime file_atime(const struct file *f)
{
	const struct mount *m = f->path.mnt;
	u32 flags = m == NULL ? 0 : atomic_load_relaxed(&m->flags);

	if (f->flags & LINUX_O_NOATIME || inode_has(f->inode, INODE_NOATIME) ||
	    flags & MOUNT_NO_ATIME || (m != NULL && mount_is_read_only(m)) ||
	    (flags & MOUNT_NO_DIRATIME && inode_is_dir(f->inode)))
		return ATIME_NEVER;
	return flags & MOUNT_STRICT_ATIME ? ATIME_ALWAYS : ATIME_RELATIVE;
}

s64 file_read_pos(struct file *f, struct iter *to)
{
	u64 none = 0;
	s64 n;

	if (!(f->mode & FMODE_SEEK))
		return file_read(f, to, &none);
	lock_acquire(&f->pos_lock);
	n = file_read(f, to, &f->pos);
	lock_release(&f->pos_lock);
	return n;
}

s64 file_write_pos(struct file *f, struct iter *from)
{
	u64 none = 0;
	s64 n;

	if (!(f->mode & FMODE_SEEK))
		return file_write(f, from, &none);
	lock_acquire(&f->pos_lock);
	n = file_write(f, from, &f->pos);
	lock_release(&f->pos_lock);
	return n;
}

s64 file_read_kernel(struct file *f, void *buf, size_t len, u64 offset)
{
	size_t done = 0;
	struct iter it;
	s64 n;

	if (f->ops == NULL || f->ops->read == NULL)
		return -EINVAL;
	while (done < len) {
		iter_init_kernel(&it, (char *)buf + done, len - done);
		n = f->ops->read(f, &it, &offset);
		if (n < 0)
			return done == 0 ? n : (s64)done;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	if (done != 0)
		fs_notify_file(f, LINUX_IN_ACCESS);
	return (s64)done;
}

/* --- position --- */

s64 file_seek_none(UNUSED struct file *f, UNUSED s64 offset, UNUSED int whence)
{
	return -ESPIPE;
}

s64 file_seek_size(struct file *f, s64 offset, int whence, u64 size)
{
	s64 base = 0, result;

	switch (whence) {
	case LINUX_SEEK_SET:
		break;
	case LINUX_SEEK_CUR:
		base = (s64)f->pos;
		break;
	case LINUX_SEEK_END:
		base = (s64)size;
		break;
	case LINUX_SEEK_DATA:
	case LINUX_SEEK_HOLE:
		if (offset < 0 || (u64)offset >= size)
			return -ENXIO;
		if (whence == LINUX_SEEK_HOLE)
			offset = (s64)size;
		break;
	default:
		return -EINVAL;
	}
	if (!checked_add(base, offset, &result))
		return -EINVAL;
	if (result < 0)
		return -EINVAL;
	f->pos = (u64)result;
	return result;
}

static s64 seek_locked(struct file *f, s64 offset, int whence)
{
	struct inode_attr attr;
	int err;

	if (f->ops->seek != NULL)
		return f->ops->seek(f, offset, whence);
	if (!(f->mode & FMODE_SEEK))
		return -ESPIPE;
	err = inode_getattr(f->inode, &attr);
	return err < 0 ? err : file_seek_size(f, offset, whence, attr.size);
}

s64 file_seek(struct file *f, s64 offset, int whence)
{
	s64 result;

	if (f->mode & FMODE_PATH)
		return -EBADF;
	lock_acquire(&f->pos_lock);
	result = seek_locked(f, offset, whence);
	lock_release(&f->pos_lock);
	return result;
}

int file_readdir(struct file *f, struct dir_sink *sink)
{
	int err;

	if (f->mode & FMODE_PATH)
		return -EBADF;
	if (f->ops->readdir == NULL)
		return -ENOTDIR;
	lock_acquire(&f->pos_lock);
	if (f->pos == 0 && f->path.dentry != NULL)
		ahead_read(f->path.dentry);
	err = f->path.dentry != NULL && dentry_is_unlinked(f->path.dentry) ?
		      -ENOENT :
		      f->ops->readdir(f, sink);
	if (err >= 0)
		fs_notify_file(f, LINUX_IN_ACCESS);
	lock_release(&f->pos_lock);
	return err;
}

/* --- the rest --- */

static void add_nothing(UNUSED struct poll_table *pt, UNUSED struct waitq *q)
{
}

struct poll_table poll_again = { .add = add_nothing };

u32 file_poll(struct file *f, struct poll_table *pt)
{
	if (f->ops != NULL && f->ops->poll != NULL)
		return f->ops->poll(f, pt);
	return LINUX_POLLIN | LINUX_POLLOUT | LINUX_POLLRDNORM | LINUX_POLLWRNORM;
}

int file_map(struct file *f, const struct map_request *req)
{
	u32 mapped = INODE_MAPPED | (req->shared ? INODE_MAPPED_SHARED : 0);

	if (f->ops == NULL || f->ops->map == NULL)
		return -ENODEV;
	/* Before the size is looked at: who cuts the file afterwards knows. */
	if ((atomic_load(&f->inode->flags) & mapped) != mapped)
		atomic_or(&f->inode->flags, mapped);
	return f->ops->map(f, req);
}

int file_sync(struct file *f, bool data_only)
{
	if (f->mode & FMODE_PATH)
		return -EBADF;
	return f->ops->fsync == NULL ? -EINVAL : f->ops->fsync(f, data_only);
}

static bool fallocate_mode_ok(int mode)
{
	switch (mode & ~LINUX_FALLOC_FL_KEEP_SIZE) {
	case LINUX_FALLOC_FL_ALLOCATE_RANGE:
	case LINUX_FALLOC_FL_ZERO_RANGE:
	case LINUX_FALLOC_FL_UNSHARE_RANGE:
		return true;
	case LINUX_FALLOC_FL_PUNCH_HOLE:
		return mode & LINUX_FALLOC_FL_KEEP_SIZE;
	case LINUX_FALLOC_FL_COLLAPSE_RANGE:
	case LINUX_FALLOC_FL_INSERT_RANGE:
		return !(mode & LINUX_FALLOC_FL_KEEP_SIZE);
	default:
		return false;
	}
}

int file_fallocate(struct file *f, int mode, s64 offset, s64 len)
{
	s64 end;
	int err;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (!fallocate_mode_ok(mode))
		return -EOPNOTSUPP;
	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	if (inode_has(f->inode, INODE_IMMUTABLE) ||
	    (mode & ~LINUX_FALLOC_FL_KEEP_SIZE && inode_has(f->inode, INODE_APPEND)))
		return -EPERM;
	if (LINUX_S_ISFIFO(f->inode->mode))
		return -ESPIPE;
	if (inode_is_dir(f->inode))
		return -EISDIR;
	if (!inode_is_regular(f->inode))
		return -ENODEV;
	if (!checked_add(offset, len, &end))
		return -EFBIG;
	if (f->ops->fallocate == NULL)
		return -EOPNOTSUPP;
	if (!(mode & LINUX_FALLOC_FL_KEEP_SIZE) &&
	    (u64)end > task_rlimit(LINUX_RLIMIT_FSIZE)) {
		file_size_exceeded();
		return -EFBIG;
	}
	err = remove_privileges(f);
	if (err == 0)
		err = f->ops->fallocate(f, mode, (u64)offset, (u64)len);
	if (err == 0)
		fs_notify_file(f, LINUX_IN_MODIFY);
	return err;
}

int file_set_flags(struct file *f, u32 flags)
{
	const u32 settable = LINUX_O_APPEND | LINUX_O_ASYNC | LINUX_O_DIRECT |
			     LINUX_O_NOATIME | LINUX_O_NONBLOCK;
	u32 old = atomic_load(&f->flags), new;
	int err;

	if (f->mode & FMODE_PATH)
		return -EBADF;
	if ((flags ^ old) & LINUX_O_APPEND && inode_has(f->inode, INODE_APPEND))
		return -EPERM;
	if (flags & ~old & LINUX_O_NOATIME && !inode_owner_or_capable(f->inode))
		return -EPERM;
	/* Linux: dropped for what never tells. */
	if (f->ops == NULL || !f->ops->async)
		flags &= ~(u32)LINUX_O_ASYNC;
	do
		new = (old & ~settable) | (flags & settable);
	while (!atomic_cas(&f->flags, &old, new));
	if (f->ops->setfl == NULL)
		return 0;
	err = f->ops->setfl(f, new);
	if (err < 0)
		atomic_store(&f->flags, old);
	return err;
}
