/* What socket.c calls of each family. */
#ifndef NACRE_KERNEL_NET_FAMILIES_H
#define NACRE_KERNEL_NET_FAMILIES_H

#include "kernel/net/socket.h"

extern const struct sock_proto unix_stream_proto, unix_dgram_proto, unix_seqpacket_proto;

/* Internet sockets. */
MUST_USE int inet_init(void);
MUST_USE int inet_proto_find(int family, int type, int protocol, const struct sock_proto **ret);

/* Netlink. */
MUST_USE int netlink_proto_find(int type, int protocol, const struct sock_proto **ret);

/* Requests about network interfaces, by any socket. -ENOTTY: not one of them. */
MUST_USE s64 interface_ioctl(struct socket *s, u32 cmd, uaddr_t arg);

#endif
