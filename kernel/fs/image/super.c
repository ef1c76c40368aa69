/*
 * File trees of the store.
 *
 * OVERVIEW. An image is a manifest (an EROFS image with all names and attributes, read by
 * store/image.c) and objects, files of the store named by the digest of what they hold. The
 * manifest lies mapped at one address in every process, so names and attributes, missing ones
 * too, are answered without a host call, but that the broker verifies each piece of it before
 * its first use (pieces.c). Data in the manifest and small objects are brought
 * into memory that all processes share; large objects are files of the host, which the broker
 * opens only when their contents are what their name says.
 *
 * LIFETIME. The mapping stays until the sandbox ends: other processes have it, too.
 *
 * LINUX BEHAVIOUR. As a read-only EROFS. What is damaged gives EIO and a line in the log;
 * nothing else ever takes its place.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "abi/linux/stat.h"
#include "kernel/fs/host/host.h"
#include "kernel/fs/image/imagefs.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/locks.h"
#include "kernel/mm/zone.h"
#include "lib/checked.h"
#include "platform/plat.h"

#define IMAGE_FS_MAGIC 0xe0f5e1e2u

/* Where the next manifest goes: offset in its part of the zone. Set before the first fork. */
static u64 manifests_used;

static int manifest_map(u32 tree, struct image_super *s)
{
	uaddr_t addr = zone_base + ZONE_MANIFESTS + manifests_used;
	struct linux_statx stx;
	plat_fd_t fd;
	u64 len = 0;
	int err = plat_file_open((int)tree, ".", LINUX_O_RDONLY | LINUX_O_CLOEXEC, 0, &fd);

	if (err < 0)
		return err;
	err = plat_file_fstatx(fd, &stx);
	if (err == 0 && (stx.stx_size == 0 || !checked_page_up(stx.stx_size, &len) ||
			 len > ZONE_MANIFESTS_SIZE - manifests_used))
		err = -EFBIG;
	if (err == 0)
		err = plat_map(addr, len, LINUX_PROT_READ, LINUX_MAP_SHARED, fd, 0);
	plat_file_close(fd);
	if (err < 0)
		return err;
	manifests_used += len + PAGE_SIZE;
	s->manifest_tree = (int)tree;
	err = image_checks_init(s, stx.stx_size);
	if (err < 0)
		return err;
	err = image_open(&s->image, (const void *)addr, stx.stx_size,
			 s->checks.right != NULL ? &s->checks : NULL);
	if (err == 0)
		return 0;
	plat_log("image: %s", err == -EOPNOTSUPP ? "features that are not known" :
						  "not an EROFS image, or damaged");
	return -EINVAL;
}

static int root_make(struct super *sb)
{
	struct image_super *s = sb->private;
	struct inode *root;
	int err = image_inode_find(sb, s->image.root, &root);

	if (err < 0)
		return err;
	if (!inode_is_dir(root)) {
		inode_put(root);
		plat_log("image: root_nid: not a directory");
		return -EINVAL;
	}
	return super_set_root(sb, root);
}

int image_fs_mount(u32 manifest, u32 objects, struct super **ret)
{
	struct image_super *s = kzalloc(sizeof(*s));
	struct super *sb;
	int err;

	if (s == NULL)
		return -ENOMEM;
	lock_rank(&s->lock, RANK_HOST_SUPER);
	image_small_init(s);
	err = super_create(&image_fs_type, &sb);
	if (err < 0) {
		kfree(s);
		return err;
	}
	sb->private = s;
	s->sb = sb;
	sb->flags |= SUPER_STATIC_LINKS;
	err = manifest_map(manifest, s);
	if (err == 0)
		err = tmp_mount_private(&s->memory);
	s->objects_tree = (int)objects;
	if (err == 0 && objects != ~0u)
		err = host_fs_mount(objects, 0, &s->objects);
	if (err == 0)
		err = root_make(sb);
	if (err < 0)
		super_put(sb);
	else
		*ret = sb;
	return err;
}

static int image_mount(UNUSED const struct fs_type *type, UNUSED const char *source,
		       UNUSED const char *options, UNUSED struct super **ret)
{
	return -EINVAL; /* made by image_fs_mount() only */
}

static int image_statfs(struct super *sb, struct linux_statfs *ret)
{
	const struct image_super *s = sb->private;

	*ret = (struct linux_statfs){
		.f_type = IMAGE_FS_MAGIC,
		.f_bsize = PAGE_SIZE,
		.f_blocks = (s->image.size + PAGE_SIZE - 1) / PAGE_SIZE,
		.f_files = s->image.inodes,
		.f_namelen = VFS_NAME_MAX,
		.f_frsize = PAGE_SIZE,
	};
	return 0;
}

static void image_unmount(struct super *sb)
{
	struct image_super *s = sb->private;

	if (s == NULL)
		return;
	image_small_fini(s);
	super_put(s->objects);
	super_put(s->memory);
	kfree(s->buckets);
	kfree(s->checks.right);
	kfree(s->index);
	kfree(s);
}

const struct fs_type image_fs_type = {
	.name = "nacre-image",
	.has_handles = true,
	.magic = IMAGE_FS_MAGIC,
	.mount = image_mount,
	.statfs = image_statfs,
	.unmount = image_unmount,
};
