/* socket.h - what tests of sockets share: local addresses, messages with descriptors. */
#ifndef TEST_SOCKET_H
#define TEST_SOCKET_H

#include "../test.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define UN_LEN(path) ((socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1))

static inline struct sockaddr_un un_path(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(a.sun_path, path);
	return a;
}

/* An abstract name; *len is its length. */
static inline struct sockaddr_un un_abstract(const char *name, socklen_t *len)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(a.sun_path + 1, name);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
	return a;
}

/* A socket bound to an abstract name nobody else has, and listening if backlog >= 0. */
static inline int un_bound(int type, int backlog, struct sockaddr_un *a, socklen_t *len)
{
	int s = socket(AF_UNIX, type, 0);

	REQUIRE(s >= 0);
	REQUIRE(bind(s, (struct sockaddr *)&(sa_family_t){ AF_UNIX }, sizeof(sa_family_t)) == 0);
	*len = sizeof(*a);
	REQUIRE(getsockname(s, (struct sockaddr *)a, len) == 0);
	if (backlog >= 0)
		REQUIRE(listen(s, backlog) == 0);
	return s;
}

static inline void pair(int type, int fds[2])
{
	REQUIRE(socketpair(AF_UNIX, type, 0, fds) == 0);
}

static inline void nap(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static inline int ready(int fd, int events)
{
	struct pollfd p = { fd, (short)events, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

/* Bytes with count descriptors. What sendmsg says. */
static inline ssize_t send_fds(int s, const void *data, size_t len, const int *fds, size_t count)
{
	char control[CMSG_SPACE(253 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)data, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	return sendmsg(s, &m, 0);
}

/* Bytes into data; descriptors into fds, whose room and then number is *count. */
static inline ssize_t recv_fds(int s, void *data, size_t len, int *fds, size_t *count, int flags,
			       int *ret_flags)
{
	char control[CMSG_SPACE(253 * sizeof(int))] = { 0 };
	struct iovec iov = { data, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = CMSG_LEN(*count * sizeof(int)) };
	ssize_t n = recvmsg(s, &m, flags);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	*count = 0;
	if (ret_flags != NULL)
		*ret_flags = m.msg_flags;
	if (n >= 0 && c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), *count * sizeof(int));
	}
	return n;
}

#endif
