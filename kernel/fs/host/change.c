/*
 * Changes to host trees mounted :rw.
 *
 * OVERVIEW. Names are made and removed by the broker (plat_tree_change), never by this
 * process; only the data of a file goes through a descriptor of our own. After a change the
 * new inode is looked up as always. In trees that are not :rw every operation is EROFS.
 *
 * LINUX BEHAVIOUR. Devices cannot be made (EPERM), as for a user without CAP_MKNOD; modes
 * are what the host gives. What a user other than root makes inside is given to him, where
 * the user who runs nacre may do that; else it belongs to that user.
 */
#include "abi/linux/fcntl.h"
#include "kernel/fs/host/hostfs.h"
#include "lib/string.h"
#include "wire/wire.h"

/* Of a mode: the permissions and the umask to apply. */
#define MODE_AND_UMASK (0777u << 16 | LINUX_S_IALLUGO)

/* A change of the name in dir; the caller has filled in the rest. */
static int change_name(struct inode *dir, const char *name, size_t len, struct tree_change *c)
{
	struct host_super *hs = host_super(dir);
	char *path;
	int err;

	if (!host_is_writable(dir))
		return -EROFS;
	err = host_path_in(dir, name, len, &path);
	if (err < 0)
		return err;
	c->tree = hs->tree;
	c->path = path;
	err = plat_tree_change(c);
	kfree(path);
	host_inode_refresh(dir);
	return err;
}

/* A host that refuses is no error. Root inside needs no name to it. */
static void give_to_maker(const struct inode *dir, struct inode *made)
{
	struct inode as = { .mode = made->mode };
	struct setattr owner = { .valid = SETATTR_UID | SETATTR_GID };
	int err;

	inode_init_owner(&as, dir, made->mode);
	owner.uid = as.uid;
	owner.gid = as.gid;
	if (as.uid == 0 || (as.uid == made->uid && as.gid == made->gid) ||
	    host_super(dir)->flags & BOOT_MOUNT_LAYER)
		return;
	err = host_setattr(made, &owner);
	(void)err;
}

static int change_and_find(struct inode *dir, const char *name, size_t len,
			   struct tree_change *c, struct inode **ret)
{
	int err = change_name(dir, name, len, c);

	if (err == 0)
		err = host_lookup(dir, name, len, ret);
	if (err == 0)
		give_to_maker(dir, *ret);
	return err;
}

/* The descriptor that creates the file is kept: the next thing is to open it. */
int host_create(struct inode *dir, const char *name, size_t len, u32 mode, struct inode **ret)
{
	struct host_super *hs = host_super(dir);
	int flags = LINUX_O_RDWR | LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_NOFOLLOW |
		    LINUX_O_CLOEXEC;
	struct linux_statx stx;
	plat_fd_t fd;
	char *path;
	int err;

	if (!host_is_writable(dir))
		return -EROFS;
	err = host_path_in(dir, name, len, &path);
	if (err < 0)
		return err;
	err = plat_file_open(hs->tree, path, flags, mode & MODE_AND_UMASK, &fd);
	kfree(path);
	if (err < 0)
		return err;
	err = plat_file_fstatx(fd, &stx);
	if (err == 0)
		err = host_inode_find(dir->sb, &stx, host_inode(dir)->place, name, len, ret);
	if (err == 0)
		host_fd_adopt(*ret, HOST_WRITE, fd);
	else
		plat_file_close(fd);
	if (err == 0)
		give_to_maker(dir, *ret);
	host_inode_refresh(dir);
	return err;
}

int host_mkdir(struct inode *dir, const char *name, size_t len, u32 mode, struct inode **ret)
{
	struct tree_change c = { .op = WIRE_TREE_MKDIR, .mode = mode & MODE_AND_UMASK };

	return change_and_find(dir, name, len, &c, ret);
}

int host_mknod(struct inode *dir, const char *name, size_t len, u32 mode, UNUSED u64 rdev,
	       struct inode **ret)
{
	struct tree_change c = { .op = WIRE_TREE_MKNOD, .mode = mode };

	if (!LINUX_S_ISREG(mode) && !LINUX_S_ISFIFO(mode))
		return -EPERM;
	return change_and_find(dir, name, len, &c, ret);
}

int host_symlink(struct inode *dir, const char *name, size_t len, const char *text,
		 struct inode **ret)
{
	struct tree_change c = { .op = WIRE_TREE_SYMLINK, .path2 = text };

	return change_and_find(dir, name, len, &c, ret);
}

int host_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct host_super *hs = host_super(dir);
	struct tree_change c = { .op = WIRE_TREE_LINK, .tree = hs->tree };
	AUTO_KFREE char *from = NULL;
	AUTO_KFREE char *to = NULL;
	int err;

	if (!host_is_writable(dir))
		return -EROFS;
	err = host_path_of(target, 0, &from);
	if (err == 0)
		err = host_path_in(dir, name, len, &to);
	if (err < 0)
		return err;
	c.path = from;
	c.path2 = to;
	err = plat_tree_change(&c);
	if (err == 0)
		host_place_add(target, host_inode(dir)->place, name, len);
	host_inode_refresh(target);
	host_inode_refresh(dir);
	return err;
}

/*
 * A name of target was removed. With the last one the file can only be reached by
 * descriptors, so one is got before, in case it is in use.
 */
static void name_removed(struct inode *dir, const char *name, size_t len,
			 struct inode *target, u32 nlink_before)
{
	struct host_super *hs = host_super(target);

	host_place_remove(target, host_inode(dir)->place, name, len);
	if (LINUX_S_ISDIR(target->mode) || nlink_before <= 1) {
		lock_acquire(&hs->lock);
		host_inode(target)->gone = true;
		target->nlink = 0;
		lock_release(&hs->lock);
	} else {
		lock_acquire(&hs->lock);
		target->nlink = nlink_before - 1;
		lock_release(&hs->lock);
	}
}

static struct host_fd *hold_open(struct inode *target)
{
	struct host_fd *h;

	if (!LINUX_S_ISREG(target->mode) || target->nlink > 1 || target->ref.count <= 2)
		return NULL;
	return host_fd_get(target, HOST_WRITE, &h) == 0 ? h : NULL;
}

int host_unlink(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct tree_change c = { .op = WIRE_TREE_UNLINK };
	struct host_fd *h;
	u32 nlink;
	int err;

	if (!host_is_writable(dir))
		return -EROFS;
	host_inode_refresh(target);
	nlink = target->nlink;
	h = hold_open(target);
	err = change_name(dir, name, len, &c);
	if (err == 0)
		name_removed(dir, name, len, target, nlink);
	if (h != NULL)
		host_fd_put(h);
	return err;
}

int host_rmdir(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct tree_change c = { .op = WIRE_TREE_RMDIR };
	int err = change_name(dir, name, len, &c);

	if (err == 0)
		name_removed(dir, name, len, target, 1);
	return err;
}

int host_rename(struct inode *old_dir, const char *old_name, size_t old_len,
		struct inode *source, struct inode *new_dir, const char *new_name,
		size_t new_len, struct inode *target, u32 flags)
{
	struct host_super *hs = host_super(old_dir);
	struct tree_change c = { .op = WIRE_TREE_RENAME, .tree = hs->tree, .flags = flags };
	struct host_place *from = host_inode(old_dir)->place, *to = host_inode(new_dir)->place;
	AUTO_KFREE char *old_path = NULL;
	AUTO_KFREE char *new_path = NULL;
	u32 nlink = target != NULL ? target->nlink : 0;
	int err;

	if (!host_is_writable(old_dir))
		return -EROFS;
	if (flags & LINUX_RENAME_WHITEOUT)
		return -EINVAL;
	err = host_path_in(old_dir, old_name, old_len, &old_path);
	if (err == 0)
		err = host_path_in(new_dir, new_name, new_len, &new_path);
	if (err < 0)
		return err;
	c.path = old_path;
	c.path2 = new_path;
	err = plat_tree_change(&c);
	if (err < 0)
		return err;
	if (target != NULL && target != source && !(flags & LINUX_RENAME_EXCHANGE))
		name_removed(new_dir, new_name, new_len, target, nlink);
	if (host_place_move(source, from, old_name, old_len, to, new_name, new_len) < 0)
		plat_log("host tree %d: lost track of a renamed file", hs->tree);
	if (target != NULL && target != source && (flags & LINUX_RENAME_EXCHANGE))
		err = host_place_move(target, to, new_name, new_len, from, old_name, old_len);
	host_inode_refresh(old_dir);
	host_inode_refresh(new_dir);
	host_inode_refresh(source);
	return err;
}

/* --- attributes --- */

static int set_size(struct inode *inode, u64 size)
{
	struct host_fd *h;
	int err = host_fd_get(inode, HOST_WRITE, &h);

	if (err < 0)
		return err;
	err = plat_file_truncate(host_fd_number(h), size);
	host_fd_put(h);
	return err;
}

static int set_owner(struct tree_change *c, const struct setattr *attr)
{
	c->op = WIRE_TREE_CHOWN;
	c->uid = attr->valid & SETATTR_UID ? attr->uid : ~0u;
	c->gid = attr->valid & SETATTR_GID ? attr->gid : ~0u;
	return plat_tree_change(c);
}

static int set_mode(struct tree_change *c, const struct setattr *attr)
{
	c->op = WIRE_TREE_CHMOD;
	c->mode = attr->mode & LINUX_S_IALLUGO;
	return plat_tree_change(c);
}

static int set_times(struct tree_change *c, const struct setattr *attr)
{
	const struct linux_timespec omit = { .tv_nsec = LINUX_UTIME_OMIT };
	struct linux_timespec times[2] = { omit, omit };

	if (attr->valid & SETATTR_ATIME)
		times[0] = attr->atime;
	if (attr->valid & SETATTR_MTIME)
		times[1] = attr->mtime;
	c->op = WIRE_TREE_UTIMES;
	c->times = times;
	return plat_tree_change(c);
}

/* By name: what is said of the file and not in it. A new owner first, it clears mode bits. */
static int set_by_name(struct inode *inode, const struct setattr *attr)
{
	struct tree_change c = { .tree = host_super(inode)->tree };
	AUTO_KFREE char *path = NULL;
	int err = host_path_of(inode, 0, &path);

	c.path = path;
	if (err == 0 && attr->valid & (SETATTR_UID | SETATTR_GID))
		err = set_owner(&c, attr);
	if (err == 0 && attr->valid & SETATTR_MODE)
		err = set_mode(&c, attr);
	if (err == 0 && attr->valid & (SETATTR_ATIME | SETATTR_MTIME))
		err = set_times(&c, attr);
	return err;
}

/* The host sets the times that go with a new size, and ctime, itself. */
int host_setattr(struct inode *inode, const struct setattr *attr)
{
	struct setattr rest = *attr;
	int err = 0;

	if (!host_is_writable(inode))
		return -EROFS;
	if (attr->valid & SETATTR_SIZE) {
		err = set_size(inode, attr->size);
		rest.valid &= ~(u32)(SETATTR_SIZE | SETATTR_ATIME | SETATTR_MTIME);
	}
	rest.valid &= ~(u32)SETATTR_CTIME;
	if (err == 0 && rest.valid != 0)
		err = host_inode(inode)->gone ? -ESTALE : set_by_name(inode, &rest);
	host_inode_refresh(inode);
	return err;
}
