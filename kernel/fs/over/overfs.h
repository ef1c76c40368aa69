/*
 * Inside of the writable layer. See inode.c for how it works.
 */
#ifndef NACRE_KERNEL_FS_OVER_OVERFS_H
#define NACRE_KERNEL_FS_OVER_OVERFS_H

#include "abi/errno.h"
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "kernel/fs/over/over.h"
#include "kernel/fs/tmp/dirtab.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/fs/tmp/xattrs.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/vfs.h"

#define OVER_OWN_ATTR 1u /* the attributes are ours, no longer the lower file's */
#define OVER_OWN_XATTR 2u
#define OVER_PINNED 4u /* over_super.pinned holds a reference: what we know is nowhere else */

/* dir_entry.flags: the lower directory has the name, so it must not just be forgotten. */
#define ENTRY_COVERS 1u

/* The name of a lower file in its directory; most fit. */
struct over_place {
	char *name; /* short_name, or of the heap; terminated */
	char short_name[40];
};

/* inode->private. Legend: I immutable, i inode.lock, c copy_lock, h over_super.lock. */
struct over_node {
	struct inode *lower; /* a: referenced, set once; over_lower() gives it */
	/*
	 * I, referenced: the lower directory of a file that was only looked at so far. NULL:
	 * lower is all there is, or NULL because the file was made in the upper layer.
	 */
	struct inode *lower_dir;
	struct over_node *hash_next; /* h */
	struct inode *
		upper; /* c writes, a: where the data is now, referenced; NULL: lower */
	struct lock
		copy_lock; /* one copy-up at a time; no guest memory is touched under it */
	u32 flags; /* i: OVER_* */
	struct list pin_link; /* h */
	u64 disk_id; /* i: in a layer on disk, 0: no record tells of it */
	u64 dev; /* I: st_dev */
	u64 blocks; /* of a lower file that does not change, as it was found */
	u32 blksize;
	u32 writers; /* a: open files that may write */
	u32 names; /* i: entries of dir that are names, not whiteouts */
	bool unsaved; /* a: in a :sync layer, written to since it was kept */
	bool hashed; /* h */
	union {
		struct dirtab dir; /* i: of a directory: what differs from the lower one */
		struct over_place place; /* I: of a file with a lower_dir */
		char *text; /* I: of a symbolic link made here */
	};
	struct xattrs xattrs; /* i: with OVER_OWN_XATTR */
};

/* super->private */
struct over_super {
	struct lock lock; /* h */
	struct super *lower; /* I, held */
	struct super *upper; /* I, held: a tmpfs that has only nameless files, or disk's */
	struct over_disk *disk; /* I: NULL: in memory; disk.h */
	struct list pinned; /* h: of over_node.pin_link */
	struct protection *protection; /* I, owned: of lower, by inode number; NULL: none */
	struct over_node **buckets; /* h: those with a lower file, by its device and number */
	u32 bucket_count; /* h: a power of two, or zero */
	u32 node_count; /* h */
};

static inline struct over_node *over_node(const struct inode *i)
{
	return i->private;
}

/* The inode stands before its node. */
static inline struct inode *over_inode(struct over_node *n)
{
	return (struct inode *)n - 1;
}

/* Is there a lower file? */
static inline bool over_has_lower(const struct inode *i)
{
	return over_node(i)->lower_dir != NULL || atomic_load(&over_node(i)->lower) != NULL;
}

static inline struct over_super *over_super(const struct inode *i)
{
	return i->sb->private;
}

/* May the lower file's attributes change behind our back? */
static inline bool over_lower_is_live(const struct inode *i)
{
	return i->sb->flags & (SUPER_NO_NEGATIVE | SUPER_NO_CACHE);
}

/* Where the data of a regular file is. */
static inline struct inode *over_upper(const struct inode *i)
{
	return atomic_load(&over_node(i)->upper);
}

/* --- inode.c --- */
extern const struct inode_ops over_inode_ops;
MUST_USE int over_peek(struct inode *dir, const char *name, size_t len, struct inode_view *view,
		       struct inode **ret);
/* One over a lower file with these attributes, which the caller says where to find. */
MUST_USE int over_inode_cover(struct super *sb, const struct inode_attr *attr,
			      struct inode **ret);

/* A new one without a lower. dir gives it its device. */
MUST_USE int over_inode_make(struct inode *dir, u32 mode, struct inode **ret);
/* Make the attributes ours before they are changed. i->lock is held. */
void over_own_attr(struct inode *i);
/* nlink is zero: nobody will come by a lower name any more. i->lock is held. */
void over_unpin_locked(struct inode *i);
/* One that a record tells of, without data. */
MUST_USE int over_inode_blank(struct super *sb, u32 mode, u64 id, struct inode **ret);
MUST_USE int over_getattr(struct inode *i, struct inode_attr *ret);
MUST_USE int over_getattr_now(const struct inode *i, const struct walk_guard *guard,
			      struct inode_attr *ret);
MUST_USE int over_setattr(struct inode *i, const struct setattr *attr);
MUST_USE int over_readlink(struct inode *i, char **ret_text, size_t *ret_len);
MUST_USE s64 over_getxattr(struct inode *i, const char *name, void *buf, size_t size);
MUST_USE s64 over_listxattr(struct inode *i, char *buf, size_t size);
MUST_USE int over_setxattr(struct inode *i, const char *name, const void *value, size_t size,
			   int flags);
MUST_USE int over_removexattr(struct inode *i, const char *name);
int over_keep_acl(struct inode *i, const char *name, const void *value, size_t size);
int over_set_flags(struct inode *i, u32 flags);
void over_evict(struct inode *i);
/* Let go of all that is pinned; the super block is at its end. */
void over_unpin_all(struct super *sb);

/* --- lower.c --- */
/* The inode over a lower one, whose reference is taken over in every case. */
MUST_USE int over_inode_find(struct super *sb, struct inode *lower, struct inode **ret);
/*
 * The inode over what the lower directory of dir has under the name, without that directory's
 * lock; -ENOSYS: it has to be looked up.
 */
MUST_USE int over_inode_look(struct inode *dir, const char *name, size_t len,
			     struct inode **ret);
/* The lower inode, borrowed, of a file that has one. */
MUST_USE int over_lower(struct inode *i, struct inode **ret);
/* The end of an inode: it leaves the table; n's lower directory and name go. */
void over_table_leave(struct inode *i);
void over_place_fini(struct over_node *n);

/* --- dir.c --- */
MUST_USE int over_lookup(struct inode *dir, const char *name, size_t len,
			 struct inode **ret);
MUST_USE int over_create_op(struct inode *dir, const char *name, size_t len, u32 mode,
			    struct inode **ret);
MUST_USE int over_mkdir(struct inode *dir, const char *name, size_t len, u32 mode,
			struct inode **ret);
MUST_USE int over_mknod(struct inode *dir, const char *name, size_t len, u32 mode,
			u64 rdev, struct inode **ret);
MUST_USE int over_symlink(struct inode *dir, const char *name, size_t len,
			  const char *text, struct inode **ret);
MUST_USE int over_link(struct inode *dir, const char *name, size_t len,
		       struct inode *target);
MUST_USE int over_unlink(struct inode *dir, const char *name, size_t len,
			 struct inode *target);
MUST_USE int over_rmdir(struct inode *dir, const char *name, size_t len,
			struct inode *target);
MUST_USE int over_rename(struct inode *old_dir, const char *old_name, size_t old_len,
			 struct inode *source, struct inode *new_dir,
			 const char *new_name, size_t new_len, struct inode *target,
			 u32 flags);
MUST_USE int over_tmpfile(struct inode *dir, u32 mode, struct inode **ret);
/* Free the entries of a directory whose super block ends. */
void over_empty_dir(struct dirtab *t);

/* --- readdir.c --- */
extern const struct file_ops over_dir_ops;
MUST_USE int over_dir_open(struct inode *dir, struct file *f);
MUST_USE int over_ahead(struct inode *dir, struct dir_sink *sink);
MUST_USE int over_ahead_lookup(struct inode *dir, const char *name, size_t len, bool is_dir,
			       struct inode **ret);
/* Are all names of the locked directory whited out? 0, -ENOTEMPTY, -Exxx. */
MUST_USE int over_dir_is_empty(struct inode *dir);

/* --- file.c --- */
extern const struct file_ops over_file_ops;
MUST_USE int over_open(struct inode *i, struct file *f);
/* What is set of the node is set of its data's file, as far as that keeps it. */
MUST_USE int over_upper_setattr(struct inode *i, const struct setattr *attr);
/* Bring the data to the upper layer, at most the first size bytes. */
MUST_USE int over_copy_up(struct inode *i, u64 size);
MUST_USE int over_set_size(struct inode *i, u64 size);

#endif
