/*
 * TCP over loopback: connections. Bytes are in tcp_data.c.
 *
 * OVERVIEW. connect() finds the listener, makes the other end and puts it into the backlog:
 * both are connected at once. When the backlog is full the client waits in the listener's
 * list of pending ones (Linux: its SYN is dropped and sent again); accept() lets it in. A
 * non-blocking connect says EINPROGRESS all the same, as Linux does, whose SYN is still on
 * its way then.
 *
 * An end that is closed or shut down for writing tells its peer (Linux: FIN); one that is
 * closed with data unread, or gets data after it was closed, resets it (RST).
 *
 * LINUX BEHAVIOUR. tcp(7), inet_stream_connect(), inet_shutdown(), tcp_close(), observed.
 */
#include "kernel/net/tcp.h"

#include "abi/errno.h"
#include "abi/linux/poll.h"
#include "kernel/net/packet.h"
#include "kernel/net/recv.h"
#include "lib/string.h"

/* Linux: tcp_wmem, tcp_rmem; of a connection what they grow to. */
#define SNDBUF_INITIAL 16384
#define SNDBUF_CONNECTED 1048576
#define RCVBUF_INITIAL 131072

/* What an accepted connection has from its listener. */
#define FLAGS_INHERITED                                                           \
	(SOCK_FLAG_DEBUG | SOCK_FLAG_REUSEADDR | SOCK_FLAG_REUSEPORT |             \
	 SOCK_FLAG_DONTROUTE | SOCK_FLAG_BROADCAST | SOCK_FLAG_KEEPALIVE |         \
	 SOCK_FLAG_OOBINLINE | SOCK_FLAG_LINGER | SOCK_FLAG_SNDBUF_LOCKED |        \
	 SOCK_FLAG_RCVBUF_LOCKED | SOCK_FLAG_TIMESTAMP | SOCK_FLAG_TIMESTAMPNS)

int tcp_init(struct socket *s)
{
	s->sndbuf = SNDBUF_INITIAL;
	s->rcvbuf = RCVBUF_INITIAL;
	return inet_common_init(s);
}

/* --- the other end --- */

/* The peer will send no more. Linux: tcp_fin. */
void tcp_finished(struct socket *s)
{
	lock_acquire(&s->lock);
	atomic_store(&inet_of(s)->fin, true);
	atomic_store(&s->shutdown, s->shutdown | SHUT_BIT_READ);
	if (s->shutdown == SHUT_BITS)
		atomic_store(&s->state, SOCK_STATE_CLOSED);
	lock_release(&s->lock);
	socket_wake_shutdown(s);
}

/* Linux: tcp_reset. What has arrived can still be read. */
void tcp_reset(struct socket *s)
{
	lock_acquire(&s->lock);
	atomic_store(&s->error, inet_of(s)->fin ? EPIPE : ECONNRESET);
	atomic_store(&s->shutdown, SHUT_BITS);
	atomic_store(&s->state, SOCK_STATE_CLOSED);
	lock_release(&s->lock);
	socket_wake_shutdown(s);
	socket_wake(s, LINUX_POLLERR);
}

static void grow_buffer(struct socket *s)
{
	if (!(s->flags & SOCK_FLAG_SNDBUF_LOCKED))
		atomic_store(&s->sndbuf, SNDBUF_CONNECTED);
}

/* An end for a connection from i to dest, at the listener l. NULL: no memory. */
static struct inet_sock *end_create(struct inet_sock *i, struct inet_sock *l,
				    const struct inet_end *dest)
{
	struct socket *s;
	struct inet_sock *end;

	if (socket_create_like(l->s.proto, &s) < 0)
		return NULL;
	end = inet_of(s);
	s->flags = l->s.flags & FLAGS_INHERITED;
	s->owner_uid = l->s.owner_uid;
	s->sndbuf = l->s.sndbuf;
	s->rcvbuf = l->s.rcvbuf;
	s->rcvlowat = l->s.rcvlowat;
	s->rcvtimeo = l->s.rcvtimeo;
	s->sndtimeo = l->s.sndtimeo;
	s->linger = l->s.linger;
	s->priority = l->s.priority;
	s->mark = l->s.mark;
	memcpy(end->options, l->options, sizeof(end->options));
	grow_buffer(s);
	end->local = *dest;
	end->remote = i->local;
	end->never_accepted = true;
	inet_port_share(end);
	return end;
}

/* Both are locked. */
static void join_locked(struct inet_sock *i, struct inet_sock *l, struct inet_sock *end)
{
	end->s.peer = socket_get(&i->s);
	end->s.state = SOCK_STATE_CONNECTED;
	i->s.peer = socket_get(&end->s);
	grow_buffer(&i->s);
	atomic_store(&i->s.state, SOCK_STATE_CONNECTED);
	list_add_tail(&l->s.backlog, &end->s.backlog_link);
	atomic_store(&l->s.backlog_count, l->s.backlog_count + 1);
}

/* Both are locked: i waits for room, and the list holds it. */
static void wait_locked(struct inet_sock *i, struct inet_sock *l, struct inet_sock *end)
{
	i->embryo = &end->s;
	i->pending_on = socket_get(&l->s);
	socket_get(&i->s);
	list_add_tail(&l->pending, &i->pending_link);
}

static int join_or_wait(struct inet_sock *i, struct inet_sock *l, struct inet_sock *end)
{
	int err = 0;

	socket_lock_two(&i->s, &l->s);
	if (l->s.state != SOCK_STATE_LISTENING)
		err = -ECONNREFUSED;
	else if (i->s.state != SOCK_STATE_CONNECTING)
		err = -ECONNABORTED;
	else if (l->s.backlog_count > l->s.backlog_max)
		err = -EINPROGRESS;
	if (err == 0)
		join_locked(i, l, end);
	else if (err == -EINPROGRESS)
		wait_locked(i, l, end);
	socket_unlock_two(&i->s, &l->s);
	return err;
}

/* 0 connected, -EINPROGRESS, -ECONNREFUSED, -ENOBUFS. */
static int connect_start(struct inet_sock *i, const struct inet_end *dest)
{
	struct inet_sock *l = inet_find_listener(dest), *end;
	int err;

	if (l == NULL)
		return -ECONNREFUSED;
	end = end_create(i, l, dest);
	err = end == NULL ? -ENOBUFS : join_or_wait(i, l, end);
	if (err == 0)
		socket_wake(&l->s, LINUX_POLLIN | LINUX_POLLRDNORM);
	else if (err != -EINPROGRESS && end != NULL)
		socket_release(&end->s);
	socket_put(&l->s);
	return err;
}

/* --- connect --- */

/* How a connect that was begun stands: 0 connected, an error, -EALREADY. */
static int connect_status(struct inet_sock *i)
{
	int err = 0;

	lock_acquire(&i->s.lock);
	if (i->s.state == SOCK_STATE_CONNECTING) {
		err = -EALREADY;
	} else {
		bool connected = i->s.peer != NULL;

		i->in_progress = false;
		if (!connected) {
			err = -atomic_xchg(&i->s.error, 0);
			err = err == 0 ? -ECONNABORTED : err;
			i->remote.port = 0;
			atomic_store(&i->s.shutdown, 0);
		}
	}
	lock_release(&i->s.lock);
	return err;
}

static int connect_wait(struct inet_sock *i, bool nonblock)
{
	u64 timeo = atomic_load(&i->s.sndtimeo);
	int err;

	if (nonblock)
		return -EINPROGRESS;
	err = SOCK_WAIT(&i->s.wait, sock_wake_any, 0, socket_deadline(timeo, false),
			atomic_load(&i->s.state) != SOCK_STATE_CONNECTING);
	if (err == -ETIMEDOUT)
		return -EINPROGRESS;
	return err < 0 ? socket_wait_error(err, timeo) : connect_status(i);
}

/* It could not be connected: what poll and the next connect() will see. */
static void connect_failed(struct inet_sock *i, int error)
{
	lock_acquire(&i->s.lock);
	atomic_store(&i->s.error, error);
	atomic_store(&i->s.shutdown, SHUT_BITS);
	atomic_store(&i->s.state, SOCK_STATE_CLOSED);
	lock_release(&i->s.lock);
	socket_wake_shutdown(&i->s);
	socket_wake(&i->s, LINUX_POLLERR);
}

/* Take the socket for this connect. -EISCONN, -EALREADY: it is somebody's already. */
static int connect_claim(struct inet_sock *i, const struct inet_end *dest)
{
	int err = 0;

	lock_acquire(&i->s.lock);
	if (i->s.state != SOCK_STATE_CLOSED || i->s.peer != NULL) {
		err = i->s.state == SOCK_STATE_CONNECTING ? -EALREADY : -EISCONN;
	} else {
		atomic_store(&i->s.state, SOCK_STATE_CONNECTING);
		atomic_store(&i->s.shutdown, 0);
		atomic_store(&i->s.error, 0);
		i->remote = *dest;
		i->in_progress = true;
	}
	lock_release(&i->s.lock);
	return err;
}

static int connect_begin(struct inet_sock *i, const struct sock_addr *addr, bool nonblock)
{
	struct inet_end dest;
	int err = inet_dest_parse(i, addr, &dest);

	if (err == 0)
		err = connect_claim(i, &dest);
	if (err < 0)
		return err;
	err = inet_autobind(i, &dest);
	if (err == 0)
		err = connect_start(i, &dest);
	if (err == -EINPROGRESS)
		return connect_wait(i, nonblock);
	if (err < 0)
		connect_failed(i, -err);
	if (nonblock && (err == 0 || err == -ECONNREFUSED))
		return -EINPROGRESS; /* Linux: the answer is not there yet */
	return connect_status(i);
}

static int tcp_disconnect(struct inet_sock *i);

int tcp_connect(struct socket *s, const struct sock_addr *addr, bool nonblock)
{
	struct inet_sock *i = inet_of(s);
	bool begun;

	if (addr->len < sizeof(addr->any.ss_family))
		return -EINVAL;
	if (addr->any.ss_family == LINUX_AF_UNSPEC)
		return tcp_disconnect(i);
	lock_acquire(&s->lock);
	begun = i->in_progress;
	lock_release(&s->lock);
	if (!begun)
		return connect_begin(i, addr, nonblock);
	if (atomic_load(&s->state) != SOCK_STATE_CONNECTING)
		return connect_status(i);
	return nonblock ? -EALREADY : connect_wait(i, false);
}

/* --- listeners --- */

int tcp_listen(struct socket *s, u32 backlog)
{
	struct inet_sock *i = inet_of(s);
	int err = 0;

	lock_acquire(&s->lock);
	if (s->state == SOCK_STATE_LISTENING)
		s->backlog_max = backlog;
	else if (s->state != SOCK_STATE_CLOSED || s->peer != NULL || i->in_progress)
		err = -EINVAL;
	else
		err = 1;
	lock_release(&s->lock);
	if (err <= 0)
		return err;
	if (i->local.port == 0)
		err = inet_autobind(i, NULL);
	else
		err = inet_port_check_listen(i);
	if (err < 0)
		return err;
	lock_acquire(&s->lock);
	s->backlog_max = backlog;
	atomic_store(&s->state, SOCK_STATE_LISTENING);
	lock_release(&s->lock);
	return 0;
}

/* The first of those who wait, with the list's reference; NULL: none, or no room. */
static struct inet_sock *pending_take(struct inet_sock *l, bool even_if_full)
{
	struct inet_sock *i = NULL;

	lock_acquire(&l->s.lock);
	if (!list_empty(&l->pending) &&
	    (even_if_full || l->s.backlog_count <= l->s.backlog_max)) {
		i = list_first(&l->pending, struct inet_sock, pending_link);
		list_del(&i->pending_link);
	}
	lock_release(&l->s.lock);
	return i;
}

/* There is room in the backlog. */
static void pending_admit(struct inet_sock *l)
{
	struct inet_sock *i;

	while ((i = pending_take(l, false)) != NULL) {
		struct socket *on = NULL;

		socket_lock_two(&i->s, &l->s);
		if (i->s.state == SOCK_STATE_CONNECTING && i->embryo != NULL) {
			on = TAKE(i->pending_on);
			join_locked(i, l, inet_of(TAKE(i->embryo)));
		}
		socket_unlock_two(&i->s, &l->s);
		socket_put(on);
		socket_wake(&i->s, LINUX_POLLOUT | LINUX_POLLWRNORM);
		socket_wake(&l->s, LINUX_POLLIN | LINUX_POLLRDNORM);
		socket_put(&i->s);
	}
}

int tcp_accept(struct socket *s, bool nonblock, struct socket **ret)
{
	int err = socket_backlog_take(s, nonblock, ret);

	if (err < 0)
		return err;
	lock_acquire(&(*ret)->lock);
	inet_of(*ret)->never_accepted = false;
	lock_release(&(*ret)->lock);
	pending_admit(inet_of(s));
	return 0;
}

/* A connect that waits for room is given up, by its socket or by the listener. */
static void pending_drop(struct inet_sock *i)
{
	struct socket *on, *embryo;
	bool listed = false;

	lock_acquire(&i->s.lock);
	on = TAKE(i->pending_on);
	embryo = TAKE(i->embryo);
	lock_release(&i->s.lock);
	if (on != NULL) {
		lock_acquire(&on->lock);
		listed = !list_empty(&i->pending_link);
		list_del(&i->pending_link);
		lock_release(&on->lock);
	}
	if (embryo != NULL)
		socket_release(embryo);
	socket_put(on);
	if (listed)
		socket_put(&i->s);
}

/* Nobody accepts any more. */
static void listener_close(struct inet_sock *l)
{
	struct inet_sock *i;

	lock_acquire(&l->s.lock);
	atomic_store(&l->s.state, SOCK_STATE_CLOSED);
	lock_release(&l->s.lock);
	while ((i = pending_take(l, true)) != NULL) {
		connect_failed(i, ECONNREFUSED);
		pending_drop(i);
		socket_put(&i->s);
	}
	for (;;) {
		struct socket *waiting = NULL;

		lock_acquire(&l->s.lock);
		if (!list_empty(&l->s.backlog)) {
			waiting = list_first(&l->s.backlog, struct socket, backlog_link);
			list_del(&waiting->backlog_link);
			atomic_store(&l->s.backlog_count, l->s.backlog_count - 1);
		}
		lock_release(&l->s.lock);
		if (waiting == NULL)
			break;
		socket_release(waiting);
	}
	socket_wake_shutdown(&l->s);
	waitq_wake(&l->s.wait, ~0u, LINUX_POLLIN | LINUX_POLLHUP);
}

/* --- ending --- */

/* Linux: tcp_disconnect. A connection is reset, and the socket as good as new. */
static int tcp_disconnect(struct inet_sock *i)
{
	struct socket *s = &i->s, *peer;
	struct list packets;

	list_init(&packets);
	if (atomic_load(&s->state) == SOCK_STATE_LISTENING)
		listener_close(i);
	pending_drop(i);
	lock_acquire(&s->lock);
	peer = TAKE(s->peer);
	atomic_store(&s->error, s->state == SOCK_STATE_CONNECTED ||
					s->state == SOCK_STATE_CONNECTING ? ECONNRESET : 0);
	atomic_store(&s->state, SOCK_STATE_CLOSED);
	atomic_store(&s->shutdown, 0);
	i->in_progress = i->fin = i->shut_read = false;
	i->remote.port = 0;
	i->mark = ~(u64)0;
	i->urgent = URGENT_NONE;
	packets_take_locked(s, &packets);
	lock_release(&s->lock);
	packets_put(&packets);
	inet_port_forget(i);
	if (peer != NULL)
		tcp_reset(peer);
	socket_put(peer);
	socket_wake_shutdown(s);
	return 0;
}

/* shutdown() of a connection. The peer's reference, if it must be told. */
static struct socket *shutdown_locked(struct inet_sock *i, u32 how)
{
	struct socket *s = &i->s;
	bool tell = how & SHUT_BIT_WRITE && !(s->shutdown & SHUT_BIT_WRITE) && s->peer != NULL;

	atomic_store(&s->shutdown, s->shutdown | how);
	if (how & SHUT_BIT_READ)
		i->shut_read = true;
	if (i->fin && s->shutdown & SHUT_BIT_WRITE)
		atomic_store(&s->state, SOCK_STATE_CLOSED);
	return tell ? socket_get(s->peer) : NULL;
}

int tcp_shutdown(struct socket *s, u32 how)
{
	struct inet_sock *i = inet_of(s);
	struct socket *peer = NULL;
	int err = 0;

	switch (atomic_load(&s->state)) {
	case SOCK_STATE_LISTENING:
		return how & SHUT_BIT_READ ? tcp_disconnect(i) : 0;
	case SOCK_STATE_CONNECTING:
		return tcp_disconnect(i);
	case SOCK_STATE_CLOSED:
		err = -ENOTCONN;
		break;
	}
	lock_acquire(&s->lock);
	peer = shutdown_locked(i, how);
	lock_release(&s->lock);
	if (peer != NULL)
		tcp_finished(peer);
	socket_put(peer);
	socket_wake_shutdown(s);
	return err;
}

/* Linux: tcp_close. Unread data, or SO_LINGER with no time, makes it a reset. */
void tcp_release(struct socket *s)
{
	struct inet_sock *i = inet_of(s);
	struct socket *peer;
	bool reset, knows;

	inet_port_release(i);
	if (atomic_load(&s->state) == SOCK_STATE_LISTENING)
		listener_close(i);
	pending_drop(i);
	lock_acquire(&s->lock);
	peer = TAKE(s->peer);
	reset = !list_empty(&s->queue) || i->never_accepted ||
		(s->flags & SOCK_FLAG_LINGER && s->linger == 0);
	knows = s->state == SOCK_STATE_CLOSED || (!reset && s->shutdown & SHUT_BIT_WRITE);
	atomic_store(&s->state, SOCK_STATE_CLOSED);
	atomic_store(&s->shutdown, SHUT_BITS);
	lock_release(&s->lock);
	if (peer != NULL && !knows && reset)
		tcp_reset(peer);
	else if (peer != NULL && !knows)
		tcp_finished(peer);
	socket_put(peer);
}

u8 tcp_state_number(struct inet_sock *i)
{
	switch (atomic_load(&i->s.state)) {
	case SOCK_STATE_LISTENING:
		return 10;
	case SOCK_STATE_CONNECTING:
		return 2;
	case SOCK_STATE_CLOSED:
		return 7;
	default:
		if (atomic_load(&i->fin))
			return 8; /* CLOSE_WAIT */
		return atomic_load(&i->s.shutdown) & SHUT_BIT_WRITE ? 5 : 1;
	}
}
