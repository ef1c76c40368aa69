/*
 * Mounts: which super block is seen where.
 *
 * OVERVIEW. A mount shows the tree of a super block from one of its dentries on at a place
 * (mount, dentry) of another mount. A dentry counts the mounts on it, so that a walk asks
 * only where there is one. The sandbox's first view is built in view.c.
 *
 * LIFETIME. Being in the tree is one reference of a mount; every path in use is another.
 * A mount taken out of the tree lives on, cut off, while somebody is in it.
 *
 * LOCKING. mount_lock covers the tree (at, children) and dentry.mounted.
 *
 * Who mounts and why is in mount_call.c, what /proc tells of it in mount_text.c.
 */
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"

struct mount *mount_get(struct mount *m)
{
	ref_get(&m->ref);
	return m;
}

void mount_put(struct mount *m)
{
	if (m == NULL || !ref_put(&m->ref))
		return;
	dentry_put(m->root);
	super_put(m->sb);
	atomic_sub(&vfs->mount_count, 1);
	slab_free(&vfs->mounts, m);
}

int mount_create(struct super *sb, struct dentry *root, u32 flags, const char *source,
		 struct mount **ret)
{
	struct mount *m;

	if (atomic_add(&vfs->mount_count, 1) >= MOUNTS_MAX) {
		atomic_sub(&vfs->mount_count, 1);
		return -ENOSPC;
	}
	m = slab_alloc(&vfs->mounts);
	if (m == NULL) {
		atomic_sub(&vfs->mount_count, 1);
		return -ENOMEM;
	}
	m->sb = super_get(sb);
	m->root = dentry_get(root);
	m->flags = flags;
	str_copy(m->source, source == NULL ? "none" : source, sizeof(m->source));
	list_init(&m->children);
	list_init(&m->sibling);
	lock_acquire(&vfs->mount_lock);
	m->id = ++vfs->next_mount_id;
	lock_release(&vfs->mount_lock);
	ref_init(&m->ref);
	*ret = m;
	return 0;
}

/* --- the tree, under mount_lock --- */

static struct mount *mount_on(const struct path *p)
{
	struct mount *m;

	list_for_each(m, &p->mnt->children, sibling)
		if (m->at.dentry == p->dentry)
			return m;
	return NULL;
}

static void tree_changed(void)
{
	lock_acquire(&vfs->dcache_lock);
	dcache_changed();
	lock_release(&vfs->dcache_lock);
	atomic_store(&vfs->mount_changes, vfs->mount_changes + 1);
	waitq_wake_all(&vfs->mount_wait);
}

u32 vfs_mount_changes(struct waitq **ret_wait)
{
	*ret_wait = &vfs->mount_wait;
	return atomic_load(&vfs->mount_changes);
}

void mount_insert(struct mount *m, const struct path *at)
{
	m->at = *at;
	path_get(&m->at);
	list_add_tail(&at->mnt->children, &m->sibling);
	at->dentry->mounted++;
	mount_get(m);
	tree_changed();
}

struct path mount_remove(struct mount *m)
{
	struct path at = m->at;

	list_del(&m->sibling);
	at.dentry->mounted--;
	m->at = (struct path){ 0 };
	tree_changed();
	return at;
}

void mount_cross_down(struct path *p)
{
	struct mount *m;

	while (atomic_load(&p->dentry->mounted) != 0) {
		lock_acquire(&vfs->mount_lock);
		m = mount_on(p);
		if (m != NULL)
			mount_get(m);
		lock_release(&vfs->mount_lock);
		if (m == NULL)
			return;
		if (unlikely(atomic_load(&m->flags) & MOUNT_EXPIRING))
			atomic_add(&m->uses, 1);
		path_put(p);
		p->mnt = m;
		p->dentry = dentry_get(m->root);
	}
}

bool mount_cross_up(struct path *p)
{
	struct path at;

	lock_acquire(&vfs->mount_lock);
	at = p->mnt->at;
	path_get(&at);
	lock_release(&vfs->mount_lock);
	if (at.mnt == NULL)
		return false;
	path_put(p);
	*p = at;
	return true;
}

int mount_place(struct mount *m, const struct path *at)
{
	if (inode_is_dir(at->dentry->inode) != inode_is_dir(m->root->inode))
		return -ENOTDIR;
	if (dentry_is_unlinked(at->dentry))
		return -ENOENT;
	if (at->dentry->parent != NULL)
		dentry_enter(
			at->dentry); /* its place must be found again, whatever the fs says */
	lock_acquire(&vfs->mount_lock);
	mount_insert(m, at);
	lock_release(&vfs->mount_lock);
	return 0;
}

int mount_attach(struct super *sb, struct dentry *root, const struct path *at,
		 u32 flags, const char *source, struct mount **ret)
{
	struct mount *m;
	int err = mount_create(sb, root, flags, source, &m);

	if (err < 0)
		return err;
	err = mount_place(m, at);
	if (err < 0 || ret == NULL)
		mount_put(m);
	else
		*ret = m;
	return err;
}

/* --- all of them --- */

struct mount *mount_next(struct mount *m)
{
	struct mount *next = NULL, *up = m;

	lock_acquire(&vfs->mount_lock);
	if (!list_empty(&m->children)) {
		next = list_first(&m->children, struct mount, sibling);
	} else {
		while (up->at.mnt != NULL && up->sibling.next == &up->at.mnt->children)
			up = up->at.mnt;
		if (up->at.mnt != NULL)
			next = list_entry(up->sibling.next, struct mount, sibling);
	}
	if (next != NULL)
		mount_get(next);
	lock_release(&vfs->mount_lock);
	mount_put(m);
	return next;
}

struct mount *root_mount_get(void)
{
	struct mount *m;

	lock_acquire(&vfs->mount_lock);
	m = mount_get(vfs->root_mount);
	lock_release(&vfs->mount_lock);
	return m;
}

int super_sync(struct super *sb)
{
	return sb->type->sync == NULL ? 0 : sb->type->sync(sb);
}

/* One that is mounted twice has little left to write the second time. */
void vfs_sync_all(void)
{
	for (struct mount *m = root_mount_get(); m != NULL; m = mount_next(m))
		if (super_sync(m->sb) < 0)
			continue; /* Linux: sync(2) tells nobody */
}
