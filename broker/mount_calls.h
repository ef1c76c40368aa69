/* Numbers of the host's newer calls for mounts, which not every libc's headers have. */
#ifndef NACRE_BROKER_MOUNT_CALLS_H
#define NACRE_BROKER_MOUNT_CALLS_H

#include <fcntl.h>
#include <sys/mount.h>

#include "lib/types.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#define MOVE_MOUNT_F_EMPTY_PATH 4
#define MOUNT_ATTR_RDONLY 1
#define MOUNT_ATTR_NOSUID 2
#define MOUNT_ATTR_NODEV 4
#define MOUNT_ATTR_NOEXEC 8
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* struct mount_attr of mount_setattr(2), version 0. */
struct mount_change {
	u64 set, clear, propagation, userns_fd;
};

/* How something empty is mounted, and what becomes of it. */
#define EMPTY_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define EMPTY_ATTRIBUTES \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

#endif
