/*
 * The file system of a host directory.
 *
 * OVERVIEW. Tree N of the platform, seen through an inode cache (inode.c), descriptors kept
 * by each process (fd.c), data by host calls (file.c, dir.c) and, in :rw trees, changes by
 * the broker (change.c).
 *
 * LIFETIME. The super goes with its last mount and inode.
 *
 * LINUX BEHAVIOUR. As a bind mount: st_dev and st_ino, types and times are the host's.
 *
 * NOT DONE. See inode.c and file.c.
 */
#include "abi/linux/fcntl.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/locks.h"
#include "lib/string.h"
#include "wire/wire.h"

static int host_root(struct super *sb, struct inode **ret)
{
	struct host_super *hs = sb->private;
	struct linux_statx stx;
	int err = plat_file_statx(hs->tree, ".", &stx);

	if (err < 0)
		return err;
	return host_inode_find(sb, &stx, NULL, "", 0, ret);
}

int host_fs_mount(u32 tree, u32 flags, struct super **ret)
{
	struct host_super *hs;
	struct super *sb;
	struct inode *root;
	int err;

	if (tree >= BOOT_TREES_MAX)
		return -EINVAL;
	err = host_keep_init();
	if (err < 0)
		return err;
	hs = kzalloc(sizeof(*hs));
	if (hs == NULL)
		return -ENOMEM;
	lock_rank(&hs->lock, RANK_HOST_SUPER);
	hs->tree = (int)tree;
	hs->flags = flags;
	err = super_create(&host_fs_type, &sb);
	if (err < 0) {
		kfree(hs);
		return err;
	}
	sb->private = hs;
	sb->flags |= SUPER_STATIC_LINKS | SUPER_TAKES_UMASK;
	if (!(flags & (BOOT_MOUNT_SHARED | BOOT_MOUNT_WRITE)) && plat_file_is_direct(hs->tree))
		sb->flags |= SUPER_AHEAD;
	if (flags & BOOT_MOUNT_WRITE)
		sb->flags |= SUPER_LOCKED_OUTSIDE;
	if (flags & BOOT_MOUNT_SHARED)
		sb->flags |= SUPER_NO_CACHE | SUPER_NO_NEGATIVE;
	err = host_root(sb, &root);
	if (err == 0)
		err = super_set_root(sb, root);
	if (err < 0) {
		super_put(sb);
		return err;
	}
	*ret = sb;
	return 0;
}

int host_fs_find(struct super *sb, const char *path, struct inode **ret)
{
	struct host_super *hs = sb->private;
	struct linux_statx stx;
	int err = plat_file_statx(hs->tree, path, &stx);

	if (err < 0)
		return err;
	return host_inode_find(sb, &stx, host_inode(sb->root->inode)->place, path, strlen(path),
			       ret);
}

/* The options vfs_init() writes; not for the guest. */
static bool options_parse(const char *s, u32 *tree, u32 *flags)
{
	bool seen = false;

	while (s != NULL && *s != '\0') {
		const char *end = strchr(s, ',');
		size_t len = end != NULL ? (size_t)(end - s) : strlen(s);

		if (len > 5 && strncmp(s, "tree=", 5) == 0) {
			*tree = 0;
			for (size_t i = 5; i < len; i++) {
				if (s[i] < '0' || s[i] > '9' || *tree > BOOT_TREES_MAX)
					return false;
				*tree = *tree * 10 + (u32)(s[i] - '0');
			}
			seen = true;
		} else if (len == 2 && strncmp(s, "rw", 2) == 0) {
			*flags |= BOOT_MOUNT_WRITE;
		} else if (len == 6 && strncmp(s, "shared", 6) == 0) {
			*flags |= BOOT_MOUNT_SHARED;
		} else if (len == 4 && strncmp(s, "file", 4) == 0) {
			*flags |= BOOT_MOUNT_FILE;
		}
		s = end != NULL ? end + 1 : NULL;
	}
	return seen;
}

static int host_mount(UNUSED const struct fs_type *type, UNUSED const char *source,
		      const char *options, struct super **ret)
{
	u32 tree = 0, flags = 0;

	if (!options_parse(options, &tree, &flags))
		return -EINVAL;
	return host_fs_mount(tree, flags, ret);
}

static int host_statfs(struct super *sb, struct linux_statfs *ret)
{
	struct host_fd *h;
	int err = host_fd_get(sb->root->inode, HOST_READ, &h);

	if (err < 0)
		return err;
	err = plat_file_statfs(host_fd_number(h), ret);
	host_fd_put(h);
	return err;
}

int host_dir_sync(struct inode *dir, bool whole)
{
	struct tree_change c = { .op = WIRE_TREE_SYNC, .flags = whole };
	AUTO_KFREE char *path = NULL;
	int err = host_path_of(dir, 0, &path);

	if (err < 0)
		return err;
	c.tree = host_super(dir)->tree;
	c.path = path;
	err = plat_tree_change(&c);
	return err == -ENOENT && host_inode(dir)->gone ? 0 : err; /* Linux: nothing is left of it */
}

static int host_sync(struct super *sb)
{
	return host_is_writable(sb->root->inode) ? host_dir_sync(sb->root->inode, true) : 0;
}

static void host_unmount(struct super *sb)
{
	struct host_super *hs = sb->private;

	if (hs == NULL)
		return;
	kfree(hs->buckets);
	kfree(hs);
	sb->private = NULL;
}

const struct fs_type host_fs_type = {
	.name = "host",
	.has_handles = true, /* as far as the host tells times of birth */
	.node_size = sizeof(struct host_inode),
	.magic = LINUX_EXT4_SUPER_MAGIC,
	.mount = host_mount,
	.statfs = host_statfs,
	.shows_xattr = host_shows_xattr,
	.sync = host_sync,
	.unmount = host_unmount,
};
