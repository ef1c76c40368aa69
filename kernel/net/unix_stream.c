/*
 * Local sockets: connections, and bytes over them.
 *
 * A connection is made by connect(): the new end is put into the listener's backlog, already
 * connected, so data may be sent before it is accepted.
 *
 * LINUX BEHAVIOUR. unix_stream_connect(): a full backlog makes connect wait, or EAGAIN.
 * unix_stream_sendmsg(): writing is limited by what of the sender's own data is unread.
 */
#include "abi/errno.h"
#include "abi/linux/poll.h"
#include "kernel/net/packet.h"
#include "kernel/net/recv.h"
#include "kernel/net/unix_proto.h"
#include "kernel/signal/signal.h"
#include "kernel/task/task.h"

/* --- making connections --- */

int unix_listen(struct socket *s, u32 backlog)
{
	struct unix_sock *u = unix_of(s);
	bool more;

	lock_acquire(&s->lock);
	if (u->name == NULL ||
	    (s->state != SOCK_STATE_CLOSED && s->state != SOCK_STATE_LISTENING)) {
		lock_release(&s->lock);
		return -EINVAL;
	}
	more = backlog > s->backlog_max;
	s->backlog_max = backlog;
	atomic_store(&s->state, SOCK_STATE_LISTENING);
	socket_set_peer_self(s);
	lock_release(&s->lock);
	if (more)
		waitq_wake_all(&u->room);
	return 0;
}

int unix_accept(struct socket *s, bool nonblock, struct socket **ret)
{
	int err = socket_backlog_take(s, nonblock, ret);

	if (err == 0)
		waitq_wake_all(&unix_of(s)->room);
	return err;
}

/* The other end, connected to s and named as the listener. Both are locked. */
static void join_locked(struct socket *s, struct socket *listener, struct socket *end)
{
	struct unix_sock *l = unix_of(listener), *e = unix_of(end);

	socket_set_peer_self(end);
	socket_copy_peer(s, listener);
	end->state = SOCK_STATE_CONNECTED;
	end->peer = socket_get(s);
	e->name = sock_name_get(l->name);
	end->flags |= listener->flags & (SOCK_FLAG_PASSCRED | SOCK_FLAG_PASSPIDFD);
	s->peer = socket_get(end);
	atomic_store(&s->state, SOCK_STATE_CONNECTED);
	list_add_tail(&listener->backlog, &end->backlog_link);
	atomic_store(&listener->backlog_count, listener->backlog_count + 1);
}

/* -EAGAIN: the backlog is full. 0: end is the backlog's now. */
static int connect_try(struct socket *s, struct socket *listener, struct socket *end)
{
	int err = 0;

	socket_lock_two(s, listener);
	if (listener->state != SOCK_STATE_LISTENING || listener->shutdown & SHUT_BIT_READ)
		err = -ECONNREFUSED;
	else if (listener->backlog_count > listener->backlog_max)
		err = -EAGAIN;
	else if (s->state != SOCK_STATE_CLOSED)
		err = s->state == SOCK_STATE_CONNECTED ? -EISCONN : -EINVAL;
	else
		join_locked(s, listener, end);
	socket_unlock_two(s, listener);
	return err;
}

static int connect_to(struct socket *s, struct unix_sock *l, struct socket *end, bool nonblock)
{
	u64 timeo = atomic_load(&s->sndtimeo);
	int err = connect_try(s, &l->s, end), wait;

	if (err != -EAGAIN || nonblock)
		return err;
	wait = SOCK_WAIT(&l->room, sock_wake_any, 0, socket_deadline(timeo, false),
			 (err = connect_try(s, &l->s, end)) != -EAGAIN);
	return wait < 0 ? socket_wait_error(wait, timeo) : err;
}

int unix_stream_connect(struct socket *s, const struct sock_addr *addr, bool nonblock)
{
	struct unix_sock *listener;
	struct socket *end;
	int err = unix_addr_check(addr);

	if (err == 0)
		err = unix_autobind_for_creds(unix_of(s));
	if (err < 0)
		return err;
	err = socket_create_like(s->proto, &end);
	if (err < 0)
		return err == -ENOBUFS ? -ENOMEM : err;
	err = unix_find(addr, s->proto->type, &listener);
	if (err == 0) {
		err = connect_to(s, listener, end, nonblock);
		if (err == 0)
			socket_wake(&listener->s, LINUX_POLLIN | LINUX_POLLRDNORM);
		socket_put(&listener->s);
	}
	if (err < 0)
		socket_release(end);
	return err;
}

/* --- sending --- */

int unix_packet_dress(struct unix_sock *u, struct packet *p, struct sock_msg *m, bool with_fds)
{
	int err;

	p->from = unix_name(u);
	p->scm.cred = m->scm.cred;
	if (!with_fds || m->scm.fds == NULL)
		return 0;
	err = scm_fds_depart(m->scm.fds);
	if (err == 0)
		p->scm.fds = TAKE(m->scm.fds);
	return err;
}

static int stream_queue(struct socket *peer, struct packet *p)
{
	int err = 0;

	lock_acquire(&peer->lock);
	if (peer->flags & SOCK_FLAG_DEAD || peer->shutdown & SHUT_BIT_READ)
		err = -EPIPE;
	else
		packet_queue_locked(peer, p);
	lock_release(&peer->lock);
	if (err == 0)
		socket_wake(peer, LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLRDBAND);
	return err;
}

/* Up to one packet's worth. Bytes, or -Exxx. */
static s64 stream_send_some(struct socket *s, struct socket *peer, struct sock_msg *m, bool first)
{
	s32 half = atomic_load(&s->sndbuf) / 2 - 64;
	size_t most = MIN((size_t)MAX(half, 1), (size_t)PACKET_PIECE_MAX);
	u32 size = (u32)MIN(m->data.count, most);
	struct packet *p;
	int err = socket_wait_charge(s, m->flags);

	if (err == 0)
		err = packet_create(s, &m->data, size, 0, &p);
	if (err < 0)
		return err;
	err = unix_packet_dress(unix_of(s), p, m, first);
	if (err == 0)
		err = stream_queue(peer, p);
	if (err < 0)
		packet_put(p);
	return err < 0 ? err : (s64)size;
}

static s64 stream_send_all(struct socket *s, struct sock_msg *m)
{
	struct socket *peer;
	s64 sent = 0, n = 0;

	lock_acquire(&s->lock);
	peer = s->peer;
	lock_release(&s->lock);
	if (m->name->len != 0)
		return atomic_load(&s->state) == SOCK_STATE_CONNECTED ? -EISCONN : -EOPNOTSUPP;
	if (peer == NULL)
		return -ENOTCONN;
	if (atomic_load(&s->shutdown) & SHUT_BIT_WRITE)
		return -EPIPE;
	while (m->data.count != 0) {
		n = stream_send_some(s, peer, m, sent == 0);
		if (n < 0)
			break;
		sent += n;
	}
	return sent != 0 ? sent : n;
}

s64 unix_stream_send(struct socket *s, struct sock_msg *m)
{
	s64 n;

	if (m->flags & LINUX_MSG_OOB)
		return -EOPNOTSUPP;
	n = stream_send_all(s, m);
	if (n == -EPIPE && !(m->flags & LINUX_MSG_NOSIGNAL))
		signal_send_self(LINUX_SIGPIPE);
	return n;
}

s64 unix_stream_recv(struct socket *s, struct sock_msg *m)
{
	if (m->flags & LINUX_MSG_OOB)
		return -EINVAL; /* Linux: what it says when there is none */
	if (atomic_load(&s->state) != SOCK_STATE_CONNECTED)
		return -EINVAL;
	return stream_recv(s, m, 0);
}
