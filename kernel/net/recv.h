/* Receiving from a socket's queue: byte streams and datagrams of every family. */
#ifndef NACRE_KERNEL_NET_RECV_H
#define NACRE_KERNEL_NET_RECV_H

#include "kernel/net/packet.h"
#include "kernel/net/socket.h"

/* MSG_TRUNC drops data instead of copying it (TCP). */
#define STREAM_DISCARDS 1u

/* The whole of recv on a connected stream; waits as told. Bytes, 0 at the end, -Exxx. */
MUST_USE s64 stream_recv(struct socket *s, struct sock_msg *m, u32 rules);

/*
 * Datagrams and records: the first one there is, after waiting as told: with a reference,
 * still queued when peeking. *ret is NULL at the end of a shut down socket. *ret_skip: bytes
 * that SO_PEEK_OFF skips.
 */
MUST_USE int datagram_take(struct socket *s, u32 flags, struct packet **ret, u32 *ret_skip);
/* Hand it to the reader and put it. Bytes as recv returns them, -EFAULT. */
MUST_USE s64 datagram_deliver(struct socket *s, struct packet *p, u32 skip, struct sock_msg *m);

/* A control message besides descriptors and credentials. */
void sock_note_add(struct sock_msg *m, s32 level, s32 type, const void *data, u32 len);
/* What SO_TIMESTAMP asks for; also notes it for SIOCGSTAMP. */
void sock_note_stamp(struct socket *s, const struct packet *p, struct sock_msg *m);
/* The time in realtime ns if s wants packets stamped, else 0. */
u64 sock_stamp_wanted(const struct socket *s);

/* Readiness by what all sockets have: error, shutdown, queue. The rest is the protocol's. */
u32 socket_poll_common(struct socket *s);

#endif
