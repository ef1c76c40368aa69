/* Inside of the host file system: what its files share with each other. */
#ifndef NACRE_KERNEL_FS_HOST_HOSTFS_H
#define NACRE_KERNEL_FS_HOST_HOSTFS_H

#include "abi/errno.h"
#include "kernel/fs/host/host.h"
#include "kernel/tty/tty.h"
#include "kernel/vfs/vfs.h"
#include "wire/boot.h"

struct iter;
struct host_super;

/*
 * Where a file is in its tree: a chain of names up to the tree's root, whose name is "".
 * A place is shared by the inode and by the places below it, so one change moves a whole
 * subtree. Legend: S host_super.lock.
 */
struct host_place {
	struct ref ref;
	struct host_place *parent; /* S, referenced; NULL for the root */
	struct host_place *alias;  /* S, referenced: another name of the same file */
	char *name;                /* S: own_name, or of the heap */
	char own_name[];
};

/*
 * What is kept in memory of a host file; see keep.c. Legend: K keep->lock.
 */
struct host_kept {
	struct ref ref;          /* zero while the object is free */
	bool used;               /* a: since the scan for what to let go last passed */
	struct list link;        /* K: with the others */
	struct host_kept **slot; /* K: the inode's; NULL: not in one */
	void *data;              /* I */
	u64 size, room;          /* I once it is in a slot: bytes at data, and what fits there */
	u32 page, pages;         /* I: of the pool, when data is there; pages 0: of the heap */
};

#define HOST_KEPT_FILE 65536u     /* bytes; a larger file is not kept */
#define HOST_BLOCK_SIZE 32768u    /* a buffer that is used again */
#define HOST_KEPT_LISTING 1048576u /* nor is a larger directory */

/* inode->private. The inode's own attribute fields are under S, too, not under i. */
struct host_inode {
	struct inode *inode;      /* I */
	struct host_inode *next;  /* S: in the hash chain */
	struct host_place *place; /* S, referenced: newest name; I for directories */
	u64 id;                   /* I: never used twice; names the inode in fd.c */
	u64 dev, ino;             /* I: as in inode_attr */
	u64 blocks;               /* S */
	u32 blksize;              /* S */
	bool hashed;              /* S */
	bool gone;                /* S: its last name was removed */
	bool no_xattrs;           /* a: it has none, and nobody changes that */
	char *link_text;          /* S: of a symbolic link, once read; never changes */
	struct host_kept *kept;   /* a: of a regular file its contents, of a directory its list */
	bool never_keep;          /* a: of a regular file: that cannot be, or failed */
	u32 read_to;              /* a: of a regular file: it was read up to here */
	u8 lookups;               /* a: in a directory, when it was not open; a few are counted */
	struct lock dir_lock;     /* one reader of the host directory's position at a time */
};

/* super->private */
struct host_super {
	struct lock lock;            /* S: a leaf, no other lock is taken under it */
	int tree;                    /* I */
	u32 flags;                   /* I: BOOT_MOUNT_* */
	struct host_inode **buckets; /* S: by (dev, ino) */
	u32 bucket_count;            /* S: a power of two */
	u32 inode_count;             /* S */
	u64 plain_dev;               /* a: a device whose files may be kept; 0: none known */
};

static inline struct host_inode *host_inode(const struct inode *inode)
{
	return inode->private;
}

static inline struct host_super *host_super(const struct inode *inode)
{
	return inode->sb->private;
}

/* Others change the tree, or we do: nothing about a file is known for long. */
static inline bool host_is_live(const struct inode *inode)
{
	return host_super(inode)->flags & (BOOT_MOUNT_WRITE | BOOT_MOUNT_SHARED);
}

static inline bool host_is_writable(const struct inode *inode)
{
	return host_super(inode)->flags & BOOT_MOUNT_WRITE;
}

/* --- place.c --- */

MUST_USE struct host_place *host_place_create(struct host_place *parent, const char *name,
					      size_t len);
void host_place_put(struct host_place *p);
/*
 * The path of the name in directory dir, relative to the tree: kernel memory for the caller
 * to kfree. -ENAMETOOLONG, -ENOMEM.
 */
MUST_USE int host_path_in(struct inode *dir, const char *name, size_t len, char **ret);
/*
 * The path of the inode by its nth known name, the newest first ("." is the root). -ENOENT:
 * it has no more names.
 */
MUST_USE int host_path_of(struct inode *inode, u32 nth, char **ret);
/* The inode was found or made at name in parent. */
void host_place_add(struct inode *inode, struct host_place *parent, const char *name,
		    size_t len);
/* It is not there any more; the last name is kept all the same. */
void host_place_remove(struct inode *inode, struct host_place *parent, const char *name,
		       size_t len);
/* It moved. -ELOOP when the new parent lies below it; nothing changes then. */
MUST_USE int host_place_move(struct inode *inode, struct host_place *old_parent,
			     const char *old_name, size_t old_len,
			     struct host_place *parent, const char *name, size_t len);
/* Is p this name in parent? S is held. */
bool host_place_is(const struct host_place *p, const struct host_place *parent,
		   const char *name, size_t len);

/* --- super.c --- */

/* A directory of a writable tree to stable storage; whole: all of its file system. */
MUST_USE int host_dir_sync(struct inode *dir, bool whole);

/* --- inode.c --- */

/*
 * The inode of what stx describes, found at name in parent: an old one of the same identity
 * or a new one. The result is referenced.
 */
MUST_USE int host_inode_find(struct super *sb, const struct linux_statx *stx,
			     struct host_place *parent, const char *name, size_t len,
			     struct inode **ret);
/* Does stx describe this inode, by identity and type? */
bool host_inode_is(const struct inode *inode, const struct linux_statx *stx);
void host_inode_update(struct inode *inode, const struct linux_statx *stx);
/* Ask the host again about the inode's attributes when the tree is live. */
void host_inode_refresh(struct inode *inode);
MUST_USE int host_lookup(struct inode *dir, const char *name, size_t len, struct inode **ret);

extern const struct inode_ops host_inode_ops;

/* --- fd.c --- */

enum host_access {
	HOST_READ,
	HOST_WRITE,  /* read and write */
	HOST_APPEND, /* read and write, each write at the end */
};

struct host_fd;
/* An open host descriptor of the inode in this process, pinned until host_fd_put. */
MUST_USE int host_fd_get(struct inode *inode, enum host_access access, struct host_fd **ret);
void host_fd_put(struct host_fd *h);
/*
 * That of a directory that names are to be looked up in by plat_file_statx_in(), pinned. NULL:
 * that cannot be done, or it is not open and would hardly pay.
 */
MUST_USE struct host_fd *host_fd_dir(struct inode *dir);
/* Has nobody asked before? Then a directory's position is at its start. */
bool host_fd_is_fresh(struct host_fd *h);
/* It is of a file that is executed: worth having open for the next program. */
void host_fd_is_program(struct host_fd *h);
plat_fd_t host_fd_number(const struct host_fd *h);
/* Enter a descriptor of the caller's own; taken over in every case. */
void host_fd_adopt(struct inode *inode, enum host_access access, plat_fd_t fd);
/* The inode is going away: close what this process has of it. */
void host_fd_forget(struct inode *inode);

/* --- keep.c --- */

/* With the first host tree, before the first fork. */
MUST_USE int host_keep_init(void);
/* Memory for size bytes (one at least) of the pool or of the heap; NULL: there is none. */
MUST_USE struct host_kept *host_kept_create(u64 size, bool pool);
/* What is in the slot, referenced, or NULL. */
MUST_USE struct host_kept *host_kept_get(struct host_kept *const *slot);
void host_kept_put(struct host_kept *k); /* NULL is fine */
/* A buffer of HOST_BLOCK_SIZE with anything in it; kfree is as good as putting it back. */
MUST_USE char *host_block_get(void);
void host_block_put(char *block);
/* Into the slot, which takes a reference of its own, unless there is something, or no room. */
void host_kept_enter(struct host_kept **slot, struct host_kept *k);
/* The slot's owner goes away. */
void host_kept_drop(struct host_kept **slot);
/* Does the inode, open as fd, change only when somebody writes to it, and does nobody? */
bool host_may_keep(struct inode *inode, plat_fd_t fd);

/* --- xattr.c --- */
bool host_shows_xattr(const char *name);
MUST_USE s64 host_getxattr(struct inode *inode, const char *name, void *buf, size_t size);
MUST_USE s64 host_listxattr(struct inode *inode, char *buf, size_t size);
MUST_USE int host_setxattr(struct inode *inode, const char *name, const void *value, size_t size,
			   int flags);
MUST_USE int host_removexattr(struct inode *inode, const char *name);

/* --- file.c, dir.c --- */

extern const struct file_ops host_file_ops, host_dir_ops;
MUST_USE int host_open(struct inode *inode, struct file *file);
MUST_USE int host_dir_open(struct file *file);
MUST_USE int host_ahead(struct inode *dir, struct dir_sink *sink);
MUST_USE int host_ahead_lookup(struct inode *dir, const char *name, size_t len, bool is_dir,
			       struct inode **ret);

/* --- change.c: the operations of writable trees --- */

MUST_USE int host_create(struct inode *dir, const char *name, size_t len, u32 mode,
			 struct inode **ret);
MUST_USE int host_mkdir(struct inode *dir, const char *name, size_t len, u32 mode,
			struct inode **ret);
MUST_USE int host_mknod(struct inode *dir, const char *name, size_t len, u32 mode, u64 rdev,
			struct inode **ret);
MUST_USE int host_symlink(struct inode *dir, const char *name, size_t len, const char *text,
			  struct inode **ret);
MUST_USE int host_link(struct inode *dir, const char *name, size_t len, struct inode *target);
MUST_USE int host_unlink(struct inode *dir, const char *name, size_t len,
			 struct inode *target);
MUST_USE int host_rmdir(struct inode *dir, const char *name, size_t len,
			struct inode *target);
MUST_USE int host_rename(struct inode *old_dir, const char *old_name, size_t old_len,
			 struct inode *source, struct inode *new_dir, const char *new_name,
			 size_t new_len, struct inode *target, u32 flags);
MUST_USE int host_setattr(struct inode *inode, const struct setattr *attr);

/* --- lock.c --- */

MUST_USE int host_lock(struct inode *inode, const struct outer_lock *lock,
		       struct outer_lock *ret);

/* --- tty.c --- */

/* A user's terminal. */
struct host_terminal {
	struct tty tty;
	struct lock lock;                 /* l */
	bool resized;                     /* l: a guest has set a size ... */
	struct linux_winsize host, guest; /* l: ... this one, when the host's was that */
};

/* The ioctls of a stream that is no terminal; fd is a host descriptor. */
MUST_USE s64 host_stream_ioctl(plat_fd_t fd, u32 cmd, uaddr_t arg);
/* ... and of one that is, opened as f. */
MUST_USE s64 host_terminal_ioctl(struct host_terminal *ht, struct file *f, plat_fd_t fd,
				 u32 cmd, uaddr_t arg);
/* Is TOSTOP set? */
bool host_tty_stops_writes(plat_fd_t fd);

/* --- watch.c --- */

/* In a forked process: the thread that watches was not copied. */
void host_watch_forked(void);

#endif
