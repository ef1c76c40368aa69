/* Operations of local sockets, between the files that make up their protocols. */
#ifndef NACRE_KERNEL_NET_UNIX_PROTO_H
#define NACRE_KERNEL_NET_UNIX_PROTO_H

#include "kernel/net/unix.h"

/* unix_stream.c */
MUST_USE int unix_listen(struct socket *s, u32 backlog);
MUST_USE int unix_accept(struct socket *s, bool nonblock, struct socket **ret);
MUST_USE int unix_stream_connect(struct socket *s, const struct sock_addr *addr, bool nonblock);
MUST_USE s64 unix_stream_send(struct socket *s, struct sock_msg *m);
MUST_USE s64 unix_stream_recv(struct socket *s, struct sock_msg *m);
/* The message's descriptors and name go with the packet. */
MUST_USE int unix_packet_dress(struct unix_sock *u, struct packet *p, struct sock_msg *m,
				bool with_fds);

/* unix_dgram.c */
MUST_USE int unix_dgram_connect(struct socket *s, const struct sock_addr *addr, bool nonblock);
MUST_USE s64 unix_dgram_send(struct socket *s, struct sock_msg *m);
MUST_USE s64 unix_dgram_recv(struct socket *s, struct sock_msg *m);
MUST_USE s64 unix_seqpacket_send(struct socket *s, struct sock_msg *m);
MUST_USE s64 unix_seqpacket_recv(struct socket *s, struct sock_msg *m);
/* Its socket ends: those who send to it and the one it sends to. */
void unix_dgram_forget(struct unix_sock *u);
/* Would a packet to the peer find room in its queue? */
bool unix_dgram_room(struct unix_sock *u);

#endif
