/*
 * /dev: a directory in memory, filled with device nodes and the usual links when mounted.
 *
 * LINUX BEHAVIOUR. As devtmpfs: an ordinary file tree in which programs may create, rename
 * and remove what they like.
 */
#include "abi/errno.h"
#include "kernel/fs/dev/devfs.h"
#include "lib/string.h"

static const struct {
	const char *name, *text;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

static void own_by_root(struct inode *i)
{
	i->uid = 0;
	i->gid = 0;
}

static int fill_nodes(struct inode *dir)
{
	struct inode *made;

	for (size_t i = 0; i < device_count; i++) {
		const struct device *d = &devices[i];
		int err = dir->ops->mknod(dir, d->name, strlen(d->name),
					  LINUX_S_IFCHR | d->mode, d->rdev, &made);

		if (err < 0)
			return err;
		own_by_root(made);
		inode_put(made);
	}
	return 0;
}

static int fill_links(struct inode *dir)
{
	struct inode *made;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		int err = dir->ops->symlink(dir, links[i].name, strlen(links[i].name),
					    links[i].text, &made);

		if (err < 0)
			return err;
		own_by_root(made);
		inode_put(made);
	}
	return 0;
}

static int fill_directory(struct inode *dir, const char *name, u32 mode)
{
	struct inode *made;
	int err = dir->ops->mkdir(dir, name, strlen(name), LINUX_S_IFDIR | mode, &made);

	if (err < 0)
		return err;
	own_by_root(made);
	inode_put(made);
	return 0;
}

static int fill_directories(struct inode *dir)
{
	int err = fill_directory(dir, "shm", 01777);

	if (err == 0)
		err = fill_directory(dir, "mqueue", 01777);
	return err < 0 ? err : fill_directory(dir, "pts", 0755);
}

static int fill(struct inode *dir)
{
	int err;

	lock_acquire(&dir->lock);
	own_by_root(dir);
	err = fill_nodes(dir);
	if (err == 0)
		err = fill_links(dir);
	if (err == 0)
		err = fill_directories(dir);
	lock_release(&dir->lock);
	return err;
}

static int dev_mount(const struct fs_type *type, const char *source, UNUSED const char *options,
		     struct super **ret)
{
	struct super *sb;
	int err = tmp_fs_type.mount(type, source, "mode=0755", &sb);

	if (err < 0)
		return err;
	err = fill(sb->root->inode);
	if (err < 0) {
		super_put(sb);
		return err;
	}
	*ret = sb;
	return 0;
}

static int dev_statfs(struct super *sb, struct linux_statfs *ret)
{
	return tmp_fs_type.statfs(sb, ret);
}

static void dev_unmount(struct super *sb)
{
	if (tmp_fs_type.unmount != NULL)
		tmp_fs_type.unmount(sb);
}

const struct fs_type dev_fs_type = {
	.name = "devtmpfs",
	.has_handles = true,
	.magic = LINUX_TMPFS_MAGIC,
	.mount = dev_mount,
	.statfs = dev_statfs,
	.unmount = dev_unmount,
};
