/*
 * File descriptor tables: guest fd numbers to open file descriptions.
 *
 * Tables live in the shared heap and are shared by threads (CLONE_FILES), copied by fork.
 * fd_get() of a table with one user thread takes no lock; others take table->lock.
 */
#ifndef NACRE_KERNEL_VFS_FDTABLE_H
#define NACRE_KERNEL_VFS_FDTABLE_H

#include "kernel/vfs/vfs.h"

struct fdtable;
struct thread;

MUST_USE int fdtable_create(struct fdtable **ret);
MUST_USE int fdtable_copy(struct fdtable *from, struct fdtable **ret);
struct fdtable *fdtable_get(struct fdtable *ft);
void fdtable_put(struct fdtable *ft); /* the last put closes all */
void fdtable_close_on_exec(struct fdtable *ft);

/* The file behind fd with a reference, NULL: not open. O_PATH files only by fd_get_any. */
MUST_USE struct file *fd_get(int fd);
MUST_USE struct file *fd_get_any(int fd);

/*
 * Take the lowest free number >= min for the current process; it stays invisible until
 * fd_install() or fd_unreserve(). -EMFILE at RLIMIT_NOFILE.
 */
MUST_USE int fd_reserve(int min);
void fd_unreserve(int fd);
/* Publish: takes over the caller's reference. cloexec: LINUX_O_CLOEXEC in flags. */
void fd_install(int fd, struct file *file, u32 flags);
/* reserve + install in one; on failure the reference is put. */
MUST_USE int fd_install_new(struct file *file, u32 flags);
MUST_USE int fd_close(int fd);
/* dup2: closes what is at fd; the reference is taken over in every case. */
MUST_USE int fd_replace(int fd, struct file *file, u32 flags);
MUST_USE int fd_get_cloexec(int fd);
/* Numbers from here on the current table has no room for yet; as on Linux. */
u32 fd_table_size(void);
u32 fdtable_size(struct fdtable *ft);
MUST_USE int fd_set_cloexec(int fd, bool on);
/* The next open fd >= from of t's table with a reference in *ret, or -1 (for /proc and exec). */
int fdtable_next(struct fdtable *ft, int from, struct file **ret, bool *ret_cloexec);

#endif
