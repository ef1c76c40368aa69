/*
 * Sockets: what all families have in common.
 *
 * OVERVIEW. A struct socket is an endpoint; a struct file refers to it once it has a
 * descriptor. What differs by family and type is a const struct sock_proto (unix_stream,
 * unix_dgram, tcp, udp ...). kernel/sys/socket*.c fetch and store what calls are given, the
 * files here know nothing of guest addresses but the cursor of a message.
 *
 * LIFETIME. Counted: by its file, by packets it sent and nobody has read, by its peer and by
 * whoever looked it up. The protocol's release operation runs when the file goes; what is
 * left is dead memory others still point to.
 *
 * LOCKING. read_lock serialises those who take from the queue; it is held while bytes go to
 * guest memory, like a file's pos_lock, and is outermost. lock covers the rest; two sockets'
 * are taken by socket_lock_two(). Legend: I immutable, a atomic, l lock, r read_lock.
 */
#ifndef NACRE_KERNEL_NET_SOCKET_H
#define NACRE_KERNEL_NET_SOCKET_H

#include "abi/linux/socket.h"
#include "kernel/sync/waitq.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/vfs.h"
#include "lib/atomic.h"
#include "lib/list.h"

struct packet;
struct poll_table;
struct process;
struct scm_fds;
struct socket;

/* --- addresses --- */

/* len 0: none. The family is in any.ss_family when len >= 2. */
struct sock_addr {
	u32 len;
	union {
		struct linux_sockaddr_storage any;
		struct linux_sockaddr_un un;
		struct linux_sockaddr_in in;
		struct linux_sockaddr_in6 in6;
		struct linux_sockaddr_nl nl;
	};
};

/* An address that sockets and packets share; never changed. */
struct sock_name {
	struct ref ref;
	u32 len;
	u8 bytes[]; /* the struct sockaddr, and a NUL behind */
};

MUST_USE struct sock_name *sock_name_create(const void *addr, u32 len); /* NULL: no memory */
struct sock_name *sock_name_get(struct sock_name *n); /* NULL is fine, here and below */
void sock_name_put(struct sock_name *n);
/* NULL gives the family alone, as Linux does for sockets without a name. */
void sock_name_copy(const struct sock_name *n, u16 family, struct sock_addr *ret);

/* --- messages --- */

struct sock_cred {
	s32 pid; /* 0: unknown */
	u32 uid, gid;
};

/* What goes with the data of local sockets. */
struct scm {
	struct scm_fds *fds; /* owned; NULL: none */
	struct sock_cred cred;
};

/* A control message for the receiver besides descriptors and credentials. */
#define SOCK_NOTES_MAX 4u
struct sock_note {
	s32 level, type;
	u32 len;
	u8 data[44];
};

struct sock_msg {
	struct iter data;       /* what to send, or room for what comes */
	u32 flags;              /* LINUX_MSG_*; DONTWAIT when the file does not block */
	struct sock_addr *name; /* send: where to, len 0: to the peer; receive: NULL or filled */
	struct scm scm;         /* send: taken over when sent; receive: the caller's */
	u32 ret_flags;          /* receive: LINUX_MSG_TRUNC, EOR ... */
	bool no_packet;         /* receive: a datagram socket's end, which nobody sent */
	s16 tos, hops;          /* send: for this one message, -1: the socket's */
	u32 note_count;
	struct sock_note notes[SOCK_NOTES_MAX];
};

/* --- protocols --- */

/* An option's value on its way; int_value is what most options want. */
struct sock_option {
	int level, name;
	u32 len;          /* set: bytes given; get: room, then bytes of the answer */
	uaddr_t user;     /* set: where the bytes are */
	struct file *file; /* get: to become descriptor fd when the answer is stored */
	s32 fd;
	union {
		s32 value;
		u8 bytes[256];
	};
};

/*
 * Operations return 0 or more, or -Exxx. nonblock: do not wait. NULL: -EOPNOTSUPP.
 */
struct sock_proto {
	u16 family;
	u16 type;
	u32 protocol;     /* what SO_PROTOCOL says */
	size_t size;      /* of the struct that begins with struct socket */
	bool connected;   /* streams and sequenced packets: made by listen, accept, connect */
	int (*init)(struct socket *s);
	int (*bind)(struct socket *s, const struct sock_addr *addr);
	int (*connect)(struct socket *s, const struct sock_addr *addr, bool nonblock);
	int (*pair)(struct socket *a, struct socket *b);
	int (*listen)(struct socket *s, u32 backlog);
	int (*accept)(struct socket *s, bool nonblock, struct socket **ret);
	int (*getname)(struct socket *s, bool peer, struct sock_addr *ret);
	int (*shutdown)(struct socket *s, u32 how); /* SHUT_BIT_* */
	s64 (*send)(struct socket *s, struct sock_msg *m);
	s64 (*recv)(struct socket *s, struct sock_msg *m);
	u32 (*poll)(struct socket *s, struct poll_table *pt);
	s64 (*ioctl)(struct socket *s, u32 cmd, uaddr_t arg);
	/* Levels other than SOL_SOCKET. */
	int (*setopt)(struct socket *s, struct sock_option *o);
	int (*getopt)(struct socket *s, struct sock_option *o);
	/* The file is gone: nobody calls any more. The queue is purged afterwards. */
	void (*release)(struct socket *s);
	/* The last reference is gone. */
	void (*destroy)(struct socket *s);
	/* Bytes sent by s were read or dropped. NULL: wake writers. */
	void (*space)(struct socket *s);
};

/* --- the socket --- */

enum sock_state {
	SOCK_STATE_CLOSED,
	SOCK_STATE_CONNECTING,
	SOCK_STATE_CONNECTED,
	SOCK_STATE_LISTENING,
};

#define SHUT_BIT_READ 1u
#define SHUT_BIT_WRITE 2u
#define SHUT_BITS (SHUT_BIT_READ | SHUT_BIT_WRITE)

/* Boolean options, as bits. */
enum sock_flag {
	SOCK_FLAG_DEBUG = 1 << 0,
	SOCK_FLAG_REUSEADDR = 1 << 1,
	SOCK_FLAG_DONTROUTE = 1 << 2,
	SOCK_FLAG_BROADCAST = 1 << 3,
	SOCK_FLAG_KEEPALIVE = 1 << 4,
	SOCK_FLAG_OOBINLINE = 1 << 5,
	SOCK_FLAG_NO_CHECK = 1 << 6,
	SOCK_FLAG_BSDCOMPAT = 1 << 7,
	SOCK_FLAG_REUSEPORT = 1 << 8,
	SOCK_FLAG_PASSCRED = 1 << 9,
	SOCK_FLAG_PASSPIDFD = 1 << 10,
	SOCK_FLAG_PASSSEC = 1 << 11,
	SOCK_FLAG_TIMESTAMP = 1 << 12,
	SOCK_FLAG_TIMESTAMPNS = 1 << 13,
	SOCK_FLAG_RXQ_OVFL = 1 << 14,
	SOCK_FLAG_WIFI_STATUS = 1 << 15,
	SOCK_FLAG_NOFCS = 1 << 16,
	SOCK_FLAG_LOCK_FILTER = 1 << 17,
	SOCK_FLAG_SELECT_ERR = 1 << 18,
	SOCK_FLAG_ZEROCOPY = 1 << 19,
	SOCK_FLAG_LINGER = 1 << 20,
	SOCK_FLAG_RCVBUF_LOCKED = 1 << 21,
	SOCK_FLAG_SNDBUF_LOCKED = 1 << 22,
	SOCK_FLAG_DEAD = 1 << 23,   /* the file is gone */
};

struct socket {
	struct ref ref;
	const struct sock_proto *proto; /* I */
	struct file *file;        /* l: not counted; NULL before accept and after release */
	struct lock read_lock;
	struct list all_link;     /* net.all_lock */
	struct lock lock;
	struct waitq wait;        /* readable, writable, connected, error: by key */

	u32 state;                /* l; read atomically: enum sock_state */
	u32 shutdown;             /* a: SHUT_BIT_* */
	s32 error;                /* a: positive errno for SO_ERROR and the next call */
	u32 flags;                /* a: enum sock_flag */

	struct socket *peer;      /* l, referenced; of a connection until its release */
	struct list queue;        /* l: packets to be read */
	u32 queue_count;          /* l; read atomically */
	u64 queue_bytes;          /* l: not read yet */
	u32 backlog_max;          /* l: a listener's; of datagrams the longest queue */
	struct list backlog;      /* l: of socket.backlog_link, connections to accept */
	u32 backlog_count;        /* l; read atomically */
	struct list backlog_link; /* the listener's lock */

	u64 wmem;                 /* a: bytes sent that nobody has read */
	s32 sndbuf, rcvbuf;       /* a: bytes, as getsockopt tells */
	s32 rcvlowat;             /* a */
	s32 peek_off;             /* a: -1: off */
	u64 rcvtimeo, sndtimeo;   /* a: ns or NO_DEADLINE */
	u32 linger;               /* a: seconds */
	s32 priority, mark;       /* a */
	u64 cookie;               /* I: SO_COOKIE */
	u32 owner_uid;            /* I: of who made it */
	u64 last_stamp;           /* a: realtime ns of the last packet read, SIOCGSTAMP */

	struct sock_cred peer_cred;      /* l: SO_PEERCRED; pid 0: none */
	struct process *peer_process;    /* l, referenced: SO_PEERPIDFD */
	u32 peer_group_count;            /* l */
	u32 peer_groups[32];
};

/* --- socket.c --- */
/* 0 or -Exxx; the socket has one reference and no file. */
MUST_USE int socket_create(int family, int type, int protocol, struct socket **ret);
/* Another one of the same protocol, for accept. */
MUST_USE int socket_create_like(const struct sock_proto *proto, struct socket **ret);
struct socket *socket_get(struct socket *s);
void socket_put(struct socket *s); /* NULL is fine */
/* End s as if its file were closed: for connections nobody has accepted. Puts it. */
void socket_release(struct socket *s);
/* Takes over the reference; on failure the socket is released. flags: LINUX_O_NONBLOCK. */
MUST_USE int socket_file_create(struct socket *s, u32 flags, struct file **ret);
/* Borrowed; NULL: the file is no socket. */
struct socket *file_socket(const struct file *f);

/* Both, by address; either may be NULL or the same. */
void socket_lock_two(struct socket *a, struct socket *b);
void socket_unlock_two(struct socket *a, struct socket *b);

/* SO_ERROR: take the pending error. 0 or -Exxx. */
int socket_take_error(struct socket *s);
void socket_set_error(struct socket *s, int error);
/* Shutdown bits were added: tell everybody. */
void socket_wake_shutdown(struct socket *s);
void socket_wake(struct socket *s, u64 key);
bool socket_flag(const struct socket *s, u32 flag);
void socket_set_flag(struct socket *s, u32 flag, bool on);

/* Until when a call may wait; 0: not at all. */
u64 socket_deadline(u64 timeo, bool nonblock);
/* What a wait that ended with err says to the caller: Linux: sock_intr_errno, -EAGAIN. */
int socket_wait_error(int err, u64 timeo);

/* Identity of the caller as peers will see it; put away with peer_forget. Under lock. */
void socket_set_peer_self(struct socket *s);
void socket_copy_peer(struct socket *to, const struct socket *from);

/* May s send more? Room for one more packet. */
bool socket_may_charge(const struct socket *s);
/* Linux: unix_writable, sock_writeable: what poll calls writable. */
bool socket_writable(const struct socket *s);
void socket_charge(struct socket *s, u32 cost);
void socket_uncharge(struct socket *s, u32 cost);

/* Wait until the send buffer has room. 0, -EAGAIN, -EPIPE, a pending error, a signal's. */
MUST_USE int socket_wait_charge(struct socket *s, u32 flags);

/* Accepting from s->backlog, waiting as told: for protocols' accept. */
MUST_USE int socket_backlog_take(struct socket *s, bool nonblock, struct socket **ret);

/* Which waiters a key concerns: fn for SOCK_WAIT. */
bool sock_wake_reader(struct waiter *w, u64 key);
bool sock_wake_writer(struct waiter *w, u64 key);
bool sock_wake_any(struct waiter *w, u64 key);

/*
 * Like WAIT_EVENT on a queue, woken only by what filter lets through. With WAITER_EXCLUSIVE
 * who does not use its wake-up must pass it on.
 */
#define SOCK_WAIT(q, filter, how, deadline, cond)                                 \
	({                                                                        \
		struct waiter *waiter_ = waiter_own();                            \
		int result_ = 0;                                                  \
		waiter_->fn = (filter);                                           \
		waitq_add(q, waiter_, how);                                       \
		for (;;) {                                                        \
			u32 seq_ = thread_sleep_begin();                          \
			if (cond) {                                               \
				result_ = 0;                                      \
				break;                                            \
			}                                                         \
			if (result_ < 0)                                          \
				break;                                            \
			result_ = thread_sleep(seq_, deadline, true);             \
		}                                                                 \
		waitq_remove(waiter_);                                            \
		result_;                                                          \
	})

/* --- option.c: SOL_SOCKET --- */
void socket_options_init(struct socket *s);
MUST_USE int socket_setopt(struct socket *s, struct sock_option *o);
MUST_USE int socket_getopt(struct socket *s, struct sock_option *o);
/* For protocols: an int that must have been given, -EINVAL when it is too short. */
MUST_USE int sock_option_int(struct sock_option *o, s32 *ret);
void sock_option_answer(struct sock_option *o, const void *value, u32 len);

#endif
