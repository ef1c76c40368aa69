/*
 * Telling those who watch inodes what happens to them: what inotify is made of.
 *
 * OVERVIEW. A watch hangs on an inode. The functions of kernel/vfs report what they have done
 * by fs_notify_x(), which costs one look at a count while nobody in the sandbox watches
 * anything. What happens to a file is told to its own watches and, with its name, to those of
 * the directory it was opened in.
 *
 * LIFETIME. A watch holds its inode. It is taken off by its owner, or when the inode's last
 * name and user are gone, or its file system: then gone() gives it back.
 *
 * LOCKING. watch_lock (w) covers every watch and its inode's list of them; it is below the
 * VFS's locks and above those of the watchers.
 */
#ifndef NACRE_KERNEL_VFS_NOTIFY_H
#define NACRE_KERNEL_VFS_NOTIFY_H

#include "abi/linux/inotify.h"
#include "kernel/vfs/internal.h"

/* Besides LINUX_IN_*, for dnotify: a file has got another name in the same directory. */
#define FS_RENAME 0x10000000u

struct fs_event {
	u32 mask;         /* LINUX_IN_*, FS_RENAME */
	u32 cookie;       /* joins the two halves of a move */
	const char *name; /* in the watched directory; NULL: the inode itself */
	size_t len;
};

struct fs_watch {
	struct fs_watch *next;      /* w: of the same inode */
	struct list link;           /* w: in vfs.watches */
	struct inode *inode;        /* w, referenced; NULL: taken off */
	struct fs_watcher *watcher; /* I */
	u32 mask;                   /* w: events wanted */
	bool excl_unlink;           /* w: not those of files that have lost their name */
	/* I: it was taken off; no lock is held, its watcher may be gone. */
	void (*gone)(struct fs_watch *w);
};

/* Who has watches. */
struct fs_watcher {
	struct list link; /* w: in vfs.watchers */
	u32 user;         /* I: whose limits count */
	u32 watch_count;  /* w */
	/*
	 * I: something the watch wants to know; watch_lock is held. True: that was all it
	 * wanted, it is to be taken off. LINUX_IN_IGNORED comes before it is.
	 */
	bool (*event)(struct fs_watch *w, const struct fs_event *e);
};

void fs_watch_lock(void);
void fs_watch_unlock(void);
/* -EMFILE: the user has too many. Takes the lock; so does the other. */
MUST_USE int fs_watcher_add(struct fs_watcher *r, u32 max_of_user);
void fs_watcher_remove(struct fs_watcher *r);
/* r's watch of an inode, or NULL. The lock is held, as by the following two. */
struct fs_watch *fs_watch_find_locked(const struct fs_watcher *r, const struct inode *i);
/* -ENOSPC: the user has too many. */
MUST_USE int fs_watch_add_locked(struct fs_watch *w, struct inode *i, u32 max_of_user);
/* The inode, whose reference is the caller's to put without the lock. */
MUST_USE struct inode *fs_watch_remove_locked(struct fs_watch *w);

/* --- reports --- */

void fs_notify_file_now(struct file *f, u32 mask);
void fs_notify_dentry_now(struct dentry *d, u32 mask);
void fs_notify_inode_now(struct inode *i, u32 mask);
void fs_notify_name_now(struct inode *dir, u32 mask, const struct inode *child,
			const char *name, size_t len);
void fs_notify_unlinked_now(struct inode *dir, struct dentry *d);
void fs_notify_gone_now(struct inode *i);
void fs_notify_unmount_now(struct super *sb);

static inline bool fs_watched(void)
{
	return unlikely(atomic_load_relaxed(&vfs->watch_count) != 0);
}

/* An open file was opened, read, written, closed. */
static inline void fs_notify_file(struct file *f, u32 mask)
{
	if (fs_watched())
		fs_notify_file_now(f, mask);
}

/* The file at a place was changed by name, or its attributes. */
static inline void fs_notify_dentry(struct dentry *d, u32 mask)
{
	if (fs_watched())
		fs_notify_dentry_now(d, mask);
}

/* Something that only those who watch the inode itself are told. */
static inline void fs_notify_inode(struct inode *i, u32 mask)
{
	if (fs_watched() && i != NULL)
		fs_notify_inode_now(i, mask);
}

/* child has got a name in dir. */
static inline void fs_notify_created(struct inode *dir, const struct inode *child,
				     const char *name, size_t len)
{
	if (fs_watched())
		fs_notify_name_now(dir, LINUX_IN_CREATE, child, name, len);
}

/* d has lost its name in dir. */
static inline void fs_notify_unlinked(struct inode *dir, struct dentry *d)
{
	if (fs_watched())
		fs_notify_unlinked_now(dir, d);
}

/* A dentry of i goes, perhaps the last. */
static inline void fs_notify_gone(struct inode *i)
{
	if (fs_watched() && i != NULL && i->watches != NULL)
		fs_notify_gone_now(i);
}

static inline void fs_notify_unmount(struct super *sb)
{
	if (fs_watched())
		fs_notify_unmount_now(sb);
}

struct fs_move {
	struct inode *old_dir, *new_dir, *source;
	struct inode *replaced; /* NULL: none, or exchanged */
	const char *old_name, *new_name;
	size_t old_len, new_len;
};

void fs_notify_moved_now(const struct fs_move *m);

/* What to report when setattr has changed these (enum setattr_bits). */
u32 fs_notify_setattr_mask(u32 valid);

#endif
