/* Vectored input and output. */
#ifndef NACRE_ABI_LINUX_UIO_H
#define NACRE_ABI_LINUX_UIO_H

#include "abi/linux/layout.h"

struct linux_iovec {
	uaddr_t iov_base;
	u64 iov_len;
};

LINUX_SIZE(iovec, 16);

#define LINUX_UIO_MAXIOV	1024
/* One call moves no more than this: INT_MAX rounded down to a page. */
#define LINUX_MAX_RW_COUNT	0x7ffff000UL

#define LINUX_RWF_HIPRI		0x00000001
#define LINUX_RWF_DSYNC		0x00000002
#define LINUX_RWF_SYNC		0x00000004
#define LINUX_RWF_NOWAIT	0x00000008
#define LINUX_RWF_APPEND	0x00000010
#define LINUX_RWF_NOAPPEND	0x00000020
#define LINUX_RWF_ATOMIC	0x00000040
#define LINUX_RWF_DONTCACHE	0x00000080
#define LINUX_RWF_NOSIGNAL	0x00000100

#endif
