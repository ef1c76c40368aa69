/*
 * Opening: open(2), openat2(2), execve's file.
 *
 * OVERVIEW. file_open_at() walks to the last component itself, because O_CREAT must look it
 * up and create it under one hold of the directory's lock. What was found is opened by
 * open_place(), which has the permission rules.
 *
 * LINUX BEHAVIOUR. open(2), and for the order of errors fs/namei.c as observed: EISDIR for
 * a trailing slash with O_CREAT, EEXIST before EISDIR, ENOTDIR before ELOOP.
 */
#include "kernel/fs/dev/dev.h"
#include "kernel/obj/pipe.h"
#include "kernel/vfs/acl.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/notify.h"
#include "lib/fmt.h"

#define O_TMPFILE_MASK (LINUX_O_TMPFILE | LINUX_O_CREAT)

struct open_how {
	u32 flags;
	u32 mode;
	u32 may; /* LINUX_R_OK ... the caller needs on an existing file */
};

/* Linux: build_open_flags. Unknown flags are ignored by open(2); openat2 checks its own. */
static int open_how_init(struct open_how *how, u32 flags, u32 mode)
{
	static const u32 needs[4] = { LINUX_R_OK, LINUX_W_OK, LINUX_R_OK | LINUX_W_OK,
				      LINUX_R_OK | LINUX_W_OK };

	how->mode = flags & (LINUX_O_CREAT | LINUX___O_TMPFILE) ? mode & 07777 : 0;
	if (flags & LINUX_O_PATH)
		flags &= LINUX_O_PATH | LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW |
			 LINUX_O_CLOEXEC;
	how->may = flags & LINUX_O_PATH ? 0 : needs[flags & LINUX_O_ACCMODE];
	if (flags & LINUX___O_TMPFILE) {
		if ((flags & O_TMPFILE_MASK) != LINUX_O_TMPFILE ||
		    !(how->may & LINUX_W_OK))
			return -EINVAL;
	} else if ((flags & (LINUX_O_CREAT | LINUX_O_DIRECTORY)) ==
		   (LINUX_O_CREAT | LINUX_O_DIRECTORY)) {
		return -EINVAL;
	}
	if (flags & LINUX_O_TRUNC)
		how->may |= LINUX_W_OK;
	if ((flags & (LINUX_O_CREAT | LINUX_O_EXCL)) == (LINUX_O_CREAT | LINUX_O_EXCL))
		flags |= LINUX_O_NOFOLLOW;
	how->flags = flags;
	return 0;
}

/* --- opening what is there --- */

static int may_open(const struct path *p, struct open_how *how)
{
	struct inode *i = p->dentry->inode;
	int err;

	switch (i->mode & LINUX_S_IFMT) {
	case LINUX_S_IFLNK:
		return -ELOOP;
	case LINUX_S_IFDIR:
		if (how->may & LINUX_W_OK)
			return -EISDIR;
		break;
	case LINUX_S_IFREG:
		if (how->may & LINUX_W_OK && mount_is_read_only(p->mnt))
			return -EROFS;
		break;
	case LINUX_S_IFCHR:
	case LINUX_S_IFBLK:
		if (atomic_load(&p->mnt->flags) & MOUNT_NO_DEV)
			return -EACCES;
		/* fall through */
	default:
		how->flags &= ~LINUX_O_TRUNC;
	}
	err = inode_permission(i, how->may);
	if (err < 0)
		return err;
	if (inode_has(i, INODE_APPEND) && how->may & LINUX_W_OK &&
	    (!(how->flags & LINUX_O_APPEND) || how->flags & LINUX_O_TRUNC))
		return -EPERM;
	if (how->flags & LINUX_O_NOATIME && !inode_owner_or_capable(i))
		return -EPERM;
	return 0;
}

/* Fill in what the inode's type and file system say an open file of it is. */
static int file_start(struct file *f, u32 flags)
{
	struct inode *i = f->inode;
	int err = 0;

	f->ops = i->fops;
	if (LINUX_S_ISREG(i->mode) || LINUX_S_ISDIR(i->mode))
		f->mode |= FMODE_SEEK;
	if (LINUX_S_ISSOCK(i->mode))
		return -ENXIO;
	/* The operation sees what the file will not keep: O_TRUNC, O_EXCL, O_NOCTTY. */
	if (i->ops->open != NULL) {
		f->flags = flags;
		err = i->ops->open(i, f);
		f->flags &= ~FILE_FLAGS_DROPPED;
	}
	return err;
}

/* Counted first, then looked at: the other way round than who makes the mount read-only. */
static int mount_writer_get(struct file *f)
{
	struct mount *m = f->path.mnt;

	f->mode |= FMODE_WRITER;
	if (m == NULL)
		return 0;
	atomic_add(&m->writers, 1);
	return mount_is_read_only(m) ? -EROFS : 0;
}

/*
 * ETXTBSY. Files without a place are not counted: they are layers of others, or, as on
 * Linux, memory files whose maker has them open for writing.
 */
static int file_count_use(struct file *f, bool exec)
{
	int err = 0;

	if (!inode_is_regular(f->inode))
		return 0;
	if (exec) {
		err = inode_exec_get(f->inode);
		f->mode |= err == 0 ? FMODE_EXEC : 0;
	} else if (f->mode & FMODE_WRITE) {
		err = inode_writer_get(f->inode);
		if (err == 0)
			err = mount_writer_get(f);
	}
	return err;
}

void file_end_exec(struct file *f)
{
	if (!(f->mode & FMODE_EXEC))
		return;
	f->mode &= ~FMODE_EXEC;
	inode_exec_put(f->inode);
}

/* Open what p (or without a place: inode) is, permission checked; exec: to run it. */
static int file_open_inode(const struct path *p, struct inode *inode, u32 flags,
			   bool exec, struct file **ret)
{
	static const struct file_ops no_ops;
	struct file *f = file_alloc(flags);
	int err = 0;

	if (f == NULL)
		return -ENFILE;
	if (p != NULL) {
		f->path = *p;
		path_get(&f->path);
	}
	f->inode = inode_get(inode);
	f->ops = &no_ops;
	ref_init(&f->ref);
	if (!(flags & LINUX_O_PATH)) {
		err = p == NULL ? 0 : file_count_use(f, exec);
		if (err == 0)
			err = file_start(f, flags);
		if (err < 0)
			f->ops =
				NULL; /* nothing was opened, so nothing is to be released */
		else if (f->ops == NULL)
			f->ops = &no_ops;
	}
	if (err < 0) {
		file_put(f);
		return err;
	}
	fs_notify_file(f, LINUX_IN_OPEN);
	*ret = f;
	return 0;
}

int inode_open(struct inode *i, u32 flags, struct file **ret)
{
	return file_open_inode(NULL, i, flags, false, ret);
}

static int open_place(const struct path *p, struct open_how *how, bool created,
		      struct file **ret)
{
	struct file *f;
	int err = 0;

	if (how->flags & LINUX_O_DIRECTORY && !inode_is_dir(p->dentry->inode))
		return -ENOTDIR;
	if (!(how->flags & LINUX_O_PATH) && !created)
		err = may_open(p, how);
	if (err == 0)
		err = file_open_inode(p, p->dentry->inode, how->flags, false, &f);
	if (err < 0)
		return err;
	if (how->flags & LINUX_O_TRUNC && !created && inode_is_regular(f->inode)) {
		err = inode_writer_get(f->inode);
		if (err == 0) {
			err = inode_truncate(f->inode, 0, true);
			inode_writer_put(f->inode);
		}
		if (err < 0) {
			file_put(f);
			return err;
		}
		fs_notify_file(f, LINUX_IN_MODIFY);
	}
	f->mode |= created ? FMODE_CREATED : 0;
	*ret = f;
	return 0;
}

/* --- O_TMPFILE --- */

static int tmpfile_dentry(struct dentry *dir, struct inode *inode, struct dentry **ret)
{
	char name[24];
	int len = fmt_print(name, sizeof(name), "#%lu", (unsigned long)inode->ino);
	int err = dentry_create(dir, name, (size_t)len, dir->sb, inode, ret);

	if (err == 0)
		(*ret)->flags |= DENTRY_UNLINKED;
	return err;
}

static int open_tmpfile(const struct path *dir_path, struct open_how *how,
			struct file **ret)
{
	struct inode *dir = dir_path->dentry->inode, *inode;
	struct path p = { .mnt = dir_path->mnt };
	int err = path_want_write(dir_path);

	if (err == 0)
		err = inode_permission(dir, LINUX_W_OK | LINUX_X_OK);
	if (err < 0)
		return err;
	if (dir->ops->tmpfile == NULL)
		return -EOPNOTSUPP;
	lock_acquire(&dir->lock);
	err = dir->ops->tmpfile(dir, dir_mask_mode(dir, LINUX_S_IFREG | how->mode), &inode);
	if (err == 0 && unlikely(atomic_load(&dir->acls) != NULL))
		err = acl_inherit(dir, inode);
	lock_release(&dir->lock);
	if (err < 0)
		return err;
	if (!(how->flags & LINUX_O_EXCL))
		atomic_or(&inode->flags, INODE_LINKABLE);
	err = tmpfile_dentry(dir_path->dentry, inode, &p.dentry);
	if (err < 0)
		return err;
	how->flags &= ~LINUX_O_DIRECTORY;
	err = open_place(&p, how, true, ret);
	dentry_put(p.dentry);
	return err;
}

/* --- O_CREAT --- */

/* Create the name in cur, which is locked. d is its negative dentry. */
static int create_locked(struct walk *w, struct dentry *d, const struct open_how *how)
{
	struct inode *dir = w->cur.dentry->inode, *inode;
	int err = path_want_write(&w->cur);

	if (err == 0)
		err = dir_may_create(w->cur.dentry);
	if (err < 0)
		return err;
	if (dir->ops->create == NULL)
		return -EACCES;
	err = dir->ops->create(dir, w->name, w->len,
			       dir_mask_mode(dir, LINUX_S_IFREG | how->mode), &inode);
	if (err < 0)
		return err;
	if (unlikely(atomic_load(&dir->acls) != NULL))
		err = acl_inherit(dir, inode);
	dentry_instantiate(d, inode);
	fs_notify_created(dir, inode, w->name, w->len);
	return err;
}

/* The dentry of the last component, created when it was not there. */
static int lookup_or_create(struct walk *w, const struct open_how *how,
			    struct dentry **ret, bool *ret_created)
{
	struct dentry *dir = w->cur.dentry;
	int err;

	if (!(how->flags & LINUX_O_CREAT))
		return dentry_lookup(dir, w->name, w->len, ret);
	if (w->slash)
		return -EISDIR;
	lock_acquire(&dir->inode->lock);
	err = dentry_lookup_locked(dir, w->name, w->len, ret);
	if (err == 0 && (*ret)->inode == NULL) {
		err = create_locked(w, *ret, how);
		*ret_created = err == 0;
		if (err < 0)
			dentry_put(*ret);
	}
	lock_release(&dir->inode->lock);
	return err;
}

static bool follows(const struct walk *w, const struct dentry *d)
{
	return d != NULL && d->inode != NULL && inode_is_symlink(d->inode) &&
	       (w->slash || w->flags & WALK_FOLLOW);
}

/* Linux: may_create_in_sticky(). An open() that could have made the file meant its own. */
static int may_open_in_sticky(const struct inode *dir, const struct inode *i)
{
	u32 mode = atomic_load(&dir->mode);

	if (!(mode & LINUX_S_ISVTX) || !(mode & LINUX_S_IWOTH) || i->uid == dir->uid ||
	    i->uid == current()->process->cred.fsuid || inode_is_dir(i))
		return 0;
	return -EACCES;
}

/* 0: cur is what to open; 1: a link was followed, once more; or -Exxx. */
static int open_step(struct walk *w, const struct open_how *how, bool *ret_created)
{
	const u32 exclusive = LINUX_O_CREAT | LINUX_O_EXCL;
	struct dentry *d = NULL;
	int err = walk_to_last(w);

	if (err < 0)
		return err;
	if (w->last_type == WALK_LAST_NAME)
		err = lookup_or_create(w, how, &d, ret_created);
	if (err < 0)
		return err;
	if (!*ret_created && (how->flags & exclusive) == exclusive) {
		err = -EEXIST;
	} else if (follows(w, d)) {
		err = walk_follow_last(w, d);
		err = err < 0 ? err : !err;
	} else {
		if (w->slash && w->last_type == WALK_LAST_NAME)
			w->flags |= WALK_DIRECTORY;
		if (how->flags & LINUX_O_CREAT && !*ret_created && d != NULL &&
		    d->inode != NULL)
			err = may_open_in_sticky(w->cur.dentry->inode, d->inode);
		if (err == 0)
			err = walk_last(w, d);
	}
	dentry_put(d);
	return err;
}

int file_open_at(int dirfd, const char *name, u32 flags, u32 mode, u32 walk_flags,
		 struct file **ret)
{
	struct open_how how;
	struct walk w;
	struct path p;
	bool created = false;
	int err = open_how_init(&how, flags, mode);

	if (err < 0)
		return err;
	walk_flags &= ~WALK_EMPTY;
	if (!(how.flags & LINUX_O_NOFOLLOW))
		walk_flags |= WALK_FOLLOW;
	if (how.flags & LINUX_O_DIRECTORY)
		walk_flags |= WALK_DIRECTORY;
	/* Linux: what may change something is never done from the cache alone. */
	if (walk_flags & WALK_CACHED &&
	    how.flags & (LINUX_O_CREAT | LINUX_O_TRUNC | LINUX___O_TMPFILE))
		return -EAGAIN;
	err = how.flags & (LINUX_O_CREAT | LINUX___O_TMPFILE) ?
		      WALK_TRY_SLOW :
		      walk_fast(dirfd, name, walk_flags, &p, NULL);
	if (err == 0) {
		err = open_place(&p, &how, false, ret);
		path_put(&p);
	}
	if (err != WALK_TRY_SLOW)
		return err;
	if (walk_flags & WALK_CACHED)
		return -EAGAIN;
	err = walk_begin(&w, dirfd, name, walk_flags);
	if (err < 0)
		return err;
	do
		err = open_step(&w, &how, &created);
	while (err == 1);
	if (err == 0 && w.flags & WALK_DIRECTORY && !inode_is_dir(w.cur.dentry->inode))
		err = -ENOTDIR;
	if (err == 0 && how.flags & LINUX_O_CREAT && inode_is_dir(w.cur.dentry->inode))
		err = -EISDIR;
	if (err == 0)
		err = how.flags & LINUX___O_TMPFILE ?
			      open_tmpfile(&w.cur, &how, ret) :
			      open_place(&w.cur, &how, created, ret);
	walk_end(&w);
	return err;
}

int file_open_path(const struct path *path, u32 flags, struct file **ret)
{
	struct open_how how;
	int err = open_how_init(&how, flags & ~(LINUX_O_CREAT | LINUX_O_EXCL), 0);

	return err < 0 ? err : open_place(path, &how, false, ret);
}

int file_open_exec(int dirfd, const char *name, u32 walk_flags, struct file **ret)
{
	struct path p;
	int err = path_walk(dirfd, name, walk_flags, &p);

	if (err < 0)
		return err;
	if (inode_is_symlink(p.dentry->inode))
		err = -ELOOP;
	else if (!inode_is_regular(p.dentry->inode) || p.mnt->flags & MOUNT_NO_EXEC)
		err = -EACCES;
	if (err == 0)
		err = inode_permission(p.dentry->inode, LINUX_X_OK);
	if (err == 0)
		err = file_open_inode(&p, p.dentry->inode, LINUX_O_RDONLY, true, ret);
	path_put(&p);
	return err;
}
