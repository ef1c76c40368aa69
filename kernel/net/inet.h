/* Internet sockets: the loopback interface inside the sandbox. What their files share. */
#ifndef NACRE_KERNEL_NET_INET_H
#define NACRE_KERNEL_NET_INET_H

#include "kernel/net/socket.h"

#define INET_BUCKETS 256u
#define INET_OPTIONS_MAX 72u

/* An address and a port. IPv4 addresses are ::ffff:a.b.c.d; all zero is any of both. */
struct inet_end {
	u8 ip[16];
	u16 port; /* host byte order; 0: none */
};

/* Legend: as in socket.h; n inet.lock. */
struct inet_sock {
	struct socket s;         /* first */
	struct inet_end local;   /* n and l; port 0: not bound */
	struct inet_end remote;  /* l; port 0: not connected */
	bool keep_ip, keep_port; /* l: were given by bind and outlast a disconnect */
	struct list port_link;   /* n: in the table of ports in use */
	s32 options[INET_OPTIONS_MAX]; /* a: inet_option.c knows which is which */

	/* UDP: parts of a datagram (MSG_MORE, UDP_CORK) */
	struct packet *corked;   /* l, read atomically, owned: what will be one, or NULL */
	struct inet_end cork_to; /* l: where it goes */

	/* UDP: reports of what could not be delivered */
	struct list errors;      /* l: of packet.link */
	u64 error_cost;          /* l, read atomically: what they take of the receive buffer */

	/* TCP */
	bool in_progress;        /* l: connect has said EINPROGRESS and not yet how it ended */
	bool fin;                /* a: the peer will send no more */
	bool shut_read;          /* a: by shutdown(), not by the peer */
	struct waitq room;       /* of a listener: connections were accepted */
	struct list pending;     /* l of a listener: of pending_link, who waits for room */
	struct list pending_link; /* the listener's lock */
	struct socket *pending_on; /* l, referenced: the listener while CONNECTING */
	struct socket *embryo;   /* l, owned: the other end to be, while CONNECTING */
	bool never_accepted;     /* l: the peer is reset when this end goes */
	u64 queued;              /* l: bytes that ever came */
	u64 mark;                /* l: of them before the urgent mark; ~0: none */
	s16 urgent;              /* l: the urgent byte, or URGENT_* */
};

#define URGENT_NONE (-1)
#define URGENT_READ (-2)   /* it was taken */
#define URGENT_INLINE (-3) /* it is in the queue */

struct inet_state {
	struct lock lock;
	struct list tcp[INET_BUCKETS]; /* lock: by port, of inet_sock.port_link */
	struct list udp[INET_BUCKETS];
	struct list udplite[INET_BUCKETS];
	u32 turn;                      /* a: which of several SO_REUSEPORT sockets is next */
};

static inline struct inet_sock *inet_of(struct socket *s)
{
	return container_of(s, struct inet_sock, s);
}

/* --- inet_addr.c: addresses --- */
bool inet_ip_is_any(const u8 *ip);
bool inet_ip_is_v4(const u8 *ip);
bool inet_ip_is_loopback(const u8 *ip);
bool inet_ip_is_multicast(const u8 *ip);
bool inet_ip_is_broadcast(const u8 *ip);
bool inet_end_equal(const struct inet_end *a, const struct inet_end *b);
void inet_end_store(const struct inet_end *e, u16 family, struct sock_addr *ret);
/* An address to send or connect to, for a socket of this family. Any becomes loopback. */
MUST_USE int inet_dest_parse(struct inet_sock *i, const struct sock_addr *addr,
			     struct inet_end *ret);
/* An address to bind to. */
MUST_USE int inet_bind_parse(struct inet_sock *i, const struct sock_addr *addr,
			     struct inet_end *ret);
/* The address that packets to dest come from. */
void inet_source_for(const struct inet_end *dest, u8 *ret_ip);

/* --- inet_port.c: ports --- */
MUST_USE int inet_bind(struct socket *s, const struct sock_addr *addr);
/* A port if it has none. dest: the local address becomes the one towards it; NULL: stays. */
MUST_USE int inet_autobind(struct inet_sock *i, const struct inet_end *dest);
/* i becomes another user of the port that of has: an accepted connection. */
void inet_port_share(struct inet_sock *i);
void inet_port_release(struct inet_sock *i);
/* A disconnect: what bind() has not given is given up. */
void inet_port_forget(struct inet_sock *i);
/* May a listener stand there? -EADDRINUSE. */
MUST_USE int inet_port_check_listen(struct inet_sock *i);
/* Referenced, or NULL. */
struct inet_sock *inet_find_listener(const struct inet_end *dest);
struct inet_sock *inet_find_udp(const struct inet_sock *sender, const struct inet_end *dest,
				const struct inet_end *source);

/* --- inet.c --- */
MUST_USE int inet_getname(struct socket *s, bool peer, struct sock_addr *ret);
int inet_common_init(struct socket *s);
/* A control message of len bytes given to sendmsg on an internet socket. */
MUST_USE int inet_control_parse(struct socket *s, const struct linux_cmsghdr *h, const u8 *data,
				size_t len, struct sock_msg *m);

/* --- inet_option.c --- */
MUST_USE int inet_setopt(struct socket *s, struct sock_option *o);
MUST_USE int inet_getopt(struct socket *s, struct sock_option *o);
void inet_options_init(struct inet_sock *i);
/* The value of an option the table has. */
s32 inet_option(const struct inet_sock *i, int level, int name);

/* --- inet_report.c: MSG_ERRQUEUE --- */
/* Is a datagram that was refused at dest to be reported? */
bool inet_errors_wanted(struct inet_sock *i, const struct inet_end *dest);
/* Report that nobody took p at dest, if there is room; takes p over. */
void inet_errors_add(struct inet_sock *i, struct packet *p, const struct inet_end *dest);
/* The first report and its pending error. Bytes of the datagram, -EAGAIN: none, -EFAULT. */
MUST_USE s64 inet_errors_recv(struct inet_sock *i, struct sock_msg *m);
void inet_errors_purge(struct inet_sock *i);
/* What poll(2) tells of them. */
u32 inet_errors_poll(struct inet_sock *i);

/* --- tcp.c, udp.c --- */
/* UDP_CORK was turned off: what has waited goes. */
void udp_uncork(struct inet_sock *i);
extern const struct sock_proto tcp4_proto, tcp6_proto, udp4_proto, udp6_proto, udplite4_proto,
	udplite6_proto;
/* For TCP_INFO: Linux's number of the connection's state. */
u8 tcp_state_number(struct inet_sock *i);

#endif
