/* Internet sockets: the loopback interface inside the sandbox. */
#ifndef NACRE_KERNEL_NET_INET_H
#define NACRE_KERNEL_NET_INET_H

#include "kernel/net/socket.h"

/* A control message of len bytes given to sendmsg on an internet socket. */
MUST_USE int inet_control_parse(struct socket *s, const struct linux_cmsghdr *h, const u8 *data,
				size_t len, struct sock_msg *m);

#endif
