/* Host directories as a file system, and the user's standard streams as files. */
#ifndef NACRE_KERNEL_FS_HOST_HOST_H
#define NACRE_KERNEL_FS_HOST_HOST_H

#include "kernel/vfs/vfs.h"
#include "platform/plat.h"

/*
 * A file system over host tree N; flags are BOOT_MOUNT_*. host_fs_type.mount does the same
 * from the option string "tree=N[,rw][,shared][,file]".
 */
MUST_USE int host_fs_mount(u32 tree, u32 flags, struct super **ret);

/* The file at a path beneath the tree of sb, without symbolic links; referenced. */
MUST_USE int host_fs_find(struct super *sb, const char *path, struct inode **ret);

/*
 * A file over a host descriptor that every process of the sandbox has under this number
 * (the user's stdin, stdout, stderr). flags: LINUX_O_* access mode and status flags.
 */
MUST_USE int host_stream_open(plat_fd_t host_fd, u32 flags, struct file **ret);

/* Is f such a stream? Then its host descriptor, which can be waited on with plat_file_poll. */
bool host_stream_fd(const struct file *f, plat_fd_t *ret);

/* A number that changes whenever the stream f is read or written. */
u32 host_stream_uses(const struct file *f);

/*
 * Wake q with the events that are there as soon as the host's descriptor is ready for one of
 * events, once. A kernel thread of this process waits for that.
 */
void host_watch(plat_fd_t fd, u32 events, struct waitq *q);
/* The host process is about to end: that thread holds nothing any more. */
void host_watch_stop(void);

/* Can all host files this process has open be opened by name, by another process? */
MUST_USE bool host_fds_by_name(void);
/*
 * Close them: the guest they were for has ended, and nothing uses one. Without programs those
 * of a few programs and libraries stay, which the next guest will most likely need.
 */
void host_fds_close(bool programs);
/*
 * Around plat_process_fork(): the table of host descriptors is quiet and whole while the
 * host copies the process. In the child, is_child is true.
 */
void host_fork_begin(void);
void host_fork_end(bool is_child);

#endif
