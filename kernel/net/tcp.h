/* TCP: between tcp.c (connections) and tcp_data.c (bytes). */
#ifndef NACRE_KERNEL_NET_TCP_H
#define NACRE_KERNEL_NET_TCP_H

#include "kernel/net/inet.h"

/* tcp.c */
int tcp_init(struct socket *s);
MUST_USE int tcp_connect(struct socket *s, const struct sock_addr *addr, bool nonblock);
MUST_USE int tcp_listen(struct socket *s, u32 backlog);
MUST_USE int tcp_accept(struct socket *s, bool nonblock, struct socket **ret);
MUST_USE int tcp_shutdown(struct socket *s, u32 how);
void tcp_release(struct socket *s);
/* What the peer did, to this end: it sends no more; it reset the connection. */
void tcp_finished(struct socket *s);
void tcp_reset(struct socket *s);

#endif
