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
 * NOT DONE. Propagation between mounts (shared, slave): there is one mount namespace.
 */
#include "abi/linux/capability.h"
#include "abi/linux/mount.h"
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
	slab_free(&vfs->mounts, m);
}

int mount_create(struct super *sb, struct dentry *root, u32 flags, const char *source,
		 struct mount **ret)
{
	struct mount *m = slab_alloc(&vfs->mounts);

	if (m == NULL)
		return -ENOMEM;
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

static void names_changed(void)
{
	lock_acquire(&vfs->dcache_lock);
	dcache_changed();
	lock_release(&vfs->dcache_lock);
}

/* m, which is nowhere, comes to stand at the place. */
static void tree_insert(struct mount *m, const struct path *at)
{
	m->at = *at;
	path_get(&m->at);
	list_add_tail(&at->mnt->children, &m->sibling);
	at->dentry->mounted++;
	mount_get(m);
	names_changed();
}

/* m is nowhere; the caller gets the place and the tree's reference to put. */
static struct path tree_remove(struct mount *m)
{
	struct path at = m->at;

	list_del(&m->sibling);
	at.dentry->mounted--;
	m->at = (struct path){ 0 };
	names_changed();
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

static int attach(struct mount *m, const struct path *at)
{
	if (inode_is_dir(at->dentry->inode) != inode_is_dir(m->root->inode))
		return -ENOTDIR;
	if (dentry_is_unlinked(at->dentry))
		return -ENOENT;
	if (at->dentry->parent != NULL)
		dentry_enter(
			at->dentry); /* its place must be found again, whatever the fs says */
	lock_acquire(&vfs->mount_lock);
	tree_insert(m, at);
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
	err = attach(m, at);
	if (err < 0 || ret == NULL)
		mount_put(m);
	else
		*ret = m;
	return err;
}

/* --- mount(2) --- */

static const struct fs_type *const types[] = { &tmp_fs_type, &proc_fs_type,
					       &sys_fs_type, &dev_fs_type, &mqueue_fs_type };

static const struct fs_type *type_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		if (str_equal(types[i]->name, name))
			return types[i];
	return str_equal(name, "ramfs") ? &tmp_fs_type : NULL;
}

static u32 mount_flags_of(u32 ms)
{
	return (ms & LINUX_MS_RDONLY ? MOUNT_READ_ONLY : 0) |
	       (ms & LINUX_MS_NOEXEC ? MOUNT_NO_EXEC : 0);
}

static int mount_new(const char *type_name, const char *source, const struct path *at,
		     u32 flags, const char *options)
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
	err = mount_attach(sb, sb->root, at, mount_flags_of(flags), source, NULL);
	super_put(sb);
	return err;
}

static int mount_bind(const char *source, const struct path *at, u32 flags)
{
	struct path from;
	int err;

	if (source == NULL)
		return -EINVAL;
	err = path_walk(LINUX_AT_FDCWD, source, WALK_FOLLOW, &from);
	if (err < 0)
		return err;
	err = mount_attach(from.mnt->sb, from.dentry, at,
			   from.mnt->flags | mount_flags_of(flags), from.mnt->source,
			   NULL);
	path_put(&from);
	return err;
}

static int mount_move(const char *source, const struct path *to)
{
	struct path from, old = { 0 };
	int err;

	if (source == NULL)
		return -EINVAL;
	err = path_walk(LINUX_AT_FDCWD, source, WALK_FOLLOW, &from);
	if (err < 0)
		return err;
	lock_acquire(&vfs->mount_lock);
	err = 0;
	if (from.dentry != from.mnt->root || from.mnt->at.mnt == NULL)
		err = -EINVAL;
	for (struct mount *m = to->mnt; err == 0 && m != NULL; m = m->at.mnt)
		if (m == from.mnt)
			err = -ELOOP;
	if (err == 0) {
		old = tree_remove(from.mnt);
		tree_insert(from.mnt, to);
	}
	lock_release(&vfs->mount_lock);
	if (err == 0)
		mount_put(from.mnt); /* the tree's reference of the old place */
	path_put(&old);
	path_put(&from);
	return err;
}

int vfs_mount(const char *type, const char *source, const struct path *at, u32 flags,
	      const char *options)
{
	const u32 propagation = LINUX_MS_SHARED | LINUX_MS_PRIVATE | LINUX_MS_SLAVE |
				LINUX_MS_UNBINDABLE;

	if (!vfs_capable(LINUX_CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & LINUX_MS_REMOUNT) {
		if (at->dentry != at->mnt->root)
			return -EINVAL;
		/* What was mounted without write access to the host must not gain it. */
		if (at->mnt->flags & MOUNT_LOCKED && !(flags & LINUX_MS_RDONLY))
			return -EPERM;
		atomic_store(&at->mnt->flags,
			     (at->mnt->flags & MOUNT_LOCKED) | mount_flags_of(flags));
		return 0;
	}
	if (flags & LINUX_MS_BIND)
		return mount_bind(source, at, flags);
	if (flags & propagation)
		return at->dentry == at->mnt->root ? 0 : -EINVAL;
	if (flags & LINUX_MS_MOVE)
		return mount_move(source, at);
	return mount_new(type, source, at, flags, options);
}

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
		old = tree_remove(leaf);
		lock_release(&vfs->mount_lock);
		path_put(&old);
		if (leaf != m)
			mount_put(leaf);
	} while (leaf != m);
	mount_put(m); /* the tree's; the caller has one */
}

int vfs_umount(const struct path *p, u32 flags)
{
	struct mount *m = p->mnt;
	int err = 0;

	if (flags & ~(LINUX_MNT_FORCE | LINUX_MNT_DETACH | LINUX_MNT_EXPIRE |
		      LINUX_UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!vfs_capable(LINUX_CAP_SYS_ADMIN))
		return -EPERM;
	if (p->dentry != m->root)
		return -EINVAL;
	lock_acquire(&vfs->mount_lock);
	/* One reference is the tree's, one the path's. */
	if (m->at.mnt == NULL)
		err = -EINVAL;
	else if (!(flags & LINUX_MNT_DETACH) &&
		 (!list_empty(&m->children) || atomic_load(&m->ref.count) > 2))
		err = -EBUSY;
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

	*ret_new_at = tree_remove(new);
	*ret_root_at = (struct path){ 0 };
	if (!first) {
		*ret_root_at = tree_remove(root);
		tree_insert(new, ret_root_at);
	}
	tree_insert(root, old);
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

/* --- all of them --- */

/* The mount after m in the order of the tree, referenced; m's reference is put. */
static struct mount *mount_next(struct mount *m)
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

static struct mount *root_mount_get(void)
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

/* --- /proc/self/mounts and mountinfo --- */

struct mounts_text {
	char *buf;
	size_t size, len;
};

static void put_bytes(struct mounts_text *t, const char *s, size_t len)
{
	if (t->len < t->size)
		memcpy(t->buf + t->len, s, MIN(len, t->size - t->len));
	t->len += len;
}

static void put_str(struct mounts_text *t, const char *s)
{
	put_bytes(t, s, strlen(s));
}

static void put_number(struct mounts_text *t, u64 n)
{
	char digits[20];
	u32 at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	put_bytes(t, digits + at, sizeof(digits) - at);
}

/* Linux: space, tab, newline and backslash as three octal digits. */
static void put_escaped(struct mounts_text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		char octal[4] = { '\\', (char)('0' + ((u8)*s >> 6)),
				  (char)('0' + ((u8)*s >> 3 & 7)),
				  (char)('0' + (*s & 7)) };

		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\')
			put_bytes(t, octal, sizeof(octal));
		else
			put_bytes(t, s, 1);
	}
}

static void put_info_head(struct mounts_text *t, const struct mount *m, u32 parent,
			  const char *top)
{
	put_number(t, m->id);
	put_str(t, " ");
	put_number(t, parent);
	put_str(t, " ");
	put_number(t, DEV_MAJOR(m->sb->dev));
	put_str(t, ":");
	put_number(t, DEV_MINOR(m->sb->dev));
	put_str(t, " ");
	put_escaped(t, top);
	put_str(t, " ");
}

static void put_mount(struct mounts_text *t, const struct mount *m, u32 parent,
		      bool info, const char *place, const char *top)
{
	const char *mode = m->flags & MOUNT_READ_ONLY ? "ro" : "rw";

	if (info) {
		put_info_head(t, m, parent, top);
	} else {
		put_escaped(t, m->source);
		put_str(t, " ");
	}
	put_escaped(t, place);
	put_str(t, " ");
	if (!info) {
		put_str(t, m->sb->type->name);
		put_str(t, " ");
	}
	put_str(t, mode);
	if (m->flags & MOUNT_NO_EXEC)
		put_str(t, ",noexec");
	put_str(t, ",relatime");
	if (info) {
		put_str(t, " - ");
		put_str(t, m->sb->type->name);
		put_str(t, " ");
		put_escaped(t, m->source);
		put_str(t, " ");
		put_str(t, mode);
		put_str(t, "\n");
	} else {
		put_str(t, " 0 0\n");
	}
}

s64 vfs_format_mounts(const struct path *root, bool info, char *buf, size_t size)
{
	struct mounts_text t = { .buf = buf, .size = size };
	struct mount *m = root_mount_get();
	AUTO_KFREE char *place = kzalloc(2 * VFS_PATH_MAX);
	char *top = place == NULL ? NULL : place + VFS_PATH_MAX;
	bool reachable;

	if (place == NULL) {
		mount_put(m);
		return -ENOMEM;
	}
	for (; m != NULL; m = mount_next(m)) {
		struct path seen = { .mnt = m, .dentry = m->root };
		struct path below = { .mnt = vfs->root_mount, .dentry = m->root };
		u32 parent;

		if (path_format_from(&seen, root, place, VFS_PATH_MAX, &reachable) <
			    0 ||
		    !reachable || path_format(&below, NULL, top, VFS_PATH_MAX) < 0)
			continue;
		lock_acquire(&vfs->mount_lock);
		parent = m->at.mnt == NULL ? 0 : m->at.mnt->id;
		lock_release(&vfs->mount_lock);
		put_mount(&t, m, parent, info, place,
			  m->root->parent == NULL ? "/" : top);
	}
	return (s64)t.len;
}
