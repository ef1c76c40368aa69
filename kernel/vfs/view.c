/*
 * The sandbox's first view of files, built from the boot options.
 *
 * OVERVIEW. The root is a throw-away layer in memory over the host's tree, the host's tree
 * itself when it was given writable, or memory. Then come /dev, /proc and /sys, unless the
 * user mounts something there, then the mounts of the options block, parents first: a /tmp
 * of the sandbox's own is one of them.
 *
 * A root that was asked to be read-only is a layered one, too, mounted read-only when all is
 * in place: so a mount point that the host does not have can be made.
 */
#include "kernel/boot.h"
#include "kernel/fs/host/host.h"
#include "kernel/fs/image/image.h"
#include "kernel/fs/over/over.h"
#include "kernel/locks.h"
#include "kernel/mm/pool.h"
#include "kernel/tty/tty.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"
#include "platform/plat.h"

struct vfs *vfs;

static const struct auto_mount {
	const char *place;
	const struct fs_type *type;
	const char *source, *options;
} auto_mounts[] = {
	{ "/dev", &dev_fs_type, "dev", "" },
	{ "/dev/pts", &devpts_fs_type, "devpts", "" },
	{ "/dev/mqueue", &mqueue_fs_type, "mqueue", "" },
	{ "/proc", &proc_fs_type, "proc", "" },
	{ "/sys", &sys_fs_type, "sysfs", "" },
};

/* The super block of a boot mount. */
static int boot_super(const struct boot_mount *m, bool overlay, struct super **ret)
{
	struct protection *protection = NULL;
	struct super *lower, *upper = NULL;
	int err;

	if (m->tree == ~0u)
		return tmp_fs_type.mount(&tmp_fs_type, boot_string(m->source),
					 boot_string(m->options), ret);
	err = m->flags & BOOT_MOUNT_IMAGE ? image_fs_mount(m->tree, m->objects, &lower) :
					    host_fs_mount(m->tree, m->flags, &lower);
	if (err < 0 || !overlay) {
		if (err == 0)
			*ret = lower;
		return err;
	}
	if (m->upper != ~0u)
		err = host_fs_mount(m->upper, BOOT_MOUNT_WRITE | BOOT_MOUNT_LAYER,
				    &upper);
	if (err == 0 && m->flags & BOOT_MOUNT_IMAGE)
		err = image_protection(lower, boot_string(m->protect), m->protect_count,
				       &protection);
	if (err == 0)
		err = over_create(lower, upper, m->flags & BOOT_MOUNT_SYNC ? (int)m->upper : -1,
				  protection, ret);
	super_put(lower);
	if (upper != NULL)
		super_put(upper);
	return err;
}

static u32 boot_mount_flags(const struct boot_mount *m)
{
	bool fixed =
		m->tree != ~0u && !(m->flags & (BOOT_MOUNT_WRITE | BOOT_MOUNT_OVERLAY));

	if (m->flags & BOOT_MOUNT_READ_ONLY || fixed)
		return MOUNT_READ_ONLY | MOUNT_LOCKED;
	return 0;
}

static bool root_is_fixed(const struct boot_mount *m)
{
	return boot_block()->flags & BOOT_READ_ONLY || m->flags & BOOT_MOUNT_READ_ONLY;
}

static int mount_root(const struct boot_mount *m)
{
	bool writable = m->flags & BOOT_MOUNT_WRITE && !root_is_fixed(m);
	struct super *sb;
	int err = boot_super(m, !writable, &sb);

	if (err < 0)
		return err;
	err = mount_create(sb, sb->root, 0, boot_string(m->source), &vfs->root_mount);
	super_put(sb);
	return err;
}

/* Make the last name of a mount point, where that does not change the host. */
static int place_make(const char *place, bool directory)
{
	struct walk_last *last = kzalloc(sizeof(*last));
	struct inode *dir, *made = NULL;
	struct path parent;
	struct dentry *d = NULL;
	int err;

	if (last == NULL)
		return -ENOMEM;
	err = path_walk_parent(LINUX_AT_FDCWD, place, 0, &parent, last);
	if (err < 0)
		goto free_last;
	dir = parent.dentry->inode;
	err = parent.mnt->sb->type == &host_fs_type ? -EROFS : -EPERM;
	if (parent.mnt->sb->type == &host_fs_type || dir->ops->mkdir == NULL ||
	    last->is_dot)
		goto put_parent;
	lock_acquire(&dir->lock);
	err = dentry_lookup_locked(parent.dentry, last->name, last->len, &d);
	if (err == 0 && d->inode == NULL) {
		err = directory ? dir->ops->mkdir(dir, last->name, last->len,
						  LINUX_S_IFDIR | 0755, &made) :
				  dir->ops->create(dir, last->name, last->len,
						   LINUX_S_IFREG | 0644, &made);
		if (err == 0)
			dentry_instantiate(d, made);
	}
	lock_release(&dir->lock);
	dentry_put(d);
put_parent:
	path_put(&parent);
free_last:
	kfree(last);
	return err;
}

/* The mount point, made with all that leads to it when it is missing. */
static int place_find(const char *place, bool directory, struct path *ret)
{
	AUTO_KFREE char *prefix = kstrdup(place);
	int err = path_walk(LINUX_AT_FDCWD, place, WALK_FOLLOW, ret);

	if (err != -ENOENT || prefix == NULL)
		return err;
	for (char *p = prefix; *p != '\0'; p++) {
		struct path seen;
		bool last;

		if (p[1] != '/' && p[1] != '\0')
			continue;
		last = p[1] == '\0';
		p[1] = '\0';
		err = path_walk(LINUX_AT_FDCWD, prefix, WALK_FOLLOW, &seen);
		if (err == 0)
			path_put(&seen);
		else if (err == -ENOENT)
			err = place_make(prefix, directory || !last);
		if (err < 0)
			return err;
		if (last)
			break;
		p[1] = '/';
	}
	return path_walk(LINUX_AT_FDCWD, place, WALK_FOLLOW, ret);
}

static int mount_at(struct super *sb, const char *place, u32 flags, const char *source)
{
	struct path at;
	int err = place_find(place, inode_is_dir(sb->root->inode), &at);

	if (err < 0)
		return err;
	err = mount_attach(sb, sb->root, &at, flags, source, NULL);
	path_put(&at);
	return err;
}

static bool user_mounts(const char *place)
{
	const struct boot_mount *m = boot_mounts();

	for (u32 i = 1; i < boot_block()->mount_count; i++)
		if (str_equal(boot_string(m[i].target), place))
			return true;
	return false;
}

static void mount_auto(const struct auto_mount *a)
{
	struct super *sb;
	int err;

	if (user_mounts(a->place))
		return;
	err = a->type->mount(a->type, a->source, a->options, &sb);
	if (err == 0) {
		err = mount_at(sb, a->place, 0, a->source);
		super_put(sb);
	}
	if (err < 0)
		plat_log("%s is not mounted: error %d", a->place, -err);
}

static int mount_user(const struct boot_mount *m)
{
	struct super *sb;
	int err = boot_super(m, m->flags & BOOT_MOUNT_OVERLAY, &sb);

	if (err == 0) {
		err = mount_at(sb, boot_string(m->target), boot_mount_flags(m),
			       boot_string(m->source));
		super_put(sb);
	}
	if (err < 0)
		plat_fail(-err, BOOT_EXIT_FAILED, "cannot mount %s at %s",
			  boot_string(m->source), boot_string(m->target));
	return err;
}

static int context_init(void)
{
	struct fs_context *fs = kzalloc(sizeof(*fs));

	if (fs == NULL)
		return -ENOMEM;
	lock_rank(&fs->lock, RANK_FS_CONTEXT);
	ref_init(&fs->ref);
	fs->root = (struct path){ .mnt = vfs->root_mount,
				  .dentry = vfs->root_mount->root };
	fs->cwd = fs->root;
	path_get(&fs->root);
	path_get(&fs->cwd);
	fs->umask = boot_block()->umask & 0777;
	current()->fs = fs;
	return 0;
}

static int enter_cwd(const char *name)
{
	struct path cwd;
	int err;

	if (name[0] == '\0')
		return 0;
	err = path_walk(LINUX_AT_FDCWD, name, WALK_FOLLOW | WALK_DIRECTORY, &cwd);
	if (err == 0) {
		err = vfs_chdir(&cwd);
		path_put(&cwd);
	}
	/* The caller's own directory may not be there inside: the root will do. */
	if (err < 0 && boot_block()->flags & BOOT_CWD_SOFT)
		return 0;
	if (err < 0)
		plat_fail(-err, BOOT_EXIT_FAILED, "working directory %s", name);
	return err;
}

int vfs_early_init(void)
{
	if (vfs != NULL)
		return 0;
	vfs = kzalloc(sizeof(*vfs));
	if (vfs == NULL)
		return -ENOMEM;
	lock_rank(&vfs->rename_lock, RANK_RENAME);
	lock_rank(&vfs->mount_lock, RANK_MOUNT);
	waitq_init(&vfs->mount_wait);
	lock_rank(&vfs->dcache_lock, RANK_DCACHE);
	lock_rank(&vfs->watch_lock, RANK_NOTIFY);
	lock_rank(&vfs->handle_lock, RANK_HANDLES);
	lock_rank(&vfs->files.lock, RANK_SLAB);
	lock_rank(&vfs->dentries.lock, RANK_SLAB);
	lock_rank(&vfs->mounts.lock, RANK_SLAB);
	for (u32 n = 0; n < INODE_SLABS; n++)
		lock_rank(&vfs->inodes[n].lock, RANK_SLAB);
	vfs->files.size = ALIGN_UP((u32)sizeof(struct file), 64);
	vfs->dentries.size = ALIGN_UP((u32)sizeof(struct dentry), 64);
	vfs->mounts.size = ALIGN_UP((u32)sizeof(struct mount), 64);
	list_init(&vfs->watches);
	list_init(&vfs->watchers);
	if (dcache_init() < 0)
		return -ENOMEM;
	return anon_init();
}

int vfs_init(void)
{
	const struct boot_mount *m = boot_mounts();
	int err = vfs_early_init();

	if (err == 0)
		err = pool_init();
	if (err == 0)
		err = ahead_init();
	if (err == 0)
		err = mount_root(&m[0]);
	if (err == 0)
		err = context_init();
	if (err < 0)
		return err;
	for (u32 i = 0; i < ARRAY_SIZE(auto_mounts); i++)
		mount_auto(&auto_mounts[i]);
	for (u32 i = 1; i < boot_block()->mount_count; i++) {
		err = mount_user(&m[i]);
		if (err < 0)
			return err;
	}
	if (root_is_fixed(&m[0]))
		vfs->root_mount->flags |= MOUNT_READ_ONLY | MOUNT_LOCKED;
	return enter_cwd(boot_string(boot_block()->cwd));
}
