/*
 * mount(2), umount2(2), pivot_root(2): who mounts what where, and how it ends.
 *
 * LINUX BEHAVIOUR. fs/namespace.c. A bind takes the flags of what it shows; flags change by a
 * remount. A recursive one is a copy of all mounts below, but for unbindable ones.
 *
 * NOT DONE. Propagation: MS_SHARED and MS_SLAVE are taken, but mounts do not come to stand in
 * other binds of the same place by themselves, and mountinfo shows no peers.
 */
#include "abi/linux/capability.h"
#include "abi/linux/mount.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"

static const struct fs_type *const types[] = { &tmp_fs_type, &proc_fs_type,
					       &sys_fs_type, &dev_fs_type, &mqueue_fs_type };

static const struct fs_type *type_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		if (str_equal(types[i]->name, name))
			return types[i];
	return str_equal(name, "ramfs") ? &tmp_fs_type : NULL;
}

/* --- flags --- */

#define ATIME_FLAGS (MOUNT_NO_ATIME | MOUNT_NO_DIRATIME | MOUNT_STRICT_ATIME)
#define ATIME_MS                                                                  \
	(LINUX_MS_NOATIME | LINUX_MS_NODIRATIME | LINUX_MS_RELATIME | LINUX_MS_STRICTATIME)
#define SETTABLE                                                                  \
	(MOUNT_READ_ONLY | MOUNT_NO_EXEC | MOUNT_NO_SUID | MOUNT_NO_DEV | ATIME_FLAGS | \
	 MOUNT_NO_SYMFOLLOW)

static u32 mount_flags_of(u32 ms)
{
	static const struct {
		u32 ms, flag;
	} map[] = {
		{ LINUX_MS_RDONLY, MOUNT_READ_ONLY },
		{ LINUX_MS_NOSUID, MOUNT_NO_SUID },
		{ LINUX_MS_NODEV, MOUNT_NO_DEV },
		{ LINUX_MS_NOEXEC, MOUNT_NO_EXEC },
		{ LINUX_MS_NOATIME, MOUNT_NO_ATIME },
		{ LINUX_MS_NODIRATIME, MOUNT_NO_DIRATIME },
		{ LINUX_MS_NOSYMFOLLOW, MOUNT_NO_SYMFOLLOW },
	};
	u32 flags = 0;

	for (u32 i = 0; i < ARRAY_SIZE(map); i++)
		flags |= ms & map[i].ms ? map[i].flag : 0;
	if (ms & LINUX_MS_STRICTATIME)
		flags = (flags & ~MOUNT_NO_ATIME) | MOUNT_STRICT_ATIME;
	return flags;
}

/* Linux: who says nothing about times of access leaves them as they were. */
static u32 remount_flags_of(const struct mount *m, u32 ms)
{
	u32 flags = mount_flags_of(ms);

	return ms & ATIME_MS ? flags : flags | (atomic_load(&m->flags) & ATIME_FLAGS);
}

static void flags_store(struct mount *m, u32 flags)
{
	u32 old = atomic_load(&m->flags);

	while (!atomic_cas(&m->flags, &old, (old & ~SETTABLE) | flags))
		;
}

/* -EBUSY: somebody has a file open for writing. Read-only first, so that nobody comes now. */
static int mount_make_read_only(struct mount *m)
{
	u32 old = atomic_load(&m->flags);

	atomic_or(&m->flags, MOUNT_READ_ONLY);
	if (atomic_load(&m->writers) == 0)
		return 0;
	if (!(old & MOUNT_READ_ONLY))
		atomic_and(&m->flags, ~MOUNT_READ_ONLY);
	return -EBUSY;
}

static bool super_has_writers(const struct super *sb)
{
	bool any = false;

	for (struct mount *m = root_mount_get(); m != NULL; m = mount_next(m))
		any = any || (m->sb == sb && atomic_load(&m->writers) != 0);
	return any;
}

static int super_set_read_only(struct super *sb, bool on)
{
	u32 old = atomic_load(&sb->flags);

	if (!on) {
		atomic_and(&sb->flags, ~SUPER_READ_ONLY);
		return 0;
	}
	atomic_or(&sb->flags, SUPER_READ_ONLY);
	if (old & SUPER_READ_ONLY || !super_has_writers(sb))
		return 0;
	atomic_and(&sb->flags, ~SUPER_READ_ONLY);
	return -EBUSY;
}

static int remount(const struct path *at, u32 ms, const char *options)
{
	struct mount *m = at->mnt;
	u32 flags = remount_flags_of(m, ms);
	bool read_only = ms & LINUX_MS_RDONLY;
	int err = 0;

	if (at->dentry != m->root)
		return -EINVAL;
	/* What was mounted without write access to the host must not gain it. */
	if (atomic_load(&m->flags) & MOUNT_LOCKED && !read_only)
		return -EPERM;
	if (!(ms & LINUX_MS_BIND)) {
		if (m->sb->type->remount != NULL)
			err = m->sb->type->remount(m->sb, options);
		if (err == 0)
			err = super_set_read_only(m->sb, read_only);
	} else if (read_only) {
		err = mount_make_read_only(m);
	}
	if (err == 0)
		flags_store(m, flags);
	return err;
}

/* --- mount(2) --- */

static int mount_new(const char *type_name, const char *source, const struct path *at,
		     u32 ms, const char *options)
{
	const struct fs_type *type = type_name == NULL ? NULL : type_find(type_name);
	struct super *sb;
	int err;

	if (type_name == NULL)
		return -EINVAL;
	if (type == NULL)
		return -ENODEV;
	err = type->mount(type, source, options, &sb);
	if (err < 0)
		return err;
	if (ms & LINUX_MS_RDONLY)
		atomic_or(&sb->flags, SUPER_READ_ONLY);
	err = mount_attach(sb, sb->root, at, mount_flags_of(ms), source, NULL);
	super_put(sb);
	return err;
}

static int source_walk(const char *source, struct path *ret)
{
	if (source == NULL || source[0] == '\0')
		return -EINVAL;
	return path_walk(LINUX_AT_FDCWD, source, WALK_FOLLOW, ret);
}

/* --- copies of mounts --- */

/* A mount below the one that is bound, and its copy. */
struct bound {
	struct mount *from, *copy; /* referenced */
	u32 parent;                /* its index */
};

struct bound_list {
	struct bound *v;
	u32 count, space;
};

/* The mounts in list->v[index], but for those not below top. False: there is no room. */
static bool collect_children(struct bound_list *list, u32 index, struct dentry *top)
{
	struct mount *m;

	list_for_each(m, &list->v[index].from->children, sibling) {
		if (atomic_load(&m->flags) & MOUNT_UNBINDABLE ||
		    (top != NULL && !dentry_is_below(m->at.dentry, top)))
			continue;
		if (list->count == list->space)
			return false;
		list->v[list->count++] =
			(struct bound){ .from = mount_get(m), .parent = index };
	}
	return true;
}

static void bound_free(struct bound_list *list)
{
	for (u32 i = 0; i < list->count; i++) {
		mount_put(list->v[i].from);
		mount_put(list->v[i].copy);
	}
	kfree(list->v);
	*list = (struct bound_list){ 0 };
}

/* All mounts that a bind of the place shows: parents first. */
static int bound_collect(const struct path *from, bool recursive, struct bound_list *ret)
{
	for (u32 space = 16;; space *= 2) {
		struct bound_list l = { .space = space };
		bool fits = true;

		l.v = kzalloc(space * sizeof(l.v[0]));
		if (l.v == NULL)
			return -ENOMEM;
		l.v[l.count++].from = mount_get(from->mnt);
		lock_acquire(&vfs->mount_lock);
		for (u32 i = 0; recursive && fits && i < l.count; i++)
			fits = collect_children(&l, i, i == 0 ? from->dentry : NULL);
		lock_release(&vfs->mount_lock);
		if (fits) {
			*ret = l;
			return 0;
		}
		bound_free(&l);
	}
}

static int bound_copy(struct bound_list *l, struct dentry *top)
{
	int err = 0;

	for (u32 i = 0; err == 0 && i < l->count; i++) {
		const struct mount *m = l->v[i].from;
		u32 flags = atomic_load(&m->flags) & ~(MOUNT_EXPIRING | MOUNT_UNBINDABLE);

		err = mount_create(m->sb, i == 0 ? top : m->root, flags, m->source,
				   &l->v[i].copy);
	}
	return err;
}

/* The copies come to stand in each other as what they show does, those that still do. */
static void bound_join(struct bound_list *l)
{
	lock_acquire(&vfs->mount_lock);
	for (u32 i = 1; i < l->count; i++) {
		const struct bound *b = &l->v[i];
		struct path at = { .mnt = l->v[b->parent].copy, .dentry = b->from->at.dentry };

		if (b->from->at.mnt == l->v[b->parent].from)
			mount_insert(b->copy, &at);
	}
	lock_release(&vfs->mount_lock);
}

static int mount_bind(const char *source, const struct path *at, bool recursive)
{
	struct bound_list l = { 0 };
	struct path from;
	int err = source_walk(source, &from);

	if (err < 0)
		return err;
	if (atomic_load(&from.mnt->flags) & MOUNT_UNBINDABLE)
		err = -EINVAL;
	else
		err = bound_collect(&from, recursive, &l);
	if (err == 0)
		err = bound_copy(&l, from.dentry);
	if (err == 0)
		err = mount_place(l.v[0].copy, at);
	if (err == 0)
		bound_join(&l);
	bound_free(&l);
	path_put(&from);
	return err;
}

/* --- moving, propagation --- */

static int move_check_locked(const struct path *from, const struct path *to)
{
	if (from->dentry != from->mnt->root || from->mnt->at.mnt == NULL)
		return -EINVAL;
	if (inode_is_dir(from->dentry->inode) != inode_is_dir(to->dentry->inode))
		return -EINVAL;
	if (dentry_is_unlinked(to->dentry))
		return -ENOENT;
	for (struct mount *m = to->mnt; m != NULL; m = m->at.mnt)
		if (m == from->mnt)
			return -ELOOP;
	return 0;
}

static int mount_move(const char *source, const struct path *to)
{
	struct path from, old = { 0 };
	int err = source_walk(source, &from);

	if (err < 0)
		return err;
	if (to->dentry->parent != NULL)
		dentry_enter(to->dentry); /* as mount_place() does */
	lock_acquire(&vfs->mount_lock);
	err = move_check_locked(&from, to);
	if (err == 0) {
		old = mount_remove(from.mnt);
		mount_insert(from.mnt, to);
	}
	lock_release(&vfs->mount_lock);
	if (err == 0)
		mount_put(from.mnt); /* the tree's reference of the old place */
	path_put(&old);
	path_put(&from);
	return err;
}

#define PROPAGATION                                                               \
	(LINUX_MS_SHARED | LINUX_MS_PRIVATE | LINUX_MS_SLAVE | LINUX_MS_UNBINDABLE)

static void propagation_set(struct mount *m, u32 type)
{
	if (type == LINUX_MS_UNBINDABLE)
		atomic_or(&m->flags, MOUNT_UNBINDABLE);
	else
		atomic_and(&m->flags, ~MOUNT_UNBINDABLE);
}

static int propagation_change(const struct path *at, u32 ms)
{
	u32 type = ms & ~(u32)(LINUX_MS_REC | LINUX_MS_SILENT);
	struct bound_list l;
	int err;

	if (type & ~(u32)PROPAGATION || type & (type - 1) || at->dentry != at->mnt->root)
		return -EINVAL;
	err = bound_collect(at, ms & LINUX_MS_REC, &l);
	if (err < 0)
		return err;
	for (u32 i = 0; i < l.count; i++)
		propagation_set(l.v[i].from, type);
	bound_free(&l);
	return 0;
}

int vfs_mount(const char *type, const char *source, const struct path *at, u32 ms,
	      const char *options)
{
	if (!vfs_capable(LINUX_CAP_SYS_ADMIN))
		return -EPERM;
	if (ms & LINUX_MS_REMOUNT)
		return remount(at, ms, options);
	if (ms & LINUX_MS_BIND)
		return mount_bind(source, at, ms & LINUX_MS_REC);
	if (ms & PROPAGATION)
		return propagation_change(at, ms);
	if (ms & LINUX_MS_MOVE)
		return mount_move(source, at);
	return mount_new(type, source, at, ms, options);
}

/* --- umount2(2) --- */

/* Take m, and first what is mounted in it, out of the tree. */
static void detach_all(struct mount *m)
{
	struct mount *leaf;
	struct path old;

	do {
		lock_acquire(&vfs->mount_lock);
		leaf = m;
		while (!list_empty(&leaf->children))
			leaf = list_first(&leaf->children, struct mount, sibling);
		if (leaf->at.mnt == NULL) { /* somebody else was faster */
			lock_release(&vfs->mount_lock);
			return;
		}
		old = mount_remove(leaf);
		lock_release(&vfs->mount_lock);
		path_put(&old);
		if (leaf != m)
			mount_put(leaf);
	} while (leaf != m);
	mount_put(m); /* the tree's; the caller has one */
}

/*
 * Linux: goes at the second time, if nobody has been there since the first. The walk that led
 * the caller here is one use.
 */
static bool has_expired(struct mount *m)
{
	u32 old = atomic_or(&m->flags, MOUNT_EXPIRING);

	return old & MOUNT_EXPIRING && atomic_xchg(&m->uses, 0) <= 1;
}

/* Under mount_lock. One reference is the tree's, one the caller's path. */
static int umount_check_locked(struct mount *m, u32 flags)
{
	if (m->at.mnt == NULL)
		return -EINVAL;
	if (!(flags & LINUX_MNT_DETACH) &&
	    (!list_empty(&m->children) || atomic_load(&m->ref.count) > 2))
		return -EBUSY;
	return flags & LINUX_MNT_EXPIRE && !has_expired(m) ? -EAGAIN : 0;
}

int vfs_umount(const struct path *p, u32 flags)
{
	struct mount *m = p->mnt;
	int err;

	if (!vfs_capable(LINUX_CAP_SYS_ADMIN))
		return -EPERM;
	if (p->dentry != m->root || (flags & LINUX_MNT_EXPIRE &&
				     flags & (LINUX_MNT_FORCE | LINUX_MNT_DETACH)))
		return -EINVAL;
	lock_acquire(&vfs->mount_lock);
	err = umount_check_locked(m, flags);
	lock_release(&vfs->mount_lock);
	if (err == 0)
		detach_all(m);
	return err;
}

/* --- pivot_root(2) --- */

static bool path_is_root_of_mount(const struct path *p)
{
	return p->dentry == p->mnt->root;
}

static int pivot_check(const struct path *new, const struct path *old,
		       const struct path *root)
{
	if (dentry_is_unlinked(new->dentry))
		return -ENOENT;
	if (new->mnt == root->mnt || old->mnt == root->mnt)
		return -EBUSY;
	if (!path_is_root_of_mount(root) || !path_is_root_of_mount(new) ||
	    !path_is_below(old, new) || !path_is_below(new, root))
		return -EINVAL;
	return 0;
}

/*
 * new takes the place of root, which comes to stand at old. Every mount has one reference of
 * the tree before and after, the first one that of vfs->root_mount. Gives back two places to
 * be put.
 */
static void pivot_locked(struct mount *new, const struct path *old, struct mount *root,
			 struct path *ret_new_at, struct path *ret_root_at)
{
	bool first = vfs->root_mount == root;

	*ret_new_at = mount_remove(new);
	*ret_root_at = (struct path){ 0 };
	if (!first) {
		*ret_root_at = mount_remove(root);
		mount_insert(new, ret_root_at);
	}
	mount_insert(root, old);
	if (first) {
		vfs->root_mount = new;
		mount_get(new);
	}
}

int vfs_pivot_root(const struct path *new, const struct path *old)
{
	struct path root, new_at = { 0 }, root_at = { 0 };
	int err;

	fs_get_root(&root);
	err = pivot_check(new, old, &root);
	if (err == 0) {
		lock_acquire(&vfs->mount_lock);
		if (new->mnt->at.mnt == NULL ||
		    (root.mnt->at.mnt == NULL && root.mnt != vfs->root_mount))
			err = -EINVAL;
		else
			pivot_locked(new->mnt, old, root.mnt, &new_at, &root_at);
		lock_release(&vfs->mount_lock);
	}
	if (err == 0) {
		mount_put(new->mnt); /* the references of the old places */
		mount_put(root.mnt);
		fs_replace_places(&root, new);
	}
	path_put(&new_at);
	path_put(&root_at);
	path_put(&root);
	return err;
}
