/* The writable layer: super blocks. */
#include "abi/linux/stat.h"
#include "kernel/fs/image/image.h"
#include "kernel/fs/over/disk.h"
#include "kernel/vfs/namei.h"

int over_create(struct super *lower, struct super *upper, int sync,
		struct protection *protection, struct super **ret)
{
	struct over_super *s = kzalloc(sizeof(*s));
	struct super *sb = NULL;
	struct inode *root;
	int err = s == NULL ? -ENOMEM : super_create(&over_fs_type, &sb);

	if (err < 0) {
		protection_destroy(protection);
		kfree(s);
		return err;
	}
	s->protection = protection;
	list_init(&s->pinned);
	sb->private = s;
	sb->flags = SUPER_STATIC_LINKS |
		    (lower->flags & (SUPER_NO_NEGATIVE | SUPER_NO_CACHE | SUPER_AHEAD));
	s->lower = super_get(lower);
	if (upper != NULL) {
		s->upper = super_get(upper);
		err = over_disk_create(sync, &s->disk);
	} else {
		err = tmp_mount_private(&s->upper);
	}
	if (err == 0)
		err = over_inode_find(sb, inode_get(lower->root->inode), &root);
	if (err == 0) {
		sb->dev = over_node(root)->dev; /* mountinfo and stat agree */
		err = super_set_root(sb, root);
	}
	if (err == 0 && upper != NULL)
		err = over_disk_load(sb);
	if (err == 0 && upper != NULL)
		over_disk_remember(sb);
	if (err < 0)
		super_put(sb);
	else
		*ret = sb;
	return err;
}

static int over_mount(UNUSED const struct fs_type *type, UNUSED const char *source,
		      UNUSED const char *options, UNUSED struct super **ret)
{
	return -EINVAL; /* made by over_create() only */
}

/* Room is what the upper layer has. */
static int over_statfs(struct super *sb, struct linux_statfs *ret)
{
	struct over_super *s = sb->private;
	struct linux_statfs lower = { 0 };
	int err = s->upper->type->statfs(s->upper, ret);

	if (err < 0)
		return err;
	if (s->lower->type->statfs != NULL &&
	    s->lower->type->statfs(s->lower, &lower) == 0 && lower.f_bsize != 0) {
		u64 used = (lower.f_blocks - lower.f_bfree) * (u64)lower.f_bsize /
			   PAGE_SIZE;

		ret->f_blocks += used;
		ret->f_files += lower.f_files - lower.f_ffree;
	}
	ret->f_type = LINUX_OVERLAYFS_SUPER_MAGIC;
	return 0;
}

static int over_sync(struct super *sb)
{
	struct over_super *s = sb->private;

	if (over_disk_is_sync(sb->root->inode))
		return over_disk_keep(sb->root->inode);
	return s->disk == NULL ? 0 : super_sync(s->upper);
}

static void over_unmount(struct super *sb)
{
	struct over_super *s = sb->private;

	over_disk_close(sb);
	super_put(s->upper);
	super_put(s->lower);
	protection_destroy(s->protection);
	kfree(s->buckets);
	kfree(s);
}

const struct fs_type over_fs_type = {
	.name = "overlay",
	.has_handles = true,
	.node_size = sizeof(struct over_node),
	.magic = LINUX_OVERLAYFS_SUPER_MAGIC,
	.mount = over_mount,
	.statfs = over_statfs,
	.sync = over_sync,
	.detach = over_unpin_all,
	.unmount = over_unmount,
};
