/*
 * What the files of kernel/vfs share with each other and with nobody else.
 *
 * Everything that changes after boot and is not per process is in struct vfs, which is in
 * the shared heap: a global variable is private to each process of the sandbox.
 *
 * LOCKING, outermost first: file.pos_lock, rename_lock, inode.lock of directories (parents
 * before children), inode.lock of others, mount_lock, dcache_lock, slab.lock.
 */
#ifndef NACRE_KERNEL_VFS_INTERNAL_H
#define NACRE_KERNEL_VFS_INTERNAL_H

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/stat.h"
#include "kernel/task/task.h"
#include "kernel/vfs/vfs.h"

/*
 * Objects of one size whose memory is never used for anything else, so that a reader
 * without a lock may look at one that was freed under it and then find out. An object
 * starts with its struct ref, which is zero while the object is free.
 */
struct slab {
	struct lock lock;
	u32 size; /* I: at most a page */
	void *free; /* lock: linked through the second word */
	char *carve; /* lock: those never used so far, ... */
	u32 carve_left; /* lock: ... and how many they are */
};

#define INODE_SLABS 4u /* for inodes without and with file systems' own parts */

MUST_USE void *slab_alloc(struct slab *s); /* zeroed */
void slab_free(struct slab *s, void *object);

/* The time of day as last asked for, and when that was. A writer makes seq odd. */
struct vfs_clock {
	u32 seq;
	u64 tick;
	s64 sec, nsec;
};

struct vfs {
	struct vfs_clock clock; /* a */
	u32 contents; /* a: numbers given by inode_executed_content() */
	struct slab files, dentries, mounts;
	struct slab inodes[INODE_SLABS]; /* by size; the sizes are set once */
	struct lock rename_lock; /* renames between directories, one at a time */

	struct lock dcache_lock; /* d */
	struct lock
		dcache_pad[15]; /* what is often written is kept off what is often read */
	u64 dcache_seq; /* d writes: changes when a name or a mount goes away or moves */
	struct dentry **buckets; /* I: heads, by hash */
	u64 bucket_mask; /* d writes: of how much of the table is used */
	struct list lru; /* d: hashed dentries, newest first */
	u32 dentry_count, dentry_limit; /* d, I */

	struct lock mount_lock; /* m */
	struct mount *root_mount; /* m, referenced: the top of the tree */
	struct mount *anon_mount; /* I: of objects without a place in the tree */
	u32 next_mount_id; /* m */
	u32 mount_count; /* a */
	u32 mount_changes; /* m, read atomically: of the tree so far */
	struct waitq mount_wait; /* who waits for one */
	u32 next_minor; /* a */
	u64 next_anon_ino; /* a */
	/* notify.h */
	struct lock watch_lock;
	u32 watch_count; /* a: of all inodes */
	u32 move_cookie; /* a: the last one given out */
	struct ahead *ahead; /* I: ahead.c; NULL: nothing is read ahead */
	struct list watches; /* watch_lock: of fs_watch.link */
	struct list watchers; /* watch_lock: of fs_watcher.link */
	struct lock handle_lock;
	struct handle_table *handles; /* handle_lock: made on first use; handle.c */
	struct lock locks_lock; /* locks.c: under a file's locks */
	struct lock_wait *lock_waits; /* locks_lock */
};

extern struct vfs *vfs;

/* dentry.c */
#define NAME_HASH_FACTOR 0x9e3779b97f4a7c15ull
MUST_USE int dcache_init(void);
u64 dentry_hash(const struct dentry *parent, const char *name, size_t len);
/*
 * The same in steps: all full words of the name, then one with the bytes that are left, which
 * may be none, and zeros.
 */
static inline u64 name_hash_begin(const struct dentry *parent)
{
	return ((u64)parent >> 4) * NAME_HASH_FACTOR;
}
static inline u64 name_hash_word(u64 hash, u64 word)
{
	hash = (hash ^ word) * NAME_HASH_FACTOR;
	return hash ^ hash >> 29;
}
static inline u64 name_hash_end(u64 hash)
{
	return hash ^ hash >> 32;
}
/* The name's dentry if it is cached, positive or negative, with a reference; else NULL. */
MUST_USE struct dentry *dcache_find(struct dentry *parent, const char *name,
				    size_t len);
/*
 * The dentry of a name in a directory, asking the file system if need be. Negative ones are
 * returned as such. _locked: the caller holds the directory's lock.
 */
MUST_USE int dentry_lookup(struct dentry *parent, const char *name, size_t len,
			   struct dentry **ret);
MUST_USE int dentry_lookup_locked(struct dentry *parent, const char *name, size_t len,
				  struct dentry **ret);
/*
 * The same where look-ups ask the host (SUPER_AHEAD), which is done without the directory's
 * lock, so that nobody waits for it. is_dir: as in inode_ops.ahead_lookup. -EAGAIN: not so.
 */
MUST_USE int dentry_lookup_ahead(struct dentry *parent, const char *name, size_t len, bool is_dir,
				 struct dentry **ret);
/* The same for a name that was not in the cache a moment ago. is_dir: it should be one's. */
MUST_USE int dentry_lookup_missing(struct dentry *parent, const char *name, size_t len,
				   bool is_dir, struct dentry **ret);
/* A dentry that is not in the cache; takes over the inode's reference, on failure too. */
MUST_USE int dentry_create(struct dentry *parent, const char *name, size_t len,
			   struct super *sb, struct inode *inode, struct dentry **ret);
/* A negative dentry becomes the name of inode; takes over the reference. */
void dentry_instantiate(struct dentry *d, struct inode *inode);
/* The name is gone from its directory, which is locked. */
void dentry_unlinked(struct dentry *d);
/* source takes target's place and name; target's name is gone (it may be negative). */
void dentry_moved(struct dentry *source, struct dentry *target);
void dentry_exchanged(struct dentry *a, struct dentry *b);
/* Into the cache, if it is not there. */
void dentry_enter(struct dentry *d);
/* Is d in the subtree of top? */
bool dentry_is_below(struct dentry *d, struct dentry *top);
static inline bool dentry_is_unlinked(struct dentry *d)
{
	return atomic_load(&d->flags) & DENTRY_UNLINKED;
}
/* d's parent (d itself for a root), with a reference. */
MUST_USE struct dentry *dentry_get_parent(struct dentry *d);
/* Names or mounts went away or moved: readers without a lock start again. dcache_lock held. */
static inline void dcache_changed(void)
{
	atomic_store_relaxed(&vfs->dcache_seq, vfs->dcache_seq + 1);
	atomic_fence();
}

/* mount.c */
struct mount *mount_get(struct mount *m);
void mount_put(struct mount *m);
/* From a mount's root to where it is mounted; false: it is mounted nowhere. */
bool mount_cross_up(struct path *p);
/* A mount that is not in the tree. Takes references of its own. */
MUST_USE int mount_create(struct super *sb, struct dentry *root, u32 flags,
			  const char *source, struct mount **ret);

#define MOUNTS_MAX 100000u /* Linux: fs.mount-max */
/* m comes to stand at a place that fits it: -ENOTDIR, -ENOENT. */
MUST_USE int mount_place(struct mount *m, const struct path *at);
/* Under mount_lock: m, which is nowhere, comes to stand at the place. */
void mount_insert(struct mount *m, const struct path *at);
/* Under mount_lock: m is nowhere; the caller gets the place and the tree's reference to put. */
struct path mount_remove(struct mount *m);
/* The mount after m in the order of the tree, referenced; m's reference is put. */
struct mount *mount_next(struct mount *m);
struct mount *root_mount_get(void);
static inline bool mount_is_read_only(const struct mount *m)
{
	return atomic_load(&m->flags) & MOUNT_READ_ONLY ||
	       atomic_load(&m->sb->flags) & SUPER_READ_ONLY;
}
/* walk.c: the engine, for file.c's open */
enum walk_last_type {
	WALK_LAST_NAME,
	WALK_LAST_DOT,
	WALK_LAST_DOTDOT,
	WALK_LAST_NONE, /* the path was "/" or a magic link took its place: cur is the result */
};

struct walk_text {
	char *text; /* of a link, kfree'd when it is through, or NULL: */
	struct inode *link; /* whose link_text it is, referenced; or the caller's name */
	const char *rest; /* what is not walked yet */
};

struct walk {
	struct path cur; /* referenced */
	struct path root; /* referenced: what "/" means and where ".." stays */
	u32 flags; /* WALK_* */
	u32 links; /* followed so far */
	u32 depth; /* innermost text */
	u32 last_type;
	const char *name; /* the last component, after walk_to_last() */
	size_t len;
	bool slash; /* followed by a slash */
	struct walk_text text[VFS_SYMLINKS_MAX + 1];
};

MUST_USE int walk_begin(struct walk *w, int dirfd, const char *name, u32 flags);
void walk_end(struct walk *w);
/* Walk all but the last component: cur is its directory and may be searched. */
MUST_USE int walk_to_last(struct walk *w);
/*
 * cur := what the last component names, mounts crossed, links not followed. d is its dentry
 * when it is a name; a negative one gives -ENOENT.
 */
MUST_USE int walk_last(struct walk *w, struct dentry *d);
/*
 * The last component is the symbolic link d in cur. 0: walk_to_last() goes on with its text;
 * 1: cur is where a magic link leads.
 */
MUST_USE int walk_follow_last(struct walk *w, struct dentry *d);
/* The result, when walk_last() has found it. */
MUST_USE int walk_finish(struct walk *w, struct path *ret);

/*
 * proc(5), fs.protected_*, all of which are 1. In sticky directories that anybody may write
 * to, other people's symbolic links are not followed at a path's end, and other people's
 * files and FIFOs are not opened by an open() that could have made them. A hard link needs
 * a file that the caller owns or could read and write.
 */
/* ahead.c */
MUST_USE int ahead_init(void);
/* Somebody reads the directory from its start. */
void ahead_read(struct dentry *dir);
/* A name of dir was not in the cache and has been looked up: d. */
void ahead_missed(struct dentry *dir, const struct dentry *d);

/* walk.c: is p at or below root, over mounts? */
bool path_is_below(const struct path *p, const struct path *root);

/* walk.c: -EACCES when link, in dir, must not be followed as the last component. */
MUST_USE int link_may_follow(const struct inode *dir, const struct inode *link);

/* inode.c */
/* Permission for explicit ids; privileged: capabilities count. */
MUST_USE int inode_permission_ids(struct inode *i, u32 may, u32 uid, u32 gid,
				  bool privileged);

/* The same, for who has no reference on the inode: -EAGAIN, it depends on a list. */
MUST_USE int inode_permission_known(const struct inode *i, u32 may, u32 uid, u32 gid,
				    bool privileged);

/* walk_fast.c */
#define WALK_TRY_SLOW 1
/*
 * path_walk() over what is cached, without locks or references on the way, but for a last
 * name that must be looked up: 0 or -Exxx as that, or WALK_TRY_SLOW. With a view, unless NULL,
 * that name need not come into the cache: *ret may be what path_view_put() puts.
 */
MUST_USE int walk_fast(int dirfd, const char *name, u32 flags, struct path *ret,
		       struct path_view *view);

/* super.c */
extern const struct inode_ops anon_inode_ops;
MUST_USE int anon_init(void);
/* An inode of sb is gone, or its holders are. */
void super_put_memory(struct super *sb);
/* dentry.c: drop what the cache has of sb. */
void dcache_purge(struct super *sb);
/* As path_format; *ret_reachable: root was met on the way. */
MUST_USE s64 path_format_from(const struct path *path, const struct path *root,
			      char *buf, size_t size, bool *ret_reachable);

/* file.c */
/* Of open's flags, what F_GETFL does not show. */
#define FILE_FLAGS_DROPPED \
	((u32)(LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_NOCTTY | LINUX_O_TRUNC | \
	       LINUX_O_CLOEXEC))
MUST_USE struct file *file_alloc(
	u32 flags); /* zeroed but for mode and flags; count zero */
void file_free(struct file *f);

/* attr.c */
/* A write would pass RLIMIT_FSIZE: the thread gets SIGXFSZ. */
void file_size_exceeded(void);
/* The permission bits without setuid and setgid, as a change of data or owner leaves them. */
u32 inode_plain_mode(const struct inode *i);
/* Set the size, permission being checked; opened: with the times ftruncate() sets. */
MUST_USE int inode_truncate(struct inode *i, u64 size, bool opened);
MUST_USE int path_want_write(const struct path *p); /* -EROFS */

/*
 * inode.c: who writes a file keeps it from being executed and the other way round. Each is
 * -ETXTBSY or counted, and undone by its twin.
 */
MUST_USE int inode_writer_get(struct inode *i);
void inode_writer_put(struct inode *i);
MUST_USE int inode_exec_get(struct inode *i);
void inode_exec_put(struct inode *i);
/* May the caller create or remove names in dir (locked)? */
MUST_USE int dir_may_create(struct dentry *dir);
MUST_USE int dir_may_delete(struct dentry *dir, struct dentry *victim, bool want_dir);
u32 fs_umask(void);
/*
 * namei.c: mode without what the umask takes away, unless dir says what its files get; or both,
 * where the file system decides (SUPER_TAKES_UMASK).
 */
u32 dir_mask_mode(const struct inode *dir, u32 mode);

#endif
