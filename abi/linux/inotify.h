/* inotify: events, watch flags, the record read. */
#ifndef NACRE_ABI_LINUX_INOTIFY_H
#define NACRE_ABI_LINUX_INOTIFY_H

#include "abi/linux/layout.h"

#define LINUX_IN_ACCESS		0x00000001
#define LINUX_IN_MODIFY		0x00000002
#define LINUX_IN_ATTRIB		0x00000004
#define LINUX_IN_CLOSE_WRITE	0x00000008
#define LINUX_IN_CLOSE_NOWRITE	0x00000010
#define LINUX_IN_CLOSE		0x00000018
#define LINUX_IN_OPEN		0x00000020
#define LINUX_IN_MOVED_FROM	0x00000040
#define LINUX_IN_MOVED_TO	0x00000080
#define LINUX_IN_MOVE		0x000000c0
#define LINUX_IN_CREATE		0x00000100
#define LINUX_IN_DELETE		0x00000200
#define LINUX_IN_DELETE_SELF	0x00000400
#define LINUX_IN_MOVE_SELF	0x00000800
#define LINUX_IN_ALL_EVENTS	0x00000fff

/* Only in events. */
#define LINUX_IN_UNMOUNT	0x00002000
#define LINUX_IN_Q_OVERFLOW	0x00004000
#define LINUX_IN_IGNORED	0x00008000
#define LINUX_IN_ISDIR		0x40000000

/* Only in inotify_add_watch. */
#define LINUX_IN_ONLYDIR	0x01000000
#define LINUX_IN_DONT_FOLLOW	0x02000000
#define LINUX_IN_EXCL_UNLINK	0x04000000
#define LINUX_IN_MASK_CREATE	0x10000000
#define LINUX_IN_MASK_ADD	0x20000000
#define LINUX_IN_ONESHOT	0x80000000U

#define LINUX_IN_CLOEXEC	02000000
#define LINUX_IN_NONBLOCK	04000

/* Followed by len bytes: the name, zero-filled to a multiple of this structure. */
struct linux_inotify_event {
	s32 wd;
	u32 mask;
	u32 cookie;
	u32 len;
};

LINUX_SIZE(inotify_event, 16);

#endif
