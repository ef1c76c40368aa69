/* Local sockets (AF_UNIX): what their files share. */
#ifndef NACRE_KERNEL_NET_UNIX_H
#define NACRE_KERNEL_NET_UNIX_H

#include "kernel/net/socket.h"

/*
 * Legend: as in socket.h; n net.names_lock, p net.peers_lock, g net.gc_lock.
 */
struct unix_sock {
	struct socket s;          /* first */
	bool binding;             /* l: a bind is going on */
	struct sock_name *name;   /* l, set once; referenced */
	struct path path;         /* l, set once; referenced: of names in the file system */
	struct list name_link;    /* n: abstract names */
	struct waitq room;        /* woken when others may connect or send to it again */
	struct list senders;      /* p: of unix_sock.sender_link, datagram sockets that send here */
	struct list sender_link;  /* p */
	u32 awaited;              /* a: a sender found the queue full and wants to hear of room */
	struct list gc_link;      /* g: in net.in_flight */
	u32 in_flight;            /* g: times its file is in queues */
	u32 gc_count;             /* g: of them not found in queues of candidates */
	bool gc_candidate;        /* g */
	bool gc_reached;          /* g */
	bool never_accepted;      /* the peer is told with ECONNRESET */
};

static inline struct unix_sock *unix_of(struct socket *s)
{
	return container_of(s, struct unix_sock, s);
}

/* Linux: /proc/sys/net/unix/max_dgram_qlen */
#define UNIX_DGRAM_QUEUE_MAX 10u

/* --- unix.c --- */
struct sock_name *unix_name(struct unix_sock *u); /* referenced; NULL: none */
bool socket_is_unix(const struct socket *s);

/* --- unix_name.c --- */
MUST_USE int unix_bind(struct socket *s, const struct sock_addr *addr);
/* Linux: SO_PASSCRED gives a name to a socket that connects or sends without one. */
MUST_USE int unix_autobind_for_creds(struct unix_sock *u);
/* 0, -EINVAL: may addr name a local socket? */
MUST_USE int unix_addr_check(const struct sock_addr *addr);
/*
 * The socket of that name and type with a reference. -ECONNREFUSED, -EPROTOTYPE, or what the
 * path walk says.
 */
MUST_USE int unix_find(const struct sock_addr *addr, u16 type, struct unix_sock **ret);
void unix_unbind(struct unix_sock *u);

#endif
