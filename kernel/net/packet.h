/* Packets: data on its way from one socket to another, and what goes with it. */
#ifndef NACRE_KERNEL_NET_PACKET_H
#define NACRE_KERNEL_NET_PACKET_H

#include "kernel/net/socket.h"

struct piece {
	struct piece *next;
	u32 size;
	char data[];
};

/*
 * Legend: I immutable once queued, q the receiver's lock, r the receiver's read_lock.
 */
struct packet {
	struct ref ref;
	struct list link;        /* q */
	struct socket *owner;    /* I, referenced: charged with cost; NULL: nobody */
	u32 cost;                /* q */
	u32 size;                /* q, read atomically: bytes of data; only grows */
	u32 start;               /* r: of them read already */
	u32 room;                /* q, read atomically: bytes of data[] in use */
	u32 capacity;            /* I: of data[] */
	struct piece *more;      /* I: the data beyond */
	struct scm scm;          /* I, but fds: net.gc_lock */
	struct sock_name *from;  /* I, referenced: who sent it */
	u8 to[16];               /* I: the address it was sent to, internet datagrams */
	u8 tos, hops;            /* I: internet datagrams */
	u64 stamp;               /* I: when it came, realtime ns; 0: nobody asked */
	char data[];
};

/* The most that is allocated in one piece. */
#define PACKET_PIECE_MAX (32768u - (u32)sizeof(struct packet))

/* What a packet of so many bytes takes from its sender's buffer. Linux: truesize. */
u32 packet_cost(u32 size);
/*
 * A packet of size bytes from the cursor, charged to owner, with room for reserve bytes in
 * all. 0, -EFAULT, -ENOBUFS.
 */
MUST_USE int packet_create(struct socket *owner, struct iter *from, u32 size, u32 reserve,
			   struct packet **ret);
/* The data of both, charged to nobody; the address and the fields of first. NULL: no memory. */
MUST_USE struct packet *packet_join(const struct packet *first, const struct packet *second);
/* Add p's data to the last packet of the same owner in the queue, if it fits: p can be put. */
MUST_USE bool packet_append_locked(struct socket *s, const struct packet *p);
struct packet *packet_get(struct packet *p);
void packet_put(struct packet *p); /* NULL is fine */
/* Bytes [offset, offset + len) of the data to the cursor. As iter_copy_to. */
MUST_USE s64 packet_copy_to(const struct packet *p, u32 offset, u32 len, struct iter *to);

/* --- a socket's queue; its lock is held --- */
void packet_queue_locked(struct socket *s, struct packet *p); /* takes the reference over */
struct packet *packet_first_locked(struct socket *s);         /* borrowed; NULL: none */
struct packet *packet_next_locked(struct socket *s, struct packet *p);
void packet_unlink_locked(struct socket *s, struct packet *p); /* the caller's now */
/* Everything to a list of the caller's; packets_put() frees it without the lock. */
void packets_take_locked(struct socket *s, struct list *to);
void packets_put(struct list *packets);

/* --- scm.c: descriptors on their way --- */

struct scm_fds {
	struct list link;       /* drain lock, or none */
	struct thread *drainer; /* drain lock */
	struct scm_fds *next;   /* drain lock: waiting to be put */
	u32 count;
	bool in_flight;         /* counted by the garbage collector */
	struct file *files[];
};

/* Room for so many files. NULL: no memory. */
MUST_USE struct scm_fds *scm_fds_create(u32 room);
/* Puts the files. NULL is fine. */
void scm_fds_put(struct scm_fds *fds);
void scm_fini(struct scm *scm);
static inline bool sock_cred_equal(const struct sock_cred *a, const struct sock_cred *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}
/* The caller as SCM_CREDENTIALS tells it. */
struct sock_cred sock_cred_self(void);

/* --- garbage.c --- */
/* The files are about to be queued: counted. -ETOOMANYREFS. */
MUST_USE int scm_fds_depart(struct scm_fds *fds);
/* Take a packet's descriptors out: they are the reader's. NULL: another was faster. */
MUST_USE struct scm_fds *scm_fds_arrive(struct packet *p);
/* References of their own to the files of a packet that stays, for MSG_PEEK. NULL: none. */
MUST_USE struct scm_fds *scm_fds_peek(const struct packet *p);
/* They are dropped with their packet. */
void scm_fds_uncount(struct scm_fds *fds);
/* A local socket was closed: free what only cycles of queues refer to. */
void garbage_collect(void);

#endif
