/*
 * Local sockets: datagrams, and the records of sequenced packets.
 *
 * A datagram goes into the receiver's queue, which takes so many (backlog_max) from sockets
 * that are not its own peer. Who is connected to a socket is in its list of senders, so that
 * they hear when it takes more again.
 *
 * LINUX BEHAVIOUR. unix_dgram_sendmsg(), unix_dgram_connect(): a socket with a peer takes
 * datagrams from that one only (EPERM); connecting elsewhere drops what is queued and tells
 * a mutual peer with ECONNRESET; there is no SIGPIPE.
 */
#include "abi/errno.h"
#include "abi/linux/poll.h"
#include "kernel/net/net.h"
#include "kernel/net/packet.h"
#include "kernel/net/recv.h"
#include "kernel/net/unix_proto.h"
#include "kernel/task/task.h"

#define MESSAGE_OVERHEAD 32 /* Linux: a datagram may be so much smaller than the buffer */

static struct socket *peer_get(struct socket *s)
{
	struct socket *peer;

	lock_acquire(&s->lock);
	peer = s->peer == NULL ? NULL : socket_get(s->peer);
	lock_release(&s->lock);
	return peer;
}

/* --- connecting --- */

/* Swap the peer. *ret_old is the former one, whose reference is the caller's. */
static int peer_set(struct unix_sock *u, struct socket *to, struct socket **ret_old)
{
	struct socket *s = &u->s;
	int err = 0;

	lock_acquire(&net->peers_lock);
	socket_lock_two(s, to);
	if (to != NULL && to->flags & SOCK_FLAG_DEAD) {
		err = -ECONNREFUSED;
	} else if (to != NULL && to->peer != NULL && to->peer != s) {
		err = -EPERM;
	} else {
		*ret_old = s->peer;
		s->peer = to == NULL ? NULL : socket_get(to);
		atomic_store(&s->state, to == NULL ? SOCK_STATE_CLOSED : SOCK_STATE_CONNECTED);
		if (to != NULL)
			socket_copy_peer(s, to);
	}
	socket_unlock_two(s, to);
	if (err == 0) {
		list_del(&u->sender_link);
		if (to != NULL)
			list_add_tail(&unix_of(to)->senders, &u->sender_link);
	}
	lock_release(&net->peers_lock);
	return err;
}

/* Linux: unix_dgram_disconnected. */
static void peer_lost(struct socket *s, struct socket *old)
{
	struct list packets;
	bool mutual;

	list_init(&packets);
	lock_acquire(&s->lock);
	packets_take_locked(s, &packets);
	lock_release(&s->lock);
	if (!list_empty(&packets))
		waitq_wake_all(&unix_of(s)->room);
	packets_put(&packets);
	lock_acquire(&old->lock);
	mutual = !(old->flags & SOCK_FLAG_DEAD) && old->peer == s;
	lock_release(&old->lock);
	if (mutual)
		socket_set_error(old, ECONNRESET);
}

int unix_dgram_connect(struct socket *s, const struct sock_addr *addr, UNUSED bool nonblock)
{
	struct unix_sock *to = NULL;
	struct socket *old = NULL;
	int err = 0;

	if (addr->len < sizeof(addr->any.ss_family))
		return -EINVAL;
	if (addr->any.ss_family != LINUX_AF_UNSPEC) {
		err = unix_addr_check(addr);
		if (err == 0)
			err = unix_autobind_for_creds(unix_of(s));
		if (err == 0)
			err = unix_find(addr, s->proto->type, &to);
	}
	if (err < 0)
		return err;
	err = peer_set(unix_of(s), to == NULL ? NULL : &to->s, &old);
	if (err == 0 && old != NULL && (to == NULL || old != &to->s))
		peer_lost(s, old);
	socket_put(old);
	if (to != NULL)
		socket_put(&to->s);
	return err;
}

void unix_dgram_forget(struct unix_sock *u)
{
	struct unix_sock *sender, *next;

	lock_acquire(&net->peers_lock);
	list_del(&u->sender_link);
	list_for_each_safe(sender, next, &u->senders, sender_link) {
		list_del(&sender->sender_link);
		socket_wake(&sender->s, LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND);
	}
	lock_release(&net->peers_lock);
}

/* --- room in the receiver's queue --- */

static bool is_full(const struct socket *receiver, const struct socket *s)
{
	return receiver != s && atomic_load(&receiver->peer) != s &&
	       atomic_load(&receiver->queue_count) > receiver->backlog_max;
}

bool unix_dgram_room(struct unix_sock *u)
{
	struct socket *peer = peer_get(&u->s);
	bool room;

	if (peer == NULL)
		return true;
	/* First the word, then the look: room_made() does it the other way round. */
	atomic_xchg(&unix_of(peer)->awaited, 1);
	room = socket_flag(peer, SOCK_FLAG_DEAD) || !is_full(peer, &u->s);
	socket_put(peer);
	return room;
}

/* A packet was taken from the queue. */
static void room_made(struct unix_sock *u)
{
	struct unix_sock *sender;

	waitq_wake_all(&u->room);
	if (atomic_load(&u->awaited) == 0 ||
	    atomic_load(&u->s.queue_count) > u->s.backlog_max)
		return;
	atomic_store(&u->awaited, 0);
	lock_acquire(&net->peers_lock);
	list_for_each(sender, &u->senders, sender_link)
		socket_wake(&sender->s, LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND);
	lock_release(&net->peers_lock);
}

/* --- sending --- */

/* -EAGAIN: no room. The packet is the receiver's when the value is 0. */
static int deliver_try(struct socket *s, struct socket *to, struct packet *p)
{
	int err = 0;

	lock_acquire(&to->lock);
	if (to->flags & SOCK_FLAG_DEAD)
		err = s->proto->connected ? -EPIPE : -ECONNREFUSED;
	else if (to->peer != NULL && to->peer != s)
		err = -EPERM;
	else if (to->shutdown & SHUT_BIT_READ)
		err = -EPIPE;
	else if (is_full(to, s))
		err = -EAGAIN;
	else
		packet_queue_locked(to, p);
	if (err == -EAGAIN)
		atomic_store(&unix_of(to)->awaited, 1);
	lock_release(&to->lock);
	if (err == 0)
		socket_wake(to, LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLRDBAND);
	return err;
}

static int deliver(struct socket *s, struct socket *to, struct packet *p, u32 flags)
{
	u64 timeo = atomic_load(&s->sndtimeo);
	int err = deliver_try(s, to, p), wait;

	if (err != -EAGAIN || flags & LINUX_MSG_DONTWAIT)
		return err;
	wait = SOCK_WAIT(&unix_of(to)->room, sock_wake_any, 0, socket_deadline(timeo, false),
			 (err = deliver_try(s, to, p)) != -EAGAIN);
	return wait < 0 ? socket_wait_error(wait, timeo) : err;
}

/* The peer is dead: s has none any more. */
static void peer_died(struct socket *s, struct socket *peer)
{
	struct socket *old = NULL;

	lock_acquire(&net->peers_lock);
	lock_acquire(&s->lock);
	if (s->peer == peer) {
		old = s->peer;
		s->peer = NULL;
		atomic_store(&s->state, SOCK_STATE_CLOSED);
		list_del(&unix_of(s)->sender_link);
	}
	lock_release(&s->lock);
	lock_release(&net->peers_lock);
	if (old != NULL)
		peer_lost(s, old);
	socket_put(old);
}

static int make_packet(struct socket *s, struct sock_msg *m, struct packet **ret)
{
	struct packet *p;
	int err = socket_wait_charge(s, m->flags);

	if (err == 0)
		err = packet_create(s, &m->data, (u32)m->data.count, 0, &p);
	if (err < 0)
		return err;
	err = unix_packet_dress(unix_of(s), p, m, true);
	if (err < 0)
		packet_put(p);
	else
		*ret = p;
	return err;
}

/* To a name, or to the peer when there is none. */
static int send_packet(struct socket *s, struct sock_msg *m, struct packet *p)
{
	bool named = m->name->len != 0;
	struct unix_sock *found = NULL;
	struct socket *to;
	int err = 0;

	if (named) {
		err = unix_find(m->name, s->proto->type, &found);
		to = found == NULL ? NULL : &found->s;
	} else {
		to = peer_get(s);
		if (to == NULL)
			err = -ENOTCONN;
	}
	if (err < 0)
		return err;
	p->stamp = sock_stamp_wanted(to);
	err = deliver(s, to, p, m->flags);
	if (err == -ECONNREFUSED && !named)
		peer_died(s, to);
	socket_put(to);
	return err;
}

s64 unix_dgram_send(struct socket *s, struct sock_msg *m)
{
	size_t size = m->data.count;
	struct packet *p = NULL;
	int err = 0;

	if (m->flags & LINUX_MSG_OOB)
		return -EOPNOTSUPP;
	if (m->name->len != 0)
		err = unix_addr_check(m->name);
	else if (atomic_load(&s->peer) == NULL)
		err = -ENOTCONN;
	if (err == 0)
		err = unix_autobind_for_creds(unix_of(s));
	if (err == 0 && (s64)size > (s64)atomic_load(&s->sndbuf) - MESSAGE_OVERHEAD)
		err = -EMSGSIZE;
	if (err == 0)
		err = make_packet(s, m, &p);
	if (err < 0)
		return err;
	err = send_packet(s, m, p);
	if (err < 0) {
		packet_put(p);
		return err;
	}
	return (s64)size;
}

s64 unix_seqpacket_send(struct socket *s, struct sock_msg *m)
{
	int err = socket_take_error(s);

	if (err < 0)
		return err;
	if (atomic_load(&s->state) != SOCK_STATE_CONNECTED)
		return -ENOTCONN;
	m->name->len = 0; /* Linux: an address is ignored */
	return unix_dgram_send(s, m);
}

/* --- receiving --- */

s64 unix_dgram_recv(struct socket *s, struct sock_msg *m)
{
	struct packet *p = NULL;
	u32 skip;
	int err;

	if (m->flags & LINUX_MSG_OOB)
		return -EOPNOTSUPP;
	err = datagram_take(s, m->flags, &p, &skip);
	m->no_packet = p == NULL;
	if (err < 0 || p == NULL)
		return err;
	if (!(m->flags & LINUX_MSG_PEEK))
		room_made(unix_of(s));
	return datagram_deliver(s, p, skip, m);
}

s64 unix_seqpacket_recv(struct socket *s, struct sock_msg *m)
{
	if (atomic_load(&s->state) != SOCK_STATE_CONNECTED)
		return -ENOTCONN;
	return unix_dgram_recv(s, m);
}
