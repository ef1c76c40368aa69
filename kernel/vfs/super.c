/* Super blocks: one mounted file system each, and the one that anonymous objects live in. */
#include "kernel/vfs/handle.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/notify.h"

#include "lib/string.h"

/* The inodes of this size. There are fewer sizes than slabs. */
static struct slab *inode_slab(u32 size)
{
	for (u32 n = 0; n < INODE_SLABS; n++) {
		u32 had = 0;

		if (atomic_cas(&vfs->inodes[n].size, &had, size) || had == size)
			return &vfs->inodes[n];
	}
	panic("more kinds of inodes than slabs");
}

int super_create(const struct fs_type *type, struct super **ret)
{
	struct super *sb = kzalloc(sizeof(*sb));

	if (sb == NULL)
		return -ENOMEM;
	sb->inodes = inode_slab(ALIGN_UP((u32)sizeof(struct inode) + type->node_size, 16));
	ref_init(&sb->ref);
	sb->active = 1;
	sb->type = type;
	sb->dev = DEV(0, atomic_add(&vfs->next_minor, 1) + 1);
	*ret = sb;
	return 0;
}

int super_set_root(struct super *sb, struct inode *root)
{
	return dentry_create(NULL, "/", 1, sb, root, &sb->root);
}

struct super *super_get(struct super *sb)
{
	if (atomic_add(&sb->active, 1) == 0)
		panic("super block used after its end");
	return sb;
}

void super_put_memory(struct super *sb)
{
	if (!ref_put(&sb->ref))
		return;
	if (sb->type->unmount != NULL)
		sb->type->unmount(sb);
	kfree(sb);
}

void super_put(struct super *sb)
{
	struct dentry *root;

	if (sb == NULL || atomic_sub(&sb->active, 1) != 1)
		return;
	root = sb->root;
	sb->root = NULL;
	fs_notify_unmount(sb);
	handles_purge(sb);
	dcache_purge(sb);
	if (sb->type->detach != NULL)
		sb->type->detach(sb);
	dentry_put(root);
	super_put_memory(sb);
}

/* --- anonymous objects: pipes, sockets, eventfds --- */

static int anon_statfs(UNUSED struct super *sb, struct linux_statfs *ret)
{
	*ret = (struct linux_statfs){
		.f_type = LINUX_ANON_INODE_FS_MAGIC,
		.f_bsize = PAGE_SIZE,
		.f_namelen = VFS_NAME_MAX,
		.f_frsize = PAGE_SIZE,
	};
	return 0;
}

static const struct fs_type anon_fs_type = {
	.name = "anon_inodefs",
	.magic = LINUX_ANON_INODE_FS_MAGIC,
	.statfs = anon_statfs,
};

static int anon_open(UNUSED struct inode *inode, UNUSED struct file *file)
{
	return -ENXIO;
}

const struct inode_ops anon_inode_ops = {
	.open = anon_open,
	.setattr = inode_setattr_generic,
};

int anon_init(void)
{
	struct super *sb;
	struct inode *root;
	int err = super_create(&anon_fs_type, &sb);

	if (err < 0)
		return err;
	err = inode_create(sb, LINUX_S_IFDIR | 0700, &root);
	if (err < 0)
		return err;
	root->ops = &anon_inode_ops;
	err = super_set_root(sb, root);
	if (err < 0)
		return err;
	return mount_create(sb, sb->root, 0, "anon_inodefs", &vfs->anon_mount);
}
