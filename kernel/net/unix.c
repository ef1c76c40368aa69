/*
 * Local sockets: what streams, datagrams and sequenced packets have in common.
 *
 * OVERVIEW. unix_name.c has names, unix_stream.c connections and bytes, unix_dgram.c
 * datagrams (and the records of sequenced packets), garbage.c descriptors in flight that
 * nobody can get any more. Data goes straight into the receiver's queue and stays charged to
 * the sender's buffer until it is read.
 *
 * LOCKING. net.names_lock and net.peers_lock before socket.lock. A stream's peer
 * never changes once it is connected, so who holds the file may use it without a reference.
 *
 * LINUX BEHAVIOUR. unix(7), net/unix/af_unix.c.
 *
 * NOT DONE. MSG_OOB (EOPNOTSUPP), SO_PEERSEC, /proc/net/unix.
 */
#include "kernel/net/unix.h"

#include "abi/errno.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/poll.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/families.h"
#include "kernel/net/net.h"
#include "kernel/net/packet.h"
#include "kernel/net/recv.h"
#include "kernel/net/unix_proto.h"
#include "kernel/vfs/poll.h"

bool socket_is_unix(const struct socket *s)
{
	return s->proto->family == LINUX_AF_UNIX;
}

struct sock_name *unix_name(struct unix_sock *u)
{
	struct sock_name *n;

	lock_acquire(&u->s.lock);
	n = sock_name_get(u->name);
	lock_release(&u->s.lock);
	return n;
}

static int unix_init(struct socket *s)
{
	struct unix_sock *u = unix_of(s);

	waitq_init(&u->room);
	list_init(&u->name_link);
	list_init(&u->senders);
	list_init(&u->sender_link);
	list_init(&u->gc_link);
	s->backlog_max = UNIX_DGRAM_QUEUE_MAX;
	return 0;
}

static void unix_destroy(struct socket *s)
{
	sock_name_put(unix_of(s)->name);
}

static int unix_pair(struct socket *a, struct socket *b)
{
	a->peer = socket_get(b);
	b->peer = socket_get(a);
	socket_set_peer_self(a);
	socket_set_peer_self(b);
	a->state = b->state = SOCK_STATE_CONNECTED;
	return 0;
}

static int unix_getname(struct socket *s, bool peer, struct sock_addr *ret)
{
	struct socket *of = s;
	struct sock_name *n;

	if (peer) {
		lock_acquire(&s->lock);
		of = s->peer == NULL ? NULL : socket_get(s->peer);
		lock_release(&s->lock);
		if (of == NULL)
			return -ENOTCONN;
	}
	n = unix_name(unix_of(of));
	sock_name_copy(n, LINUX_AF_UNIX, ret);
	sock_name_put(n);
	if (peer)
		socket_put(of);
	return 0;
}

/* --- shutting down --- */

static int unix_shutdown(struct socket *s, u32 how)
{
	struct socket *peer = NULL;

	lock_acquire(&s->lock);
	atomic_store(&s->shutdown, s->shutdown | how);
	if (s->proto->connected && s->peer != NULL)
		peer = socket_get(s->peer);
	lock_release(&s->lock);
	if (peer != NULL) {
		u32 theirs = (how & SHUT_BIT_READ ? SHUT_BIT_WRITE : 0) |
			     (how & SHUT_BIT_WRITE ? SHUT_BIT_READ : 0);

		lock_acquire(&peer->lock);
		atomic_store(&peer->shutdown, peer->shutdown | theirs);
		lock_release(&peer->lock);
		socket_wake_shutdown(peer);
		socket_put(peer);
	}
	socket_wake_shutdown(s);
	return 0;
}

/* The peer of a connection has gone; reset: with data of ours unread. */
static void connection_lost(struct socket *peer, bool reset)
{
	lock_acquire(&peer->lock);
	atomic_store(&peer->shutdown, SHUT_BITS);
	if (reset)
		atomic_store(&peer->error, ECONNRESET);
	lock_release(&peer->lock);
	socket_wake_shutdown(peer);
}

/* Nobody has accepted these. The state is CLOSED, so none are added. */
static void backlog_release(struct socket *s)
{
	for (;;) {
		struct socket *waiting = NULL;

		lock_acquire(&s->lock);
		if (!list_empty(&s->backlog)) {
			waiting = list_first(&s->backlog, struct socket, backlog_link);
			list_del(&waiting->backlog_link);
			s->backlog_count--;
		}
		lock_release(&s->lock);
		if (waiting == NULL)
			return;
		unix_of(waiting)->never_accepted = true;
		socket_release(waiting);
	}
}

static void unix_release(struct socket *s)
{
	struct unix_sock *u = unix_of(s);
	struct socket *peer;
	bool unread;

	unix_unbind(u);
	if (!s->proto->connected)
		unix_dgram_forget(u);
	lock_acquire(&s->lock);
	s->state = SOCK_STATE_CLOSED;
	atomic_store(&s->shutdown, SHUT_BITS);
	peer = s->peer;
	s->peer = NULL;
	unread = !list_empty(&s->queue) || u->never_accepted;
	lock_release(&s->lock);
	waitq_wake_all(&u->room);
	if (peer != NULL && s->proto->connected)
		connection_lost(peer, unread);
	socket_put(peer);
	backlog_release(s);
	if (!list_empty(&net->in_flight))
		garbage_collect();
}

/* --- asking --- */

/* Linux: a listener counts as not writable, what was never connected has hung up. */
static u32 unix_stream_poll(struct socket *s, UNUSED struct poll_table *pt)
{
	u32 ready = socket_poll_common(s), state = atomic_load(&s->state);

	if (state == SOCK_STATE_CLOSED)
		ready |= LINUX_POLLHUP;
	if (state != SOCK_STATE_LISTENING && socket_writable(s))
		ready |= LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND;
	return ready;
}

static u32 unix_packet_poll(struct socket *s, UNUSED struct poll_table *pt)
{
	u32 ready = socket_poll_common(s), state = atomic_load(&s->state);

	if (s->proto->connected && state == SOCK_STATE_CLOSED)
		ready |= LINUX_POLLHUP;
	if (state != SOCK_STATE_LISTENING && socket_writable(s) && unix_dgram_room(unix_of(s)))
		ready |= LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND;
	return ready;
}

static s64 bytes_readable(struct socket *s)
{
	struct packet *p;
	s64 n;

	lock_acquire(&s->lock);
	p = packet_first_locked(s);
	if (s->state == SOCK_STATE_LISTENING)
		n = -EINVAL;
	else if (s->proto->connected)
		n = (s64)s->queue_bytes;
	else
		n = p == NULL ? 0 : (s64)p->size;
	lock_release(&s->lock);
	return n;
}

static s64 unix_ioctl(struct socket *s, u32 cmd, uaddr_t arg)
{
	s32 value;
	s64 n;

	switch (cmd) {
	case LINUX_FIONREAD:
		n = bytes_readable(s);
		if (n < 0)
			return n;
		value = (s32)n;
		break;
	case LINUX_TIOCOUTQ:
		value = (s32)atomic_load(&s->wmem);
		break;
	default:
		return -ENOTTY;
	}
	return copy_out(arg, &value, sizeof(value));
}

/* --- the three protocols --- */

#define UNIX_COMMON                                                               \
	.family = LINUX_AF_UNIX, .size = sizeof(struct unix_sock), .init = unix_init,  \
	.bind = unix_bind, .pair = unix_pair, .getname = unix_getname,                 \
	.shutdown = unix_shutdown, .ioctl = unix_ioctl, .release = unix_release,       \
	.destroy = unix_destroy

const struct sock_proto unix_stream_proto = {
	UNIX_COMMON,
	.type = LINUX_SOCK_STREAM,
	.connected = true,
	.connect = unix_stream_connect,
	.listen = unix_listen,
	.accept = unix_accept,
	.send = unix_stream_send,
	.recv = unix_stream_recv,
	.poll = unix_stream_poll,
};

const struct sock_proto unix_seqpacket_proto = {
	UNIX_COMMON,
	.type = LINUX_SOCK_SEQPACKET,
	.connected = true,
	.connect = unix_stream_connect,
	.listen = unix_listen,
	.accept = unix_accept,
	.send = unix_seqpacket_send,
	.recv = unix_seqpacket_recv,
	.poll = unix_packet_poll,
};

const struct sock_proto unix_dgram_proto = {
	UNIX_COMMON,
	.type = LINUX_SOCK_DGRAM,
	.connect = unix_dgram_connect,
	.send = unix_dgram_send,
	.recv = unix_dgram_recv,
	.poll = unix_packet_poll,
};
