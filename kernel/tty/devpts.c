/*
 * devpts: the directory of slaves, /dev/pts.
 *
 * OVERVIEW. One instance, made at boot, with one entry per pair whose master is open, one for
 * the user's terminal, and ptmx. Names are looked up each time, the inodes are the pairs'.
 *
 * LOCKING. terminals->lock covers the table of names; nothing is taken under it.
 *
 * LINUX BEHAVIOUR. fs/devpts: inode numbers are N + 3, owner is who opened the master, group
 * tty. NOT DONE. Mount options, more instances.
 */
#include "abi/errno.h"
#include "abi/linux/dirent.h"
#include "kernel/fs/dev/dev.h"
#include "kernel/task/task.h"
#include "kernel/tty/internal.h"
#include "kernel/tty/pty.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define DEVPTS_MAGIC 0x1cd1u
#define PTS_MAJOR 136u
#define PTS_MAX 4096u /* Linux: kernel.pty.max */
#define GROUP_TTY 5u  /* Debian's */
#define INO_ROOT 1u
#define INO_PTMX 2u
#define INO_FIRST 3u
#define CURSOR_PTMX 2u
#define CURSOR_FIRST 3u

struct terminals *terminals;

static const struct inode_ops root_ops, ptmx_ops, slave_ops;
static const struct file_ops root_file_ops;

static bool index_of(const char *name, size_t len, u32 *ret)
{
	u32 n = 0;

	if (len == 0 || len > 4 || (name[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		n = n * 10 + (u32)(name[i] - '0');
	}
	*ret = n;
	return n < PTS_MAX;
}

static int devpts_lookup(UNUSED struct inode *dir, const char *name, size_t len,
			 struct inode **ret)
{
	struct inode *found = NULL;
	u32 n;

	if (len == 4 && memcmp(name, "ptmx", 4) == 0) {
		*ret = inode_get(terminals->ptmx);
		return 0;
	}
	if (!index_of(name, len, &n))
		return -ENOENT;
	lock_acquire(&terminals->lock);
	if (n < terminals->count && terminals->names[n] != NULL)
		found = inode_get(terminals->names[n]);
	lock_release(&terminals->lock);
	*ret = found;
	return found == NULL ? -ENOENT : 0;
}

static bool has_name(u32 n)
{
	bool yes;

	lock_acquire(&terminals->lock);
	yes = n < terminals->count && terminals->names[n] != NULL;
	lock_release(&terminals->lock);
	return yes;
}

static int devpts_readdir(struct file *f, struct dir_sink *sink)
{
	char name[12];

	for (;;) {
		u64 at = f->pos, ino = INO_ROOT;
		u32 type = LINUX_DT_DIR;
		size_t len;

		if (at < CURSOR_PTMX) {
			len = at + 1;
			memcpy(name, "..", 3);
			if (at == 1)
				ino = dentry_parent_ino(f->path.dentry, INO_ROOT);
		} else if (at == CURSOR_PTMX) {
			len = str_copy(name, "ptmx", sizeof(name));
			ino = INO_PTMX;
			type = LINUX_DT_CHR;
		} else if (at - CURSOR_FIRST >= PTS_MAX) {
			return 0;
		} else if (!has_name((u32)(at - CURSOR_FIRST))) {
			f->pos++;
			continue;
		} else {
			len = (size_t)fmt_print(name, sizeof(name), "%u",
						(u32)(at - CURSOR_FIRST));
			ino = at - CURSOR_FIRST + INO_FIRST;
			type = LINUX_DT_CHR;
		}
		if (!sink->emit(sink, name, len, ino, type, at + 1))
			return 0;
		f->pos = at + 1;
	}
}

/* --- nodes --- */

static int slave_open(struct inode *inode, struct file *file)
{
	struct tty *tty = inode->private;

	return tty->ops->open(tty, file);
}

static void slave_evict(struct inode *inode)
{
	tty_put(inode->private);
}

static int ptmx_node_open(UNUSED struct inode *inode, struct file *file)
{
	return ptmx_open(file);
}

static const struct inode_ops slave_ops = {
	.setattr = inode_setattr_generic,
	.open = slave_open,
	.evict = slave_evict,
};

static const struct inode_ops ptmx_ops = {
	.setattr = inode_setattr_generic,
	.open = ptmx_node_open,
};

static const struct inode_ops root_ops = {
	.lookup = devpts_lookup,
	.setattr = inode_setattr_generic,
};

static const struct file_ops root_file_ops = {
	.readdir = devpts_readdir,
};

static int node_create(u32 mode, u64 rdev, u64 ino, struct inode **ret)
{
	struct inode *i;
	int err = inode_create(terminals->super, mode, &i);

	if (err < 0)
		return err;
	i->ino = ino;
	i->rdev = rdev;
	i->uid = i->gid = 0;
	*ret = i;
	return 0;
}

/* The lowest free name; it is taken by giving it an inode. lock held. */
static int name_find_locked(u32 *ret)
{
	u32 n = 0;

	while (n < terminals->count && terminals->names[n] != NULL)
		n++;
	if (n == PTS_MAX)
		return -ENOSPC;
	if (n == terminals->count) {
		u32 count = MIN(MAX(terminals->count * 2, 16u), PTS_MAX);
		struct inode **names = kzalloc(count * sizeof(*names));

		if (names == NULL)
			return -ENOMEM;
		memcpy(names, terminals->names, terminals->count * sizeof(*names));
		kfree(terminals->names);
		terminals->names = names;
		terminals->count = count;
	}
	*ret = n;
	return 0;
}

/* A node for tty under the lowest free name. The table gets a reference, *ret is another. */
static int name_add(struct tty *tty, u32 mode, struct inode **ret, u32 *ret_index)
{
	struct inode *i;
	int err = node_create(LINUX_S_IFCHR | mode, 0, 0, &i);
	u32 n;

	if (err < 0)
		return err;
	i->ops = &slave_ops;
	i->private = tty_get(tty);
	lock_acquire(&terminals->lock);
	err = name_find_locked(&n);
	if (err == 0) {
		i->ino = n + INO_FIRST;
		i->rdev = tty->rdev = DEV(PTS_MAJOR, n);
		terminals->names[n] = inode_get(i);
	}
	lock_release(&terminals->lock);
	if (err < 0) {
		inode_put(i);
		return err;
	}
	*ret = i;
	*ret_index = n;
	return 0;
}

int devpts_add(struct pty *pty)
{
	const struct cred *c = &current()->process->cred;
	struct inode *i;
	int err = name_add(&pty->tty, 0620, &i, &pty->index);

	if (err < 0)
		return err;
	i->uid = c->fsuid;
	i->gid = GROUP_TTY;
	pty->inode = i;
	return 0;
}

void devpts_remove(struct pty *pty)
{
	struct inode *i = pty->inode;

	lock_acquire(&terminals->lock);
	terminals->names[pty->index] = NULL;
	lock_release(&terminals->lock);
	i->nlink = 0;
	inode_put(i); /* the table's */
	inode_put(i); /* the pair's */
}

int devpts_add_user(struct tty *tty, u32 mode, u32 uid, u32 gid, struct inode **ret)
{
	u32 index;
	int err = name_add(tty, mode, ret, &index);

	if (err < 0)
		return err;
	(*ret)->uid = uid;
	(*ret)->gid = gid;
	return 0;
}

/* --- the file system --- */

static int root_create(void)
{
	struct inode *root;
	int err = node_create(LINUX_S_IFDIR | 0755, 0, INO_ROOT, &root);

	if (err < 0)
		return err;
	root->ops = &root_ops;
	root->fops = &root_file_ops;
	root->nlink = 2;
	err = super_set_root(terminals->super, root);
	if (err < 0)
		return err;
	err = node_create(LINUX_S_IFCHR | 0666, DEV(5, 2), INO_PTMX, &terminals->ptmx);
	if (err == 0)
		terminals->ptmx->ops = &ptmx_ops;
	return err;
}

int tty_init(void)
{
	int err;

	if (terminals != NULL)
		return 0;
	terminals = kzalloc(sizeof(*terminals));
	if (terminals == NULL)
		return -ENOMEM;
	err = super_create(&devpts_fs_type, &terminals->super);
	if (err < 0)
		return err;
	terminals->super->flags |= SUPER_NO_CACHE | SUPER_NO_NEGATIVE;
	return root_create();
}

static int devpts_mount(UNUSED const struct fs_type *type, UNUSED const char *source,
			UNUSED const char *options, struct super **ret)
{
	int err = tty_init();

	if (err < 0)
		return err;
	*ret = super_get(terminals->super);
	return 0;
}

static int devpts_statfs(UNUSED struct super *sb, struct linux_statfs *ret)
{
	*ret = (struct linux_statfs){
		.f_type = DEVPTS_MAGIC,
		.f_bsize = PAGE_SIZE,
		.f_namelen = VFS_NAME_MAX,
		.f_frsize = PAGE_SIZE,
	};
	return 0;
}

const struct fs_type devpts_fs_type = {
	.name = "devpts",
	.magic = DEVPTS_MAGIC,
	.mount = devpts_mount,
	.statfs = devpts_statfs,
};
