/*
 * memfd: files in memory without a name, and their seals.
 *
 * OVERVIEW. The data is an inode of a private file system in memory (fs/tmp); the operations
 * here stand before that one's and look at the seals first.
 *
 * LIFETIME. The inode keeps its super block; the seals hang on inode.object.
 *
 * LOCKING. memfd.seals is changed under inode.lock and read without: a seal set while a
 * write is under way does not stop that write, on Linux neither.
 *
 * LINUX BEHAVIOUR. memfd_create(2), F_ADD_SEALS in fcntl(2).
 *
 * NOT DONE. F_SEAL_WRITE looks for writable shared mappings (EBUSY) in the calling process
 * only; a shared read-only mapping made before can still be made writable. MFD_HUGETLB.
 */
#include "kernel/obj/memfd.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/mm/mm.h"
#include "kernel/task/task.h"
#include "kernel/vfs/iter.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define SEALS_ALL                                                                 \
	(LINUX_F_SEAL_SEAL | LINUX_F_SEAL_SHRINK | LINUX_F_SEAL_GROW |             \
	 LINUX_F_SEAL_WRITE | LINUX_F_SEAL_FUTURE_WRITE | LINUX_F_SEAL_EXEC)
#define SEALS_NO_WRITE (LINUX_F_SEAL_WRITE | LINUX_F_SEAL_FUTURE_WRITE)

struct memfd {
	u32 seals; /* a, changed under inode.lock */
	char name[MEMFD_NAME_MAX + 1];
};

static const struct inode_ops memfd_inode_ops;
static const struct file_ops memfd_ops;

static u32 seals_of(const struct inode *i)
{
	return atomic_load(&((struct memfd *)i->object)->seals);
}

/* --- operations that seals restrict --- */

static s64 memfd_read(struct file *f, struct iter *to, u64 *pos)
{
	return tmp_file_ops.read(f, to, pos);
}

/* With F_SEAL_GROW what would lie beyond the end is cut off; nothing left is EPERM. */
static s64 memfd_write(struct file *f, struct iter *from, u64 *pos)
{
	u32 seals = seals_of(f->inode);
	u64 size = atomic_load(&f->inode->size);
	u64 at = file_write_appends(f, from) ? size : *pos;

	if (seals & SEALS_NO_WRITE)
		return -EPERM;
	if (seals & LINUX_F_SEAL_GROW && from->count != 0) {
		if (at >= size)
			return -EPERM;
		from->count = MIN(from->count, size - at);
	}
	return tmp_file_ops.write(f, from, pos);
}

static s64 memfd_seek(struct file *f, s64 offset, int whence)
{
	return tmp_file_ops.seek(f, offset, whence);
}

static int memfd_map(struct file *f, const struct map_request *req)
{
	if (req->shared && req->prot & LINUX_PROT_WRITE && seals_of(f->inode) & SEALS_NO_WRITE)
		return -EPERM;
	int err = tmp_file_ops.map(f, req);

	return err == 0 && seals_of(f->inode) & SEALS_NO_WRITE ? MAP_NEVER_WRITABLE : err;
}

static int memfd_fault(struct file *f, const struct map_request *req)
{
	return tmp_file_ops.fault(f, req);
}

static int memfd_fsync(UNUSED struct file *f, UNUSED bool data_only)
{
	return 0;
}

static int memfd_fallocate(struct file *f, int mode, u64 offset, u64 len)
{
	u32 seals = seals_of(f->inode);

	if (mode & LINUX_FALLOC_FL_PUNCH_HOLE && seals & SEALS_NO_WRITE)
		return -EPERM;
	if (seals & LINUX_F_SEAL_GROW && offset + len > atomic_load(&f->inode->size))
		return -EPERM;
	return tmp_file_ops.fallocate(f, mode, offset, len);
}

static void memfd_release(struct file *f)
{
	tmp_file_ops.release(f);
}

static int memfd_describe(struct file *f, char *buf, size_t size)
{
	const struct memfd *m = f->inode->object;

	return fmt_print(buf, size, "/memfd:%s (deleted)", m->name);
}

static const struct file_ops memfd_ops = {
	.read = memfd_read,
	.write = memfd_write,
	.seek = memfd_seek,
	.map = memfd_map,
	.fault = memfd_fault,
	.fsync = memfd_fsync,
	.fallocate = memfd_fallocate,
	.release = memfd_release,
	.describe = memfd_describe,
};

static int memfd_setattr(struct inode *i, const struct setattr *attr)
{
	u32 seals = seals_of(i);
	u64 size = atomic_load(&i->size);

	if (attr->valid & SETATTR_SIZE &&
	    ((attr->size < size && seals & LINUX_F_SEAL_SHRINK) ||
	     (attr->size > size && seals & LINUX_F_SEAL_GROW)))
		return -EPERM;
	if (attr->valid & SETATTR_MODE && seals & LINUX_F_SEAL_EXEC &&
	    ((attr->mode ^ i->mode) & 0111))
		return -EPERM;
	return tmp_inode_ops.setattr(i, attr);
}

static int memfd_getattr(struct inode *i, struct inode_attr *ret)
{
	return tmp_inode_ops.getattr(i, ret);
}

static s64 memfd_getxattr(struct inode *i, const char *name, void *buf, size_t size)
{
	return tmp_inode_ops.getxattr(i, name, buf, size);
}

static int memfd_setxattr(struct inode *i, const char *name, const void *value, size_t size,
			  int flags)
{
	return tmp_inode_ops.setxattr(i, name, value, size, flags);
}

static s64 memfd_listxattr(struct inode *i, char *buf, size_t size)
{
	return tmp_inode_ops.listxattr(i, buf, size);
}

static int memfd_removexattr(struct inode *i, const char *name)
{
	return tmp_inode_ops.removexattr(i, name);
}

/* Opened again by /proc/self/fd/N. */
static int memfd_open(UNUSED struct inode *i, struct file *file)
{
	file->ops = &memfd_ops;
	file->private = NULL;
	return 0;
}

static void memfd_evict(struct inode *i)
{
	kfree(i->object);
	i->object = NULL;
	tmp_inode_ops.evict(i);
}

static const struct inode_ops memfd_inode_ops = {
	.getattr = memfd_getattr,
	.setattr = memfd_setattr,
	.getxattr = memfd_getxattr,
	.setxattr = memfd_setxattr,
	.listxattr = memfd_listxattr,
	.removexattr = memfd_removexattr,
	.open = memfd_open,
	.evict = memfd_evict,
};

/* --- making one --- */

static int memfd_inode(const char *name, u32 flags, struct inode **ret)
{
	bool no_exec = flags & LINUX_MFD_NOEXEC_SEAL;
	struct memfd *m = kzalloc(sizeof(*m));
	struct super *sb;
	struct inode *i;
	int err;

	if (m == NULL)
		return -ENOMEM;
	err = tmp_mount_private(&sb);
	if (err < 0)
		goto free_memfd;
	err = tmp_inode_create(sb, LINUX_S_IFREG | (no_exec ? 0666 : 0777), &i);
	super_put(sb); /* the inode keeps what it needs of it */
	if (err < 0)
		goto free_memfd;
	str_copy(m->name, name, sizeof(m->name));
	m->seals = flags & (LINUX_MFD_ALLOW_SEALING | LINUX_MFD_NOEXEC_SEAL) ?
			   0 : LINUX_F_SEAL_SEAL;
	if (no_exec)
		m->seals |= LINUX_F_SEAL_EXEC;
	i->nlink = 0;
	i->uid = current()->process->cred.fsuid;
	i->gid = current()->process->cred.fsgid;
	i->object = m;
	i->ops = &memfd_inode_ops;
	i->fops = &memfd_ops;
	*ret = i;
	return 0;
free_memfd:
	kfree(m);
	return err;
}

int memfd_create(const char *name, u32 flags, struct file **ret)
{
	struct inode *i;
	struct file *f;
	int err = memfd_inode(name, flags, &i);

	if (err < 0)
		return err;
	err = file_create_anon(&memfd_ops, NULL, LINUX_S_IFREG | 0600, LINUX_O_RDWR |
			       LINUX_O_LARGEFILE, "memfd", &f);
	if (err < 0) {
		inode_put(i);
		return err;
	}
	inode_put(f->inode);
	f->inode = i;
	f->mode |= FMODE_SEEK;
	*ret = f;
	return 0;
}

/* --- seals --- */

static bool is_memfd(const struct inode *i)
{
	return i->ops == &memfd_inode_ops;
}

/* Has the calling process a shared mapping of the inode that is or may become writable? */
static bool is_mapped_writable(const struct inode *i)
{
	struct mm *mm = current()->process->mm;
	bool found = false;

	lock_acquire(&mm->lock);
	for (u32 n = 0; n < mm->count && !found; n++) {
		const struct vma *v = &mm->vmas[n];

		found = v->file != NULL && v->file->inode == i && v->flags & VMA_SHARED &&
			v->flags & VMA_MAYWRITE;
	}
	lock_release(&mm->lock);
	return found;
}

s64 memfd_add_seals(struct file *f, u32 seals)
{
	struct inode *i = f->inode;
	s64 err = 0;

	if (!(f->mode & FMODE_WRITE))
		return -EPERM;
	if (seals & ~(u32)SEALS_ALL)
		return -EINVAL;
	if (!is_memfd(i)) /* Linux: other files in memory are sealed against sealing */
		return i->ops == &tmp_inode_ops && inode_is_regular(i) ? -EPERM : -EINVAL;
	if (seals & LINUX_F_SEAL_WRITE && is_mapped_writable(i))
		return -EBUSY;
	if (seals & LINUX_F_SEAL_EXEC && (i->mode & 0111)) /* Linux: then writing is sealed, too */
		seals |= LINUX_F_SEAL_SHRINK | LINUX_F_SEAL_GROW | LINUX_F_SEAL_WRITE |
			 LINUX_F_SEAL_FUTURE_WRITE;
	lock_acquire(&i->lock);
	if (seals_of(i) & LINUX_F_SEAL_SEAL)
		err = -EPERM;
	else
		atomic_or(&((struct memfd *)i->object)->seals, seals);
	lock_release(&i->lock);
	return err;
}

s64 memfd_get_seals(struct file *f)
{
	if (is_memfd(f->inode))
		return seals_of(f->inode);
	return f->inode->ops == &tmp_inode_ops && inode_is_regular(f->inode) ?
		       LINUX_F_SEAL_SEAL : -EINVAL;
}
