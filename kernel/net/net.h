/* State of all sockets of the sandbox, in the shared heap. */
#ifndef NACRE_KERNEL_NET_NET_H
#define NACRE_KERNEL_NET_NET_H

#include "kernel/sync/lock.h"
#include "lib/list.h"
#include "lib/types.h"

#define NET_NAME_BUCKETS 256u

struct inet_state;

struct net {
	struct lock names_lock;
	struct list names[NET_NAME_BUCKETS]; /* names_lock: unix_sock.name_link, abstract ones */
	u32 next_auto;                       /* names_lock */
	struct lock peers_lock;              /* who sends datagrams to whom: unix_sock.senders */
	struct lock gc_lock;                 /* garbage.c */
	struct list in_flight;               /* gc_lock: unix_sock.gc_link */
	u32 files_in_flight;                 /* gc_lock */
	struct lock drain_lock;              /* scm.c */
	struct list draining;                /* drain_lock: scm_fds.link */
	u64 last_cookie;                     /* a */
	struct lock all_lock;                /* a leaf */
	struct list all;                     /* all_lock: of socket.all_link */
	struct inet_state *inet;             /* I */
};

extern struct net *net;

struct socket;

/* list.c: every socket, from its creation to its end. */
void net_list_add(struct socket *s);
void net_list_remove(struct socket *s);

/* Once, in the first process, before any other. */
MUST_USE int net_init(void);

#endif
