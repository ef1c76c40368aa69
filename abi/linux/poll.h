/* Waiting for files: poll, select, epoll, eventfd. */
#ifndef NACRE_ABI_LINUX_POLL_H
#define NACRE_ABI_LINUX_POLL_H

#include "abi/linux/layout.h"

#define LINUX_POLLIN		0x0001
#define LINUX_POLLPRI		0x0002
#define LINUX_POLLOUT		0x0004
#define LINUX_POLLERR		0x0008
#define LINUX_POLLHUP		0x0010
#define LINUX_POLLNVAL		0x0020
#define LINUX_POLLRDNORM	0x0040
#define LINUX_POLLRDBAND	0x0080
#define LINUX_POLLWRNORM	0x0100
#define LINUX_POLLWRBAND	0x0200
#define LINUX_POLLMSG		0x0400
#define LINUX_POLLREMOVE	0x1000
#define LINUX_POLLRDHUP		0x2000

struct linux_pollfd {
	s32 fd;
	s16 events;
	s16 revents;
};

LINUX_SIZE(pollfd, 8);
LINUX_OFFSET(pollfd, revents, 6);

/* select's sets have as many words as nfds needs; this is the C library's size. */
#define LINUX_FD_SETSIZE	1024

struct linux_fd_set {
	u64 fds_bits[LINUX_FD_SETSIZE / 64];
};

LINUX_SIZE(fd_set, 128);

/* What each of select's three sets watches, as poll events. */
#define LINUX_SELECT_IN		(0x0040 | 0x0080 | 0x0001 | 0x0010 | 0x0008)
#define LINUX_SELECT_OUT	(0x0200 | 0x0100 | 0x0004 | 0x0008)
#define LINUX_SELECT_EX		0x0002

#define LINUX_EPOLL_CTL_ADD	1
#define LINUX_EPOLL_CTL_DEL	2
#define LINUX_EPOLL_CTL_MOD	3
#define LINUX_EPOLL_CLOEXEC	02000000

#define LINUX_EPOLLIN		0x00000001U
#define LINUX_EPOLLPRI		0x00000002U
#define LINUX_EPOLLOUT		0x00000004U
#define LINUX_EPOLLERR		0x00000008U
#define LINUX_EPOLLHUP		0x00000010U
#define LINUX_EPOLLNVAL		0x00000020U
#define LINUX_EPOLLRDNORM	0x00000040U
#define LINUX_EPOLLRDBAND	0x00000080U
#define LINUX_EPOLLWRNORM	0x00000100U
#define LINUX_EPOLLWRBAND	0x00000200U
#define LINUX_EPOLLMSG		0x00000400U
#define LINUX_EPOLLRDHUP	0x00002000U
#define LINUX_EPOLLEXCLUSIVE	0x10000000U
#define LINUX_EPOLLWAKEUP	0x20000000U
#define LINUX_EPOLLONESHOT	0x40000000U
#define LINUX_EPOLLET		0x80000000U
/* Sets watching sets deeper than this are refused with ELOOP. */
#define LINUX_EPOLL_MAX_NESTS	4

/* Packed on x86-64 only, so that the 32-bit form is the same. */
struct linux_epoll_event {
	u32 events;
	u64 data;
} __attribute__((packed));

LINUX_SIZE(epoll_event, 12);
LINUX_OFFSET(epoll_event, data, 4);

#define LINUX_EFD_SEMAPHORE	1
#define LINUX_EFD_CLOEXEC	02000000
#define LINUX_EFD_NONBLOCK	04000

#endif
