/*
 * What the handlers of kernel/sys call: names created, removed and moved, attributes read
 * and changed. Every function does the whole of its call except fetching arguments from and
 * storing results to guest memory: path walk, permission, read-only mounts, caches.
 *
 * dirfd is a guest descriptor or LINUX_AT_FDCWD; names are kernel copies; results are >= 0
 * or -Exxx as the call returns them. A struct path argument is borrowed.
 */
#ifndef NACRE_KERNEL_VFS_NAMEI_H
#define NACRE_KERNEL_VFS_NAMEI_H

#include "kernel/vfs/vfs.h"

struct linux_statfs;

/* --- namei.c: names. mode's umask is applied inside. --- */
MUST_USE int vfs_mkdir(int dirfd, const char *name, u32 mode);
/* mode with its type (0 means regular); rdev is DEV(major, minor). */
MUST_USE int vfs_mknod(int dirfd, const char *name, u32 mode, u64 rdev);
/* The same for bind(2) of a local socket: the new node's path, -EADDRINUSE when it exists. */
MUST_USE int vfs_mknod_path(int dirfd, const char *name, u32 mode, u64 rdev,
			    struct path *ret);
MUST_USE int vfs_symlink(const char *text, int dirfd, const char *name);
/* flags: LINUX_AT_SYMLINK_FOLLOW, LINUX_AT_EMPTY_PATH; others are -EINVAL. */
MUST_USE int vfs_link(int old_dirfd, const char *old_name, int new_dirfd,
		      const char *new_name, u32 flags);
MUST_USE int vfs_unlink(int dirfd, const char *name);
MUST_USE int vfs_rmdir(int dirfd, const char *name);
/* flags: LINUX_RENAME_*. */
MUST_USE int vfs_rename(int old_dirfd, const char *old_name, int new_dirfd,
			const char *new_name, u32 flags);

/* --- attr.c: attributes --- */
/* guard, here and below: NULL, or as in struct path_ask. */
MUST_USE int vfs_getattr(const struct path *p, const struct walk_guard *guard,
			 struct inode_attr *ret);
/*
 * The general change with all of Linux's rules: ownership, read-only mounts, clearing of
 * setuid and setgid bits, ctime. attr is modified to what was really set.
 */
MUST_USE int vfs_setattr(const struct path *p, struct setattr *attr);
MUST_USE int vfs_chmod(const struct path *p, u32 mode);
/* ~0 leaves one as it is. */
MUST_USE int vfs_chown(const struct path *p, u32 uid, u32 gid);
/* times[0] access, times[1] modification, LINUX_UTIME_NOW and _OMIT understood; NULL: now. */
MUST_USE int vfs_utimes(const struct path *p, const struct linux_timespec *times);
/* truncate(2): checks write permission; ftruncate(2): the file must be open for writing. */
MUST_USE int vfs_truncate(const struct path *p, s64 size);
MUST_USE int file_truncate(struct file *f, s64 size);
/* may: LINUX_R_OK | W_OK | X_OK; real_ids: access(2), else AT_EACCESS. */
MUST_USE int vfs_access(const struct path *p, const struct walk_guard *guard, u32 may,
			bool real_ids);
/* kfree'd by the caller; -EINVAL: not a symbolic link. */
MUST_USE int vfs_readlink(const struct path *p, char **ret_text, size_t *ret_len);
MUST_USE int vfs_statfs(const struct path *p, struct linux_statfs *ret);
/* Encode for the stat family. */
u64 attr_dev_encode(u64 dev); /* DEV() form to st_dev form */

/* --- xattr.c: name and value are kernel memory; size 0 asks for the length --- */
MUST_USE s64 vfs_getxattr(const struct path *p, const char *name, void *buf,
			  size_t size);
MUST_USE int vfs_setxattr(const struct path *p, const char *name, const void *value,
			  size_t size, int flags);
MUST_USE s64 vfs_listxattr(const struct path *p, char *buf, size_t size);
MUST_USE int vfs_removexattr(const struct path *p, const char *name);

/* --- context.c: root, working directory, umask --- */
MUST_USE int vfs_chdir(const struct path *p);
MUST_USE int vfs_chroot(const struct path *p);
/* getcwd(2): length with the NUL, -ERANGE, -ENOENT; "(unreachable)" as Linux. */
MUST_USE s64 vfs_getcwd(char *buf, size_t size);
void fs_get_root(struct path *ret); /* referenced */
void fs_get_cwd(struct path *ret);
/* Every root and working directory of the sandbox that is `from` becomes `to`. */
void fs_replace_places(const struct path *from, const struct path *to);
MUST_USE int fs_context_copy(struct fs_context *from, struct fs_context **ret);
struct fs_context *fs_context_get(struct fs_context *fs);
void fs_context_put(struct fs_context *fs);

/* --- file.c: the rest of what an open file is asked --- */
/* lseek(2); takes pos_lock. */
MUST_USE s64 file_seek(struct file *f, s64 offset, int whence);
/* Entries from f->pos on, which is advanced; takes pos_lock. emit must not touch guest memory. */
MUST_USE int file_readdir(struct file *f, struct dir_sink *sink);
MUST_USE int file_fallocate(struct file *f, int mode, s64 offset, s64 len);
MUST_USE int file_sync(struct file *f, bool data_only);
/* syncfs(2) of a file system, sync(2) of all that are mounted. */
MUST_USE int super_sync(struct super *sb);
void vfs_sync_all(void);
/* fcntl F_SETFL: only APPEND, ASYNC, DIRECT, NOATIME, NONBLOCK change. */
MUST_USE int file_set_flags(struct file *f, u32 flags);
/*
 * Where an open file is, referenced: for magic links. An object without a path gets one of
 * its own, whose path_format() is "pipe:[7]" and the like; opening it opens it again.
 */
MUST_USE int file_get_path(struct file *f, struct path *ret);
/*
 * For execve: a regular file that may be executed, opened for reading. flags: WALK_*.
 * Nobody can open it for writing until file_end_exec() or its last put.
 */
MUST_USE int file_open_exec(int dirfd, const char *name, u32 walk_flags,
			    struct file **ret);
void file_end_exec(struct file *f);
/*
 * read(2)/write(2): at and with the file's own position, under pos_lock when it has one.
 */
MUST_USE s64 file_read_pos(struct file *f, struct iter *to);
MUST_USE s64 file_write_pos(struct file *f, struct iter *from);

/* --- mount.c --- */
MUST_USE int vfs_mount(const char *type, const char *source, const struct path *at,
		       u32 flags, const char *options);
MUST_USE int vfs_umount(const struct path *p, u32 flags);
/* While something is mounted on p, p becomes that mount's root. */
void mount_cross_down(struct path *p);
/* The caller has CAP_SYS_ADMIN. */
MUST_USE int vfs_pivot_root(const struct path *new, const struct path *old);
/* How often the tree of mounts has changed, and the queue that each change wakes. */
u32 vfs_mount_changes(struct waitq **ret_wait);
/* Text of /proc/self/mounts, or mountinfo; the whole length is returned, at most size written. */
MUST_USE s64 vfs_format_mounts(const struct path *root, bool info, char *buf,
			       size_t size);

#endif
