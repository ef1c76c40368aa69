/* Inodes: life, generic attributes, permission. */
#include "abi/linux/capability.h"
#include "kernel/locks.h"
#include "kernel/vfs/acl.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/locks.h"
#include "lib/string.h"
#include "platform/plat.h"

#define CLOCK_REUSE 1000000u
#define CONTENTS_MAX 0x80000000u /* there is room for those who add at the same time */

/*
 * Asking the host costs a call, so the answer is used again for CLOCK_REUSE ticks of the
 * time stamp counter: less than the jiffy that Linux's file times are exact to. It is shared
 * by all processes, so that what is written later is never older. A counter that went
 * backwards (another, unsynchronised CPU) is a long time, too.
 */
struct linux_timespec time_now(void)
{
	struct vfs_clock *c = &vfs->clock;
	struct linux_timespec now;
	u64 tick = __builtin_ia32_rdtsc();
	u32 seq = atomic_load(&c->seq);

	if (!(seq & 1) && tick - atomic_load_relaxed(&c->tick) < CLOCK_REUSE) {
		now.tv_sec = atomic_load_relaxed(&c->sec);
		now.tv_nsec = atomic_load_relaxed(&c->nsec);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (atomic_load_relaxed(&c->seq) == seq)
			return now;
	}
	if (plat_clock_get(LINUX_CLOCK_REALTIME, &now) < 0)
		return (struct linux_timespec){ 0 };
	if (!(seq & 1) && atomic_cas(&c->seq, &seq, seq + 1)) {
		atomic_store_relaxed(&c->tick, tick);
		atomic_store_relaxed(&c->sec, now.tv_sec);
		atomic_store_relaxed(&c->nsec, now.tv_nsec);
		atomic_store(&c->seq, seq + 2);
	}
	return now;
}

int inode_create_timeless(struct super *sb, u32 mode, struct inode **ret)
{
	struct inode *i = slab_alloc(sb->inodes);

	if (i == NULL)
		return -ENOMEM;
	ref_get(&sb->ref);
	i->sb = sb;
	i->ino = atomic_add(&sb->next_ino, 1) + 1;
	i->mode = mode;
	i->nlink = 1;
	if (sb->type->node_size != 0)
		i->private = i + 1;
	lock_rank(&i->lock, RANK_INODE);
	ref_init(&i->ref);
	*ret = i;
	return 0;
}

struct inode *inode_view_add(struct inode_view *view, struct super *sb, u32 mode, size_t size,
			     void **ret_private)
{
	struct inode *i = &view->levels[view->used].inode;

	if (view->used == VIEW_LEVELS || size > sizeof(view->levels[0].private))
		return NULL;
	*ret_private = memset(view->levels[view->used++].private, 0, size);
	memset(i, 0, sizeof(*i));
	i->private = *ret_private;
	i->sb = sb;
	i->mode = mode;
	lock_rank(&i->lock, RANK_INODE);
	ref_init(&i->ref);
	return i;
}

int inode_create(struct super *sb, u32 mode, struct inode **ret)
{
	int err = inode_create_timeless(sb, mode, ret);

	if (err == 0)
		(*ret)->atime = (*ret)->mtime = (*ret)->ctime = (*ret)->btime = time_now();
	return err;
}

void inode_put(struct inode *i)
{
	struct super *sb;

	if (i == NULL || !ref_put(&i->ref))
		return;
	if (i->ops != NULL && i->ops->evict != NULL)
		i->ops->evict(i);
	locks_inode_gone(i);
	sb = i->sb;
	kfree((void *)(uintptr_t)i->link_text);
	acls_destroy(i->acls);
	slab_free(sb->inodes, i);
	super_put_memory(sb);
}

void inode_attr_own(const struct inode *i, struct inode_attr *ret)
{
	const struct super *sb = atomic_load(&i->sb);

	ret->ino = i->ino;
	ret->size = i->size;
	ret->blocks = (ret->size + 511) / 512;
	ret->dev = sb == NULL ? 0 : sb->dev; /* NULL: a guard will not hold */
	ret->rdev = i->rdev;
	ret->mode = i->mode;
	ret->uid = i->uid;
	ret->gid = i->gid;
	ret->nlink = i->nlink;
	ret->blksize = PAGE_SIZE;
	ret->atime = i->atime;
	ret->mtime = i->mtime;
	ret->ctime = i->ctime;
	ret->btime = i->btime;
}

int inode_getattr(struct inode *i, struct inode_attr *ret)
{
	if (i->ops != NULL && i->ops->getattr != NULL)
		return i->ops->getattr(i, ret);
	lock_acquire(&i->lock);
	inode_attr_own(i, ret);
	lock_release(&i->lock);
	return 0;
}

int inode_getattr_now(const struct inode *i, const struct walk_guard *guard,
		      struct inode_attr *ret)
{
	const struct inode_ops *ops = i == NULL ? NULL : atomic_load(&i->ops);

	/* The pointer may be a free list's. */
	if (ops == NULL || !walk_guard_holds(guard) || ops->getattr_now == NULL)
		return -EAGAIN;
	return ops->getattr_now(i, guard, ret);
}

int inode_setattr_generic(struct inode *i, const struct setattr *attr)
{
	lock_acquire(&i->lock);
	if (attr->valid & SETATTR_MODE)
		atomic_store(&i->mode, (i->mode & LINUX_S_IFMT) | (attr->mode & 07777));
	if (attr->valid & SETATTR_UID)
		i->uid = attr->uid;
	if (attr->valid & SETATTR_GID)
		i->gid = attr->gid;
	if (attr->valid & SETATTR_ATIME)
		i->atime = attr->atime;
	if (attr->valid & SETATTR_MTIME)
		i->mtime = attr->mtime;
	if (attr->valid & SETATTR_CTIME)
		i->ctime = attr->ctime;
	lock_release(&i->lock);
	return 0;
}

/* --- who may what --- */

static const struct cred *own_cred(void)
{
	return &current()->process->cred;
}

static bool cred_capable(const struct cred *c, int cap)
{
	return c->cap_effective >> cap & 1;
}

bool vfs_capable(int cap)
{
	return cred_capable(own_cred(), cap);
}

static bool cred_in_group(const struct cred *c, u32 fsgid, u32 gid)
{
	if (fsgid == gid)
		return true;
	for (u32 i = 0; i < c->group_count; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}

bool vfs_in_group(u32 gid)
{
	return cred_in_group(own_cred(), own_cred()->fsgid, gid);
}

/* Linux: CAP_DAC_OVERRIDE does not make a file executable that has no x bit at all. */
static bool capability_grants(u32 mode, u32 may, bool override, bool read_search)
{
	if (LINUX_S_ISDIR(mode))
		return override || (read_search && !(may & LINUX_W_OK));
	if (override && (!(may & LINUX_X_OK) || (mode & 0111)))
		return true;
	return read_search && may == LINUX_R_OK;
}

/* For acl_bits(): whose groups are asked for. */
struct group_member {
	const struct cred *cred;
	u32 gid;
};

static bool is_member(u32 gid, void *arg)
{
	const struct group_member *m = arg;

	return cred_in_group(m->cred, m->gid, gid);
}

/* held: the caller has a reference on the inode, else -EAGAIN when its list must be asked. */
static int permission(const struct inode *i, u32 may, u32 uid, u32 gid, bool privileged, bool held)
{
	const struct cred *c = own_cred();
	u32 mode = atomic_load(&i->mode), bits = mode;
	bool granted = privileged &&
		       capability_grants(mode, may, cred_capable(c, LINUX_CAP_DAC_OVERRIDE),
					 cred_capable(c, LINUX_CAP_DAC_READ_SEARCH));

	if (may & LINUX_W_OK && inode_has(i, INODE_IMMUTABLE))
		return -EPERM;
	if (granted)
		return 0;
	if (i->uid == uid)
		bits >>= 6;
	else if (unlikely(acl_is_unknown(i)) || (!held && !acl_is_absent(i)))
		return -EAGAIN;
	else if (held && unlikely(!acl_is_absent(i)) &&
		 acl_bits(i, may, uid, is_member, &(struct group_member){ c, gid }, &bits))
		;
	else if (cred_in_group(c, gid, i->gid))
		bits >>= 3;
	return (may & ~bits & 7) == 0 ? 0 : -EACCES;
}

int inode_permission_known(const struct inode *i, u32 may, u32 uid, u32 gid, bool privileged)
{
	return permission(i, may, uid, gid, privileged, false);
}

int inode_permission_ids(struct inode *i, u32 may, u32 uid, u32 gid, bool privileged)
{
	int err = permission(i, may & 7, uid, gid, privileged, true);

	/* It may change meanwhile, but not for ever. */
	for (u32 tries = 0; unlikely(err == -EAGAIN) && tries < 8; tries++) {
		acl_fetch(i);
		err = permission(i, may & 7, uid, gid, privileged, true);
	}
	return err == -EAGAIN ? -EACCES : err;
}

int inode_permission(struct inode *i, u32 may)
{
	const struct cred *c = own_cred();

	return inode_permission_ids(i, may, c->fsuid, c->fsgid, true);
}

bool inode_owner_or_capable(const struct inode *i)
{
	return own_cred()->fsuid == i->uid || vfs_capable(LINUX_CAP_FOWNER);
}

void inode_init_owner(struct inode *i, const struct inode *dir, u32 mode)
{
	i->uid = own_cred()->fsuid;
	i->gid = own_cred()->fsgid;
	if (dir->mode & LINUX_S_ISGID) {
		i->gid = dir->gid;
		if (LINUX_S_ISDIR(mode))
			mode |= LINUX_S_ISGID;
		else if ((mode & (LINUX_S_ISGID | LINUX_S_IXGRP)) ==
				 (LINUX_S_ISGID | LINUX_S_IXGRP) &&
			 !vfs_in_group(i->gid) && !vfs_capable(LINUX_CAP_FSETID))
			mode &= ~LINUX_S_ISGID;
	}
	atomic_store(&i->mode, mode);
}

/* Count one more on the side of step, which must not be the other side's. */
static int use_get(struct inode *i, s32 step)
{
	s32 n = atomic_load_relaxed(&i->writers);

	do {
		if (step > 0 ? n < 0 : n > 0)
			return -ETXTBSY;
	} while (!atomic_cas(&i->writers, &n, n + step));
	return 0;
}

int inode_writer_get(struct inode *i)
{
	int err = use_get(i, 1);

	if (err == 0)
		atomic_store(&i->content_id, 0);
	return err;
}

void inode_writer_put(struct inode *i)
{
	atomic_sub(&i->writers, 1);
}

int inode_exec_get(struct inode *i)
{
	return use_get(i, -1);
}

void inode_exec_put(struct inode *i)
{
	atomic_add(&i->writers, 1);
}

int inode_executed_content(struct inode *i, struct file_content *ret)
{
	u32 id = 0;

	/* Below 0 nobody can write to it, so the number stays. */
	if (atomic_load(&i->writers) >= 0)
		return -EBUSY;
	if (atomic_load(&i->content_id) == 0) {
		if (atomic_load(&vfs->contents) >= CONTENTS_MAX)
			return -EOVERFLOW;
		(void)atomic_cas(&i->content_id, &id, atomic_add(&vfs->contents, 1) + 1);
	}
	*ret = (struct file_content){ .dev = CONTENT_EXECUTED,
				      .ino = atomic_load(&i->content_id),
				      .size = atomic_load(&i->size) };
	return 0;
}

void inode_touch(struct inode *i, u32 which)
{
	struct linux_timespec now = time_now();

	lock_acquire(&i->lock);
	if (which & SETATTR_ATIME)
		i->atime = now;
	if (which & SETATTR_MTIME)
		i->mtime = now;
	if (which & SETATTR_CTIME)
		i->ctime = now;
	lock_release(&i->lock);
}

/* --- as statx(2) has them --- */

static struct linux_statx_timestamp statx_time(struct linux_timespec t)
{
	return (struct linux_statx_timestamp){ .tv_sec = t.tv_sec, .tv_nsec = (u32)t.tv_nsec };
}

void attr_to_statx(struct linux_statx *x, const struct inode_attr *a)
{
	*x = (struct linux_statx){
		.stx_mask = LINUX_STATX_BASIC_STATS,
		.stx_blksize = a->blksize,
		.stx_nlink = a->nlink,
		.stx_uid = a->uid,
		.stx_gid = a->gid,
		.stx_mode = (u16)a->mode,
		.stx_ino = a->ino,
		.stx_size = a->size,
		.stx_blocks = a->blocks,
		.stx_attributes_mask = LINUX_STATX_ATTR_MOUNT_ROOT,
		.stx_atime = statx_time(a->atime),
		.stx_ctime = statx_time(a->ctime),
		.stx_mtime = statx_time(a->mtime),
		.stx_rdev_major = DEV_MAJOR(a->rdev),
		.stx_rdev_minor = DEV_MINOR(a->rdev),
		.stx_dev_major = DEV_MAJOR(a->dev),
		.stx_dev_minor = DEV_MINOR(a->dev),
	};
	if (a->btime.tv_sec != 0 || a->btime.tv_nsec != 0) {
		x->stx_mask |= LINUX_STATX_BTIME;
		x->stx_btime = statx_time(a->btime);
	}
}
