/*
 * Files: inodes, dentries, mounts and open file descriptions.
 *
 * OVERVIEW. A path walk (walk.c) goes over dentries, which cache names, positive and
 * negative, of the inodes that a file system (kernel/fs/X, one const struct fs_type each)
 * gives out. open makes a struct file (an open file description); fd tables (fdtable.h)
 * point to those. Objects without a path (kernel/obj) make files with file_create_anon().
 * All of these live in the shared heap and are the same for every process of the sandbox.
 *
 * LIFETIME. inode, dentry, mount, super and file are reference counted: _get takes one,
 * _put gives one back, find/lookup/open results carry one for the caller.
 *
 * LOCKING. kernel/locks.h ranks. Legend: I immutable after creation, a atomic, i inode.lock,
 * d dcache lock of the bucket / parent's inode.lock, m mount tree lock, f file.lock.
 */
#ifndef NACRE_KERNEL_VFS_VFS_H
#define NACRE_KERNEL_VFS_VFS_H

#include "abi/linux/stat.h"
#include "abi/linux/time.h"
#include "kernel/mm/heap.h"
#include "kernel/sync/lock.h"
#include "kernel/sync/waitq.h"
#include "kernel/vfs/iter.h"
#include "lib/atomic.h"
#include "lib/list.h"

struct dentry;
struct file;
struct inode;
struct mount;
struct super;
struct linux_statfs;
struct vma;
struct thread;
struct poll_table;
struct seq;
struct file_locks;
struct file_owner;
struct inode_view;
struct walk_guard;

/* Device numbers inside the kernel; attr_dev_encode() makes the form of struct stat. */
#define DEV(major, minor) ((u64)(major) << 32 | (u32)(minor))
#define DEV_MAJOR(dev) ((u32)((dev) >> 32))
#define DEV_MINOR(dev) ((u32)(dev))

/* A place in the tree of names. */
struct path {
	struct mount *mnt;
	struct dentry *dentry;
};

#define VFS_NAME_MAX 255
#define VFS_PATH_MAX 4096
#define VFS_SYMLINKS_MAX 40

/* --- what an inode can be asked --- */

/* Attributes to change, as a mask in setattr.valid. */
enum setattr_bits {
	SETATTR_MODE = 1 << 0,
	SETATTR_UID = 1 << 1,
	SETATTR_GID = 1 << 2,
	SETATTR_SIZE = 1 << 3,
	SETATTR_ATIME = 1 << 4,
	SETATTR_MTIME = 1 << 5,
	SETATTR_CTIME = 1 << 6,
};

struct setattr {
	u32 valid;
	u32 mode; /* permission bits only */
	u32 uid, gid;
	u64 size;
	struct linux_timespec atime, mtime, ctime;
};

struct inode_attr {
	u64 ino, size, blocks; /* blocks of 512 bytes */
	u64 dev, rdev;         /* encoded as in statx major<<32|minor, see DEV() */
	u32 mode, uid, gid, nlink, blksize;
	struct linux_timespec atime, mtime, ctime, btime;
};

/*
 * Where readdir puts entries; false: the buffer is full, the entry was not taken. Called
 * with locks held: it stores to kernel memory only.
 */
struct dir_sink {
	bool (*emit)(struct dir_sink *sink, const char *name, size_t len, u64 ino, u32 type,
		     u64 next_offset);
};

/*
 * Directory operations are called with dir->lock held; names are bytes of the given length,
 * never '.' or '..', never containing '/'. All return 0 or -Exxx.
 */
struct outer_lock;

struct inode_ops {
	/*
	 * -ENOENT: no such name, which is then cached as a negative dentry unless the super says
	 * not. The same file gives the same inode as long as somebody refers to that inode.
	 */
	int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **ret);
	/*
	 * As lookup, without dir's lock, for who only asks: *ret lies in view, which is the
	 * caller's own, and is good for the operations that change nothing. -EAGAIN: only lookup
	 * knows. view NULL: is there such a name?
	 */
	int (*peek)(struct inode *dir, const char *name, size_t len, struct inode_view *view,
		    struct inode **ret);
	int (*create)(struct inode *dir, const char *name, size_t len, u32 mode,
		      struct inode **ret);
	int (*mkdir)(struct inode *dir, const char *name, size_t len, u32 mode, struct inode **ret);
	int (*mknod)(struct inode *dir, const char *name, size_t len, u32 mode, u64 rdev,
		     struct inode **ret);
	int (*symlink)(struct inode *dir, const char *name, size_t len, const char *text,
		       struct inode **ret);
	int (*link)(struct inode *dir, const char *name, size_t len, struct inode *target);
	int (*unlink)(struct inode *dir, const char *name, size_t len, struct inode *target);
	int (*rmdir)(struct inode *dir, const char *name, size_t len, struct inode *target);
	/* target is what stands at the new name, or NULL; flags: LINUX_RENAME_*. */
	int (*rename)(struct inode *old_dir, const char *old_name, size_t old_len,
		      struct inode *source, struct inode *new_dir, const char *new_name,
		      size_t new_len, struct inode *target, u32 flags);
	/* An unnamed file (O_TMPFILE). */
	int (*tmpfile)(struct inode *dir, u32 mode, struct inode **ret);
	/* The link's text, kmalloc'ed for the caller and terminated; *ret_len without the NUL. */
	int (*readlink)(struct inode *inode, char **ret_text, size_t *ret_len);
	/* A magic link (/proc/self/exe, fd/N): the path itself; takes precedence when walking. */
	int (*follow)(struct inode *inode, struct path *ret);
	/* These and the following are called without the inode's lock. */
	int (*getattr)(struct inode *inode, struct inode_attr *ret);
	/*
	 * The same for an inode without a reference, whose memory may be another one's by now; no
	 * lock is taken, and as on Linux a change on its way may be seen in part. A pointer in it
	 * is followed only after the guard was found to hold, or to heap memory that is only read.
	 * -EAGAIN: getattr has to do, as when it is NULL.
	 */
	int (*getattr_now)(const struct inode *inode, const struct walk_guard *guard,
			   struct inode_attr *ret);
	/* NULL: -EPERM. Rules and permission are checked, times are filled in. */
	int (*setattr)(struct inode *inode, const struct setattr *attr);
	s64 (*getxattr)(struct inode *inode, const char *name, void *buf, size_t size);
	int (*setxattr)(struct inode *inode, const char *name, const void *value, size_t size,
			int flags);
	s64 (*listxattr)(struct inode *inode, char *buf, size_t size);
	int (*removexattr)(struct inode *inode, const char *name);
	/* Its list of this name has changed, value NULL: gone; acl.c has it. NULL: not kept. */
	int (*keep_acl)(struct inode *inode, const char *name, const void *value, size_t size);
	/* LINUX_FS_x_FL, checked: flags.h. NULL: its files have none. */
	int (*set_flags)(struct inode *inode, u32 flags);
	/*
	 * Lock the file for all of the sandbox against others outside; see struct outer_lock.
	 * *ret, for OUTER_TEST only: the lock in the way. NULL: nobody outside has the file.
	 */
	int (*lock)(struct inode *inode, const struct outer_lock *lock, struct outer_lock *ret);
	/* Make what open() installs as file->ops and file->private; NULL: inode->fops alone. */
	int (*open)(struct inode *inode, struct file *file);
	/*
	 * For ahead.c, without dir's lock: fetch and keep what readdir will need, and emit all
	 * names, without a lock held. -Exxx: it would not be kept, or cannot be read. sink NULL:
	 * 0 if what ahead_lookup finds is true of dir as it is, whose lock is held.
	 */
	int (*ahead)(struct inode *dir, struct dir_sink *sink);
	/*
	 * As lookup, without dir's lock, and perhaps wrong: see above. is_dir: the name was
	 * listed as a directory's, which will be read next.
	 */
	int (*ahead_lookup)(struct inode *dir, const char *name, size_t len, bool is_dir,
			    struct inode **ret);
	/*
	 * For a layer above, which may need no inode of ours: what the name is, without dir's
	 * lock; its inode, or NULL and its attributes, where nobody changes the file and this is
	 * its only name. NULL: lookup has to do.
	 */
	int (*look)(struct inode *dir, const char *name, size_t len, struct inode_attr *attr,
		    struct inode **ret);
	/* The inode of what look told of in attr, without asking again what it is. */
	int (*recall)(struct inode *dir, const char *name, size_t len,
		      const struct inode_attr *attr, struct inode **ret);
	/* The last reference is gone: free private data (and the contents when nlink is 0). */
	void (*evict)(struct inode *inode);
};

/* A piece of a file to be mapped: the range is checked, page aligned and the guest's own. */
struct map_request {
	uaddr_t addr;
	u64 len, offset;
	int prot;    /* LINUX_PROT_* */
	bool shared; /* LINUX_MAP_SHARED, else private */
	int extra;   /* further LINUX_MAP_* flags to pass on (POPULATE, NORESERVE, LOCKED) */
	u64 before, after; /* of fault: so many bytes around it are of the same mapping */
};

#define MAP_NEVER_WRITABLE 1

/* Compared as bytes: no padding. */
struct file_content {
	u64 dev, ino, size;
	s64 mtime_sec, ctime_sec;
	u32 mtime_nsec, ctime_nsec;
};

/* dev of what inode_executed_content() gives; the host has no such device. */
#define CONTENT_EXECUTED (~(u64)0)

struct file_ops {
	/* *pos is advanced by what was moved. May be called with a kernel iterator. */
	s64 (*read)(struct file *f, struct iter *to, u64 *pos);
	s64 (*write)(struct file *f, struct iter *from, u64 *pos);
	/* NULL: the generic one over inode size; streams give -ESPIPE (file_seek_none). */
	s64 (*seek)(struct file *f, s64 offset, int whence);
	/*
	 * Emit entries from f->pos on, '.' and '..' included, setting f->pos to next_offset
	 * after each that was taken. Called under pos_lock.
	 */
	int (*readdir)(struct file *f, struct dir_sink *sink);
	s64 (*ioctl)(struct file *f, u32 cmd, uaddr_t arg);
	/* Ready events (LINUX_POLL*) now; registers the waiter when pt is not NULL. */
	u32 (*poll)(struct file *f, struct poll_table *pt);
	/*
	 * Put host mappings at the range. Pages past the end of file give SIGBUS. Value: 0, or
	 * MAP_NEVER_WRITABLE when mprotect must not make the mapping writable.
	 */
	int (*map)(struct file *f, const struct map_request *req);
	/*
	 * A guest access at offset of a mapping of this file hit no mapping (the file has
	 * grown, or the page was left out): 0 after mapping it, -EFAULT for SIGBUS. More around
	 * it may be mapped where there is nothing yet (LINUX_MAP_FIXED_NOREPLACE).
	 */
	int (*fault)(struct file *f, const struct map_request *req);
	/* May mappings of it have holes that fault() fills? NULL: none but beyond the end. */
	bool (*left_out)(struct file *f);
	int (*fsync)(struct file *f, bool data_only);
	int (*fallocate)(struct file *f, int mode, u64 offset, u64 len);
	/* fcntl F_SETFL changed f->flags; may refuse. */
	int (*setfl)(struct file *f, u32 flags);
	/* Reading and writing obey iter.no_wait. */
	bool no_wait;
	/* Its poll's queues are woken for all that O_ASYNC tells of. */
	bool async;
	void (*release)(struct file *f);
	/*
	 * Which bytes these are, for as long as nobody writes to the file: the same answer means
	 * the same bytes. NULL or -Exxx: they may change unnoticed. Where dev is CONTENT_EXECUTED
	 * that holds while the file is being executed.
	 */
	int (*content)(struct file *f, struct file_content *ret);
	/*
	 * Where it is on the host: a tree, and the path there, for the caller to kfree. NULL or
	 * -Exxx: nowhere.
	 */
	int (*host_name)(struct file *f, int *ret_tree, char **ret_path);
	/* Linux: flush. A descriptor of the file was closed, by the calling process. */
	void (*closed)(struct file *f);
	/* The text of /proc/self/fd/N when there is no dentry ("pipe:[7]"). */
	int (*describe)(struct file *f, char *buf, size_t size);
	/* Lines of /proc/self/fdinfo/N that only this kind of file has. */
	void (*info)(struct file *f, struct seq *s);
};

/* --- objects --- */

struct inode {
	/* What a walk reads of a directory is in the first line of the processor's cache. */
	struct ref ref;
	struct lock lock;             /* directory contents, attributes, size */
	const struct inode_ops *ops;  /* I */
	struct super *sb;             /* I, referenced */
	u32 mode;                     /* i: type (I) and permission bits */
	u32 uid, gid;                 /* i */
	u32 flags;                    /* a: INODE_* */
	struct inode_acls *acls;      /* a: acl.c, made on first use */
	void *private;                /* the file system's own */
	u64 ino;                      /* I */
	u64 size;                     /* i; read atomically */
	struct linux_timespec atime, mtime, ctime, btime; /* i */
	u64 rdev;                     /* I */
	u32 nlink;                    /* i */
	s32 writers;                  /* a: files open for writing; below 0: executed so often */
	const struct file_ops *fops;  /* I */
	const char *link_text;        /* a: of a symbolic link, once read; SUPER_STATIC_LINKS */
	void *object;                 /* i: of a FIFO its pipe, of a socket its listener */
	struct file_locks *locks;     /* i: flock and record locks, made on first use */
	void *watches;                /* inotify, made on first use */
	u8 write_hint;                /* a: fcntl F_SET_RW_HINT */
	u32 content_id;               /* a: of inode_executed_content(); 0: none yet */
};

#define INODE_LINKABLE 1u /* made by O_TMPFILE without O_EXCL: may get its first name */
/* Some process has, or had, a mapping of it, or a shared one; kernel/mm/refresh.c. */
#define INODE_MAPPED 2u
#define INODE_MAPPED_SHARED 4u
#define INODE_CUT 8u    /* was made shorter while it was mapped */
/*
 * The file system knows its list of who has access (acl.c asks for it when it matters), and it
 * was asked since the inode's ctime changed.
 */
#define INODE_ACL_ASK 64u
#define INODE_ACL_KNOWN 128u
#define INODE_HANDLE 32u /* it stands in the table of handle.c, or did */
/* 0x3f000: flags.h */
#define INODE_MOVED 16u /* its data went elsewhere while it was mapped */

/*
 * file_ops.content of files that only this kernel changes: what it is tells of, while the file
 * is being executed, which is when nobody can open it for writing. -EBUSY: it is not.
 */
MUST_USE int inode_executed_content(struct inode *i, struct file_content *ret);

struct dentry {
	/* What a walk reads is in the first lines of the processor's cache. */
	struct ref ref;
	u32 flags;              /* a: DENTRY_* */
	struct dentry *parent;  /* d, referenced; NULL for a root */
	struct inode *inode;    /* d, referenced; NULL: negative */
	struct dentry *hash_next; /* d */
	u64 hash;               /* d */
	u32 mounted;            /* m: so many mounts cover this dentry (in some mount) */
	u16 name_len;           /* d */
	u8 used;                /* a: looked up since the LRU scan last passed */
	char *name;             /* d: bytes, terminated for convenience */
	char inline_name[64];   /* d: most names fit */
	struct dentry **hash_link; /* d */
	struct list lru_link;   /* d */
	struct list children, child_link; /* d: the cached names below, and the place there */
	struct super *sb;       /* I, kept alive by the inode or an ancestor's */
};

/* Room for inodes that nobody else will see, for inode_ops.peek: on the caller's stack. */
#define VIEW_LEVELS 2u   /* of file systems over each other */
#define VIEW_PRIVATE 28u /* words for inode->private */
struct inode_view {
	bool alone; /* -EAGAIN if anybody knows the file already: he may have changed it */
	u32 used;
	struct {
		struct inode inode;
		u64 private[VIEW_PRIVATE]; /* right behind, as with fs_type.node_size */
	} levels[VIEW_LEVELS];
};

#define DENTRY_HASHED 1u   /* in the hash table */
#define DENTRY_UNLINKED 2u /* its name was removed */
#define DENTRY_READ 4u     /* a directory that was read, and ... */
#define DENTRY_AHEAD 8u    /* ... one that was read ahead; ahead.c */

struct super {
	struct ref ref;             /* of the memory: inodes, and one for all holders */
	u32 active;                 /* a: holders (mounts, layers above, the one who made it) */
	const struct fs_type *type; /* I */
	u64 dev;                    /* I: DEV(0, minor) */
	u64 next_ino;               /* a */
	struct dentry *root;        /* I, referenced */
	struct slab *inodes;        /* I: memory of its inodes */
	u32 flags;                  /* a: SUPER_* */
	void *private;
};

#define SUPER_NO_NEGATIVE 1u /* names appear behind our back (proc, :shared host) */
#define SUPER_NO_CACHE 2u    /* look names up each time */
#define SUPER_TAKES_UMASK 32u /* it applies it itself: above 16 bits of a new file's mode */
#define SUPER_READ_ONLY 8u   /* a: by whatever mount */
#define SUPER_AHEAD 16u      /* look-ups ask the host, and what they find is kept: see ahead.c */
#define SUPER_LOCKED_OUTSIDE 64u /* others than this sandbox lock its files: inode_ops.lock */
#define SUPER_STATIC_LINKS 4u /* what a symbolic link says never changes: it may be cached */

struct mount {
	struct ref ref;
	struct super *sb;      /* I, referenced */
	struct dentry *root;   /* I, referenced: what is seen at the mount point */
	struct path at;        /* m: where it is mounted; at.mnt NULL for the root mount */
	struct list children;  /* m: of struct mount.sibling */
	struct list sibling;   /* m */
	u32 flags;             /* a: MOUNT_* */
	s32 writers;           /* a: regular files open for writing by it */
	u32 uses;              /* a: since MOUNT_EXPIRING was set */
	u32 id;                /* I: as in /proc/self/mountinfo */
	char source[64];       /* I: what mounts shows */
};

#define MOUNT_READ_ONLY 1u
#define MOUNT_NO_EXEC 2u
#define MOUNT_LOCKED 4u /* stays read-only */
#define MOUNT_NO_SUID 8u /* shown; such bits never have an effect here */
#define MOUNT_NO_DEV 16u
#define MOUNT_NO_ATIME 32u
#define MOUNT_NO_DIRATIME 64u
#define MOUNT_STRICT_ATIME 128u /* without it and NO_ATIME: relatime */
#define MOUNT_NO_SYMFOLLOW 256u
#define MOUNT_UNBINDABLE 512u
#define MOUNT_EXPIRING 1024u /* not used since umount2(MNT_EXPIRE) */

struct file {
	struct ref ref;
	const struct file_ops *ops; /* I */
	struct inode *inode;        /* I, referenced; anon files have one too */
	struct path path;           /* I, referenced; dentry NULL for anonymous objects */
	u32 flags;                  /* f: LINUX_O_* status and access mode */
	u32 mode;                   /* I but for FMODE_EXEC: FMODE_* */
	struct lock pos_lock;       /* serialises read/write/lseek on pos */
	u64 pos;                    /* pos_lock */
	void *private;              /* the file system's or object's own */
	struct file_owner *owner;   /* a: made on first use; see async.h */
	void *watchers;             /* a: the epoll sets it is in; see epoll_file_gone() */
	const char *anon_name;      /* I: of an object without a path, a static string */
};

#define FMODE_READ 1u
#define FMODE_WRITE 2u
#define FMODE_PATH 4u   /* O_PATH: names a place, does no I/O */
#define FMODE_SEEK 8u   /* has a position; pread works */
#define FMODE_WRITER 16u /* counted in inode.writers */
#define FMODE_CREATED 64u /* its open made the file */
#define FMODE_EXEC 32u   /* counted there the other way: being executed; see file_end_exec() */

/* --- file systems --- */

struct fs_type {
	const char *name; /* as in /proc/mounts */
	u32 magic;        /* statfs f_type */
	bool has_handles; /* inode numbers are never used twice; handle.h */
	u32 node_size;    /* bytes behind each struct inode, zero at first: inode->private */
	/* source and options are trusted strings (command line or checked by mount(2)). */
	int (*mount)(const struct fs_type *type, const char *source, const char *options,
		     struct super **ret);
	int (*statfs)(struct super *sb, struct linux_statfs *ret);
	/* Other options for what is mounted; NULL: there are none. */
	int (*remount)(struct super *sb, const char *options);
	/* Write all that was changed to stable storage; NULL: there is none. */
	int (*sync)(struct super *sb);
	/* May its files have an extended attribute of this name? NULL: of any. */
	bool (*shows_xattr)(const char *name);
	/* The last holder is gone: let go of inodes that are kept alive on purpose. */
	void (*detach)(struct super *sb);
	/* The last inode is gone, too: free sb->private. */
	void (*unmount)(struct super *sb);
};

extern const struct fs_type tmp_fs_type, over_fs_type, host_fs_type, image_fs_type, proc_fs_type,
	sys_fs_type, dev_fs_type, mqueue_fs_type;

/* --- per process: root, cwd, umask (shared with CLONE_FS) --- */

struct fs_context {
	struct ref ref;
	struct lock lock;
	u32 seq;               /* a, lock writes: odd while root or cwd changes; walk_fast.c */
	u32 umask;             /* a */
	struct path root, cwd; /* lock */
};

/* --- inode.c, super.c --- */
/* With a number from next_ino and the time now. */
MUST_USE int inode_create(struct super *sb, u32 mode, struct inode **ret);
/* The same, and the caller sets the times. */
MUST_USE int inode_create_timeless(struct super *sb, u32 mode, struct inode **ret);
/*
 * The next inode of a view, cleared, with private (size bytes) in ret_private. NULL: there is
 * no room. The caller sets all that is its own; nothing of it is ever freed.
 */
struct inode *inode_view_add(struct inode_view *view, struct super *sb, u32 mode, size_t size,
			     void **ret_private);
static inline struct inode *inode_get(struct inode *i) { ref_get(&i->ref); return i; }
void inode_put(struct inode *i); /* NULL is fine */
/* Owner, group and mode of a new inode in dir: fsuid, fsgid or dir's group, setgid rules. */
void inode_init_owner(struct inode *i, const struct inode *dir, u32 mode);
static inline bool inode_is_dir(const struct inode *i) { return LINUX_S_ISDIR(i->mode); }
static inline bool inode_is_symlink(const struct inode *i) { return LINUX_S_ISLNK(i->mode); }
static inline bool inode_is_regular(const struct inode *i) { return LINUX_S_ISREG(i->mode); }
/* Does the calling thread have LINUX_CAP_x? Is gid its fsgid or among its groups? */
bool vfs_capable(int cap);
bool vfs_in_group(u32 gid);
/* Is the caller the owner of the inode, or privileged (CAP_FOWNER)? */
bool inode_owner_or_capable(const struct inode *i);
/* Set the times in which (SETATTR_xTIME) to now. */
void inode_touch(struct inode *i, u32 which);
/* A setattr operation for inodes whose attributes are only in struct inode. Ignores size. */
MUST_USE int inode_setattr_generic(struct inode *i, const struct setattr *attr);
MUST_USE int super_create(const struct fs_type *type, struct super **ret);
/* Give a new super its root; the inode's reference is taken over, on failure too. */
MUST_USE int super_set_root(struct super *sb, struct inode *root);
struct super *super_get(struct super *sb); /* another holder */
void super_put(struct super *sb);          /* the last one ends it when its files are closed */
int inode_getattr(struct inode *i, struct inode_attr *ret);      /* op or generic */
/* inode_ops.getattr_now; -EAGAIN, too, for NULL and where there is none. */
MUST_USE int inode_getattr_now(const struct inode *i, const struct walk_guard *guard,
			       struct inode_attr *ret);
/* As statx(2) has it: the basic fields, and the birth time where there is one. */
void attr_to_statx(struct linux_statx *x, const struct inode_attr *a);
/* What struct inode itself tells, for getattr operations. Locked by the caller. */
void inode_attr_own(const struct inode *i, struct inode_attr *ret);
MUST_USE int inode_permission(struct inode *i, u32 may);         /* MAY_READ|WRITE|EXEC = 4|2|1 */
struct linux_timespec time_now(void);                            /* CLOCK_REALTIME, coarse enough */

/* --- dentry.c --- */
static inline struct dentry *dentry_get(struct dentry *d) { ref_get(&d->ref); return d; }
void dentry_put(struct dentry *d);
/* The inode number '..' of a directory shows; own for a root and for NULL. */
u64 dentry_parent_ino(struct dentry *d, u64 own);
void path_get(const struct path *p);
void path_put(struct path *p); /* clears it */
/*
 * The absolute name below root; " (deleted)" appended as Linux does. Length without the NUL,
 * or -ENAMETOOLONG.
 */
MUST_USE s64 path_format(const struct path *path, const struct path *root, char *buf, size_t size);

/* --- walk.c --- */
enum walk_flags {
	WALK_FOLLOW = 1 << 0,      /* follow a symlink in the last component */
	WALK_DIRECTORY = 1 << 1,   /* the result must be a directory */
	WALK_EMPTY = 1 << 2,       /* AT_EMPTY_PATH: "" names start itself */
	WALK_PARENT = 1 << 3,      /* stop before the last component (create, unlink, rename) */
	WALK_NO_SYMLINKS = 1 << 4, /* openat2 RESOLVE_* */
	WALK_NO_MAGIC = 1 << 5,
	WALK_NO_XDEV = 1 << 6,
	WALK_BENEATH = 1 << 7,
	WALK_IN_ROOT = 1 << 8,
	WALK_CACHED = 1 << 9,
};

/* Where the walk ended when WALK_PARENT was given. */
struct walk_last {
	const char *name; /* into the walked string's storage: see path_walk_parent */
	size_t len;
	bool is_dot;      /* the last component is '.', '..' or the path was "/" */
	bool slash;       /* trailing slash: must be or become a directory */
	u32 type;         /* enum walk_last_type, for namei.c */
	char storage[VFS_NAME_MAX + 1];
};

/* dirfd: a guest fd or LINUX_AT_FDCWD. name: kernel copy. The result is referenced. */
MUST_USE int path_walk(int dirfd, const char *name, u32 flags, struct path *ret);
MUST_USE int path_walk_parent(int dirfd, const char *name, u32 flags, struct path *ret_parent,
			      struct walk_last *ret_last);
/* The same with the name fetched from guest memory. */
MUST_USE int path_walk_user(int dirfd, uaddr_t name, u32 flags, struct path *ret);

/*
 * A place that is only asked about, by vfs_getattr() and others that change nothing: no name
 * enters the cache where the file system answers without. To be put by path_view_put(), and
 * not to be referred to any longer than that.
 */
struct path_view {
	struct path path;
	struct path_ask *ask; /* not answered yet, or NULL */
	struct dentry *dir; /* referenced; NULL: path is a path like others */
	struct dentry dentry; /* without a name */
	struct inode_view inodes;
};
MUST_USE int path_view_user(int dirfd, uaddr_t name, u32 flags, struct path_view *ret);
void path_view_put(struct path_view *v);

/*
 * A question about a place, to be answered without a reference if possible: with a guard, p and
 * its inode are as inode_ops.getattr_now says, and -EAGAIN means to be asked again without one
 * (guard NULL), when p is a view's. What is answered is 0 or -Exxx.
 */
struct path_ask {
	int (*answer)(struct path_ask *ask, const struct path *p, const struct walk_guard *guard);
};
/* The answer about the place that the name leads to, or -Exxx of the walk. */
MUST_USE int path_ask_user(int dirfd, uaddr_t name, u32 flags, struct path_ask *ask);
/* Is what was read under the guard true? Once it was not, it is never again. */
bool walk_guard_holds(const struct walk_guard *guard);

/* --- file.c --- */
/* flags: LINUX_O_*; mode for O_CREAT (umask applied inside). */
MUST_USE int file_open_at(int dirfd, const char *name, u32 flags, u32 mode, u32 walk_flags,
			  struct file **ret);
/* Open what a path names, no creation. */
MUST_USE int file_open_path(const struct path *path, u32 flags, struct file **ret);
/* A file of an inode without a place and without questions, for file systems on others. */
MUST_USE int inode_open(struct inode *i, u32 flags, struct file **ret);
/*
 * An object without a path: an anonymous inode is made; takes over nothing on failure.
 * name is what /proc/self/fd shows unless ops has describe: a static string. To let
 * /proc/self/fd/N be opened again, set the inode's ops to one with an open operation.
 */
MUST_USE int file_create_anon(const struct file_ops *ops, void *private, u32 inode_mode, u32 flags,
			      const char *name, struct file **ret);
static inline struct file *file_get(struct file *f) { ref_get(&f->ref); return f; }
void file_put(struct file *f); /* NULL is fine; the last put releases */
static inline void auto_file(struct file **f) { file_put(*f); }
#define AUTO_FILE __attribute__((cleanup(auto_file))) struct file *

MUST_USE s64 file_read(struct file *f, struct iter *to, u64 *pos);   /* checks FMODE, dispatches */
MUST_USE s64 file_write(struct file *f, struct iter *from, u64 *pos);
/* Kernel-buffer read at a place, repeated until len or end of file: bytes read or -Exxx. */
MUST_USE s64 file_read_kernel(struct file *f, void *buf, size_t len, u64 offset);
/* Does this write go to the end of the file, wherever that is by then? */
bool file_write_appends(const struct file *f, const struct iter *from);
/* Does reading f change its time of access? As its mount and the flags say. */
enum file_atime { ATIME_NEVER, ATIME_RELATIVE, ATIME_ALWAYS };
enum file_atime file_atime(const struct file *f);
/* May this transfer not wait? */
static inline bool file_no_wait(const struct file *f, const struct iter *it)
{
	return it->no_wait || atomic_load(&f->flags) & 04000; /* LINUX_O_NONBLOCK */
}
s64 file_seek_none(struct file *f, s64 offset, int whence); /* -ESPIPE */
s64 file_seek_size(struct file *f, s64 offset, int whence, u64 size);
MUST_USE int file_map(struct file *f, const struct map_request *req);

/* --- view.c, mount.c --- */
/* Only what file_create_anon() needs; vfs_init() does it, too. */
MUST_USE int vfs_early_init(void);
/* Build the sandbox's first view and the first process's fs_context from the boot options. */
MUST_USE int vfs_init(void);
MUST_USE int mount_attach(struct super *sb, struct dentry *root, const struct path *at, u32 flags,
			  const char *source, struct mount **ret);

/*
 * ahead.c: run fn(arg) beside the guest, on another processor, once. False: it will not be,
 * now or ever. arg is of the shared heap and stays until then.
 */
bool ahead_run(void (*fn)(void *arg), void *arg);

/* --- poll.h has struct poll_table and poll_wait() --- */

#endif
