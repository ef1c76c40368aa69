/*
 * Path walk: from a string to a place in the tree of names.
 *
 * OVERVIEW. walk_to_last() goes over all components but the last; what is done with that
 * one is up to the caller: look it up (path_walk), leave it (path_walk_parent) or create it
 * (open, in open.c). A symbolic link in the middle pushes its text on a stack of texts to be
 * walked before what remains; a link at the end replaces the text.
 *
 * LOCKING. None across the walk: each step holds references to where it is. A directory's
 * lock is taken only to ask its file system for a name that is not cached.
 *
 * LINUX BEHAVIOUR. path_resolution(7), openat2(2). Forty links; a component that is not a
 * directory is ENOTDIR even when the rest does not exist; a trailing slash follows a link
 * and demands a directory.
 *
 * RESOLVE_CACHED gives EAGAIN for all that walk_fast.c leaves to this file.
 */
#include "kernel/mm/uaccess.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"

#define SMALL_PATH 256 /* so long paths need no memory of the heap */
#define WALK_SCOPED (WALK_BENEATH | WALK_IN_ROOT)

static bool path_equal(const struct path *a, const struct path *b)
{
	return a->dentry == b->dentry && a->mnt == b->mnt;
}

/* *p := to; takes over to's references. */
static void path_replace(struct path *p, struct path to)
{
	struct path old = *p;

	*p = to;
	path_put(&old);
}

static struct path path_copy(const struct path *p)
{
	path_get(p);
	return *p;
}

/* --- where it starts --- */

static int start_at_fd(int dirfd, bool empty, struct path *ret)
{
	AUTO_FILE f = fd_get_any(dirfd);

	if (f == NULL)
		return -EBADF;
	if (empty)
		return file_get_path(f, ret);
	if (!inode_is_dir(f->inode) || f->path.dentry == NULL)
		return -ENOTDIR;
	*ret = path_copy(&f->path);
	return 0;
}

int walk_begin(struct walk *w, int dirfd, const char *name, u32 flags)
{
	bool absolute = name[0] == '/';
	int err = 0;

	w->flags = flags;
	w->links = 0;
	w->name = "";
	w->depth = 0;
	w->text[0] = (struct walk_text){ .rest = name };
	if (name[0] == '\0' && !(flags & WALK_EMPTY))
		return -ENOENT;
	if (absolute && flags & WALK_BENEATH)
		return -EXDEV;
	fs_get_root(&w->root);
	if (absolute && !(flags & WALK_IN_ROOT))
		w->cur = path_copy(&w->root);
	else if (dirfd == LINUX_AT_FDCWD)
		fs_get_cwd(&w->cur);
	else
		err = start_at_fd(dirfd, name[0] == '\0', &w->cur);
	if (err < 0) {
		path_put(&w->root);
		return err;
	}
	if (flags & WALK_SCOPED)
		path_replace(&w->root, path_copy(&w->cur));
	return 0;
}

static void text_end(struct walk_text *t)
{
	kfree(TAKE(t->text));
	inode_put(TAKE(t->link));
}

void walk_end(struct walk *w)
{
	for (u32 i = 0; i <= w->depth; i++)
		text_end(&w->text[i]);
	w->depth = 0;
	path_put(&w->cur);
	path_put(&w->root);
}

/* --- single steps --- */

static int may_search(struct walk *w)
{
	struct inode *dir = w->cur.dentry->inode;

	if (!inode_is_dir(dir))
		return -ENOTDIR;
	return inode_permission(dir, LINUX_X_OK);
}

/* cur := d, which is in cur, and whatever is mounted there. */
static int walk_enter(struct walk *w, struct dentry *d)
{
	struct path p = { .mnt = mount_get(w->cur.mnt), .dentry = dentry_get(d) };
	bool crossed;

	mount_cross_down(&p);
	crossed = p.mnt != w->cur.mnt;
	path_replace(&w->cur, p);
	return crossed && w->flags & WALK_NO_XDEV ? -EXDEV : 0;
}

/* A rename may have moved p out while a scoped walk was in it. */
bool path_is_below(const struct path *p, const struct path *root)
{
	struct dentry *d = p->dentry;
	struct mount *m = p->mnt;

	lock_acquire(&vfs->mount_lock);
	lock_acquire(&vfs->dcache_lock);
	while (d != NULL && !(d == root->dentry && m == root->mnt)) {
		if (d == m->root || d->parent == NULL) {
			d = m->at.dentry;
			m = m->at.mnt;
		} else {
			d = d->parent;
		}
	}
	lock_release(&vfs->dcache_lock);
	lock_release(&vfs->mount_lock);
	return d != NULL;
}

static int walk_dotdot(struct walk *w)
{
	struct mount *mnt = w->cur.mnt;

	for (;;) {
		if (path_equal(&w->cur, &w->root)) {
			if (w->flags & WALK_BENEATH)
				return -EXDEV;
			break;
		}
		if (w->cur.dentry != w->cur.mnt->root) {
			struct dentry *parent = dentry_get_parent(w->cur.dentry);

			path_replace(&w->cur,
				     (struct path){ .mnt = mount_get(w->cur.mnt),
						    .dentry = parent });
			break;
		}
		if (!mount_cross_up(&w->cur))
			break;
	}
	mount_cross_down(&w->cur);
	if (w->cur.mnt != mnt && w->flags & WALK_NO_XDEV)
		return -EXDEV;
	if (w->flags & WALK_SCOPED && !path_is_below(&w->cur, &w->root))
		return -EAGAIN;
	return 0;
}

/* --- links --- */

static int follow_magic(struct walk *w, struct inode *link)
{
	struct path to;
	int err;

	if (w->flags & WALK_NO_MAGIC)
		return -ELOOP;
	err = link->ops->follow(link, &to);
	if (err < 0)
		return err;
	if (w->flags & WALK_SCOPED || (w->flags & WALK_NO_XDEV && to.mnt != w->cur.mnt))
		err = -EXDEV;
	path_replace(&w->cur, to);
	return err < 0 ? err : 1;
}

static int walk_to_root(struct walk *w)
{
	if (w->flags & WALK_BENEATH)
		return -EXDEV;
	if (w->flags & WALK_NO_XDEV && w->cur.mnt != w->root.mnt)
		return -EXDEV;
	path_replace(&w->cur, path_copy(&w->root));
	return 0;
}

/* What the link says: in ret->text, or kept with the inode. */
static int link_read(struct inode *link, struct walk_text *ret)
{
	const char *none = NULL;
	size_t len;
	int err;

	*ret = (struct walk_text){ .rest = atomic_load(&link->link_text) };
	if (ret->rest == NULL) {
		if (link->ops->readlink == NULL)
			return -EINVAL;
		err = link->ops->readlink(link, &ret->text, &len);
		if (err < 0)
			return err;
		ret->rest = ret->text;
		if (link->sb->flags & SUPER_STATIC_LINKS &&
		    atomic_cas(&link->link_text, &none, (const char *)ret->text))
			ret->text = NULL;
	}
	if (ret->text == NULL)
		ret->link = inode_get(link);
	return 0;
}

/* 0: text is on the stack; 1: a magic link, cur is its target. */
static int walk_follow(struct walk *w, struct dentry *d)
{
	struct inode *link = d->inode;
	struct walk_text text;
	int err;

	if (w->flags & WALK_NO_SYMLINKS ||
	    atomic_load(&w->cur.mnt->flags) & MOUNT_NO_SYMFOLLOW || w->links++ >= VFS_SYMLINKS_MAX)
		return -ELOOP;
	if (link->ops->follow != NULL)
		return follow_magic(w, link);
	err = link_read(link, &text);
	if (err < 0)
		return err;
	if (text.rest[0] == '\0')
		err = -ENOENT;
	else if (text.rest[0] == '/')
		err = walk_to_root(w);
	if (err < 0) {
		text_end(&text);
		return err;
	}
	if (*w->text[w->depth].rest != '\0')
		w->depth++;
	else
		text_end(&w->text[w->depth]);
	w->text[w->depth] = text;
	return 0;
}

int link_may_follow(const struct inode *dir, const struct inode *link)
{
	const u32 trap = LINUX_S_ISVTX | LINUX_S_IWOTH;

	if ((atomic_load(&dir->mode) & trap) != trap || dir->uid == link->uid ||
	    link->uid == current()->process->cred.fsuid)
		return 0;
	return -EACCES;
}

int walk_follow_last(struct walk *w, struct dentry *d)
{
	int err = link_may_follow(w->cur.dentry->inode, d->inode);

	if (err < 0)
		return err;
	/* Linux: from here on, so that O_NOFOLLOW means nothing for "link/". */
	if (w->slash)
		w->flags |= WALK_DIRECTORY | WALK_FOLLOW;
	return walk_follow(w, d);
}

/* --- all but the last --- */

static u32 component_type(const char *name, size_t len)
{
	if (name[0] != '.' || len > 2)
		return WALK_LAST_NAME;
	if (len == 1)
		return WALK_LAST_DOT;
	return name[1] == '.' ? WALK_LAST_DOTDOT : WALK_LAST_NAME;
}

static int walk_middle(struct walk *w, u32 type, const char *name, size_t len)
{
	struct dentry *d;
	int err;

	if (type == WALK_LAST_DOT)
		return 0;
	if (type == WALK_LAST_DOTDOT)
		return walk_dotdot(w);
	err = dentry_lookup(w->cur.dentry, name, len, &d);
	if (err < 0)
		return err;
	if (d->inode == NULL)
		err = -ENOENT;
	else if (inode_is_symlink(d->inode))
		err = walk_follow(w, d);
	else
		err = walk_enter(w, d);
	dentry_put(d);
	return err < 0 ? err : 0;
}

/* The next component of the innermost text that has one; false: there is none left. */
static bool next_component(struct walk *w, const char **ret_name, size_t *ret_len)
{
	for (;;) {
		struct walk_text *t = &w->text[w->depth];
		const char *p = t->rest;

		while (*p == '/')
			p++;
		if (*p != '\0') {
			*ret_name = p;
			while (*p != '\0' && *p != '/')
				p++;
			*ret_len = (size_t)(p - *ret_name);
			w->slash = *p == '/';
			while (*p == '/')
				p++;
			t->rest = p;
			return true;
		}
		if (w->depth == 0)
			return false;
		text_end(t);
		w->depth--;
	}
}

int walk_to_last(struct walk *w)
{
	const char *name = NULL;
	size_t len = 0;
	int err;

	for (;;) {
		w->slash = true;
		if (!next_component(w, &name, &len)) {
			w->last_type = WALK_LAST_NONE;
			return 0;
		}
		err = may_search(w);
		if (err < 0)
			return err;
		if (w->depth == 0 && *w->text[0].rest == '\0')
			break;
		err = walk_middle(w, component_type(name, len), name, len);
		if (err < 0)
			return err;
	}
	w->last_type = component_type(name, len);
	w->name = name;
	w->len = len;
	return 0;
}

/* --- the last --- */

int walk_last(struct walk *w, struct dentry *d)
{
	if (w->last_type == WALK_LAST_DOTDOT)
		return walk_dotdot(w);
	if (w->last_type != WALK_LAST_NAME)
		return 0;
	return d->inode == NULL ? -ENOENT : walk_enter(w, d);
}

int walk_finish(struct walk *w, struct path *ret)
{
	if (w->flags & WALK_DIRECTORY && !inode_is_dir(w->cur.dentry->inode))
		return -ENOTDIR;
	*ret = path_copy(&w->cur);
	return 0;
}

/* 0: found; 1: a link was followed, once more; or -Exxx. */
static int resolve_last(struct walk *w)
{
	struct dentry *d = NULL;
	int err = walk_to_last(w);

	if (err < 0)
		return err;
	if (w->last_type == WALK_LAST_NAME) {
		err = dentry_lookup(w->cur.dentry, w->name, w->len, &d);
		if (err < 0)
			return err;
	}
	if (d != NULL && d->inode != NULL && inode_is_symlink(d->inode) &&
	    (w->slash || w->flags & WALK_FOLLOW)) {
		err = walk_follow_last(w, d);
		err = err < 0 ? err : !err;
	} else {
		if (w->slash && w->last_type == WALK_LAST_NAME)
			w->flags |= WALK_DIRECTORY;
		err = walk_last(w, d);
	}
	dentry_put(d);
	return err;
}

static int walk_slow(int dirfd, const char *name, u32 flags, struct path *ret)
{
	struct walk w;
	int err = walk_begin(&w, dirfd, name, flags);

	if (err < 0)
		return err;
	if (name[0] != '\0') {
		do
			err = resolve_last(&w);
		while (err == 1);
	}
	if (err == 0)
		err = walk_finish(&w, ret);
	walk_end(&w);
	return err;
}

/* As path_walk(); with a view, unless NULL, as walk_fast() has it. */
static int walk_any(int dirfd, const char *name, u32 flags, struct path *ret,
		    struct path_view *view)
{
	int err = walk_fast(dirfd, name, flags, ret, view);

	if (err != WALK_TRY_SLOW)
		return err;
	return flags & WALK_CACHED ? -EAGAIN : walk_slow(dirfd, name, flags, ret);
}

int path_walk(int dirfd, const char *name, u32 flags, struct path *ret)
{
	return walk_any(dirfd, name, flags, ret, NULL);
}

int path_walk_parent(int dirfd, const char *name, u32 flags, struct path *ret_parent,
		     struct walk_last *ret_last)
{
	struct walk w;
	int err = walk_begin(&w, dirfd, name, flags & ~WALK_EMPTY);

	if (err < 0)
		return err;
	err = walk_to_last(&w);
	if (err == 0 && w.last_type == WALK_LAST_NAME && w.len > VFS_NAME_MAX)
		err = -ENAMETOOLONG;
	if (err == 0) {
		ret_last->is_dot = w.last_type != WALK_LAST_NAME;
		ret_last->type = w.last_type;
		ret_last->slash = w.slash;
		ret_last->len = w.last_type == WALK_LAST_NONE ? 0 : w.len;
		memcpy(ret_last->storage, w.name, ret_last->len);
		ret_last->storage[ret_last->len] = '\0';
		ret_last->name = ret_last->storage;
		*ret_parent = path_copy(&w.cur);
	}
	walk_end(&w);
	return err;
}

static int walk_user(int dirfd, uaddr_t name, u32 flags, struct path *ret,
		     struct path_view *view)
{
	AUTO_KFREE char *copy = NULL;
	char small[SMALL_PATH];
	s64 len = copy_in_str(small, name, sizeof(small));
	int err;

	if (len >= 0)
		return walk_any(dirfd, small, flags, ret, view);
	err = copy_in_path(name, &copy);
	return err < 0 ? err : walk_any(dirfd, copy, flags, ret, view);
}

int path_walk_user(int dirfd, uaddr_t name, u32 flags, struct path *ret)
{
	return walk_user(dirfd, name, flags, ret, NULL);
}

int path_view_user(int dirfd, uaddr_t name, u32 flags, struct path_view *ret)
{
	ret->dir = NULL;
	ret->ask = NULL;
	return walk_user(dirfd, name, flags, &ret->path, ret);
}

int path_ask_user(int dirfd, uaddr_t name, u32 flags, struct path_ask *ask)
{
	struct path_view v;
	int err;

	v.dir = NULL;
	v.ask = ask;
	err = walk_user(dirfd, name, flags, &v.path, &v);
	if (err < 0 || v.ask == NULL)
		return err;
	err = ask->answer(ask, &v.path, NULL);
	path_view_put(&v);
	return err;
}

void path_view_put(struct path_view *v)
{
	if (v->dir != NULL)
		v->path.dentry = v->dir;
	path_put(&v->path);
}
