/*
 * TCP over loopback: bytes, urgent data, readiness.
 *
 * Small pieces that nobody has read yet are joined in the receiver's queue. The urgent byte
 * (MSG_OOB) is kept aside, or in the queue with SO_OOBINLINE; a read stops at its mark.
 *
 * LINUX BEHAVIOUR. tcp_sendmsg(), tcp_recvmsg(), tcp_poll(): sending without a connection is
 * EPIPE and SIGPIPE, receiving ENOTCONN; data sent to an end that was closed is taken and
 * answered with a reset; MSG_TRUNC drops bytes without copying them.
 */
#include "abi/errno.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/poll.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/packet.h"
#include "kernel/net/recv.h"
#include "kernel/net/tcp.h"
#include "kernel/signal/signal.h"
#include "kernel/vfs/poll.h"

#define JOIN_ROOM (4096u - (u32)sizeof(struct packet))
#define NO_MARK (~(u64)0)

/* --- sending --- */

/* True: the receiver is not there any more, or will not have it. */
static bool refuses_locked(const struct socket *peer)
{
	const struct inet_sock *i = container_of(peer, struct inet_sock, s);

	return peer->flags & SOCK_FLAG_DEAD || peer->state != SOCK_STATE_CONNECTED ||
	       (i->shut_read && peer->shutdown & SHUT_BIT_WRITE);
}

/* Put data that came too late answers: Linux: RST to the sender, and here as well. */
static void answer_with_reset(struct socket *s, struct socket *peer)
{
	bool open = !socket_flag(peer, SOCK_FLAG_DEAD) &&
		    atomic_load(&peer->state) == SOCK_STATE_CONNECTED;

	if (open)
		tcp_reset(peer);
	tcp_reset(s);
}

/* The packet is taken over. urgent: its last byte is. */
static void queue_packet(struct socket *s, struct socket *peer, struct packet *p, bool urgent)
{
	struct inet_sock *i = inet_of(peer);
	bool refused, joined = false;

	lock_acquire(&peer->lock);
	refused = refuses_locked(peer);
	if (!refused) {
		u32 size = p->size;

		joined = packet_append_locked(peer, p);
		if (!joined)
			packet_queue_locked(peer, p);
		i->queued += size;
		if (urgent) {
			i->mark = i->queued - 1;
			i->urgent = URGENT_INLINE;
		}
	}
	lock_release(&peer->lock);
	if (refused || joined)
		packet_put(p);
	if (refused)
		answer_with_reset(s, peer);
	else
		socket_wake(peer, LINUX_POLLIN | LINUX_POLLRDNORM | (urgent ? LINUX_POLLPRI : 0));
}

static s64 send_some(struct socket *s, struct socket *peer, struct sock_msg *m, size_t most,
		     bool urgent)
{
	u32 size = (u32)MIN(MIN(m->data.count, most), (size_t)PACKET_PIECE_MAX);
	u32 reserve = atomic_load(&peer->queue_count) != 0 ? JOIN_ROOM : 0;
	struct packet *p;
	int err = socket_wait_charge(s, m->flags);

	if (err == 0)
		err = packet_create(s, &m->data, size, reserve, &p);
	if (err < 0)
		return err;
	queue_packet(s, peer, p, urgent);
	return size;
}

/* One byte besides the stream. */
static int send_aside(struct socket *s, struct socket *peer, struct sock_msg *m)
{
	struct inet_sock *i = inet_of(peer);
	bool refused;
	u8 byte;

	if (iter_copy_from(&m->data, &byte, 1) != 1)
		return -EFAULT;
	lock_acquire(&peer->lock);
	refused = refuses_locked(peer);
	if (!refused) {
		i->urgent = byte;
		i->mark = i->queued;
	}
	lock_release(&peer->lock);
	if (refused)
		answer_with_reset(s, peer);
	else
		socket_wake(peer, LINUX_POLLPRI);
	return 1;
}

static s64 send_all(struct socket *s, struct socket *peer, struct sock_msg *m)
{
	bool urgent = m->flags & LINUX_MSG_OOB;
	bool in_line = urgent && socket_flag(peer, SOCK_FLAG_OOBINLINE);
	s64 sent = 0, n = 0;

	while (m->data.count != 0) {
		bool last = urgent && m->data.count == 1;

		if (last && !in_line)
			n = send_aside(s, peer, m);
		else
			n = send_some(s, peer, m, urgent && !last ? m->data.count - 1 : ~(size_t)0,
				      last);
		if (n < 0)
			break;
		sent += n;
	}
	return sent != 0 ? sent : n;
}

/* Until a connect that was begun has ended. Linux: sk_stream_wait_connect. */
static int wait_connected(struct socket *s, u32 flags)
{
	u64 timeo = atomic_load(&s->sndtimeo);
	int err;

	if (atomic_load(&s->state) != SOCK_STATE_CONNECTING)
		return 0;
	if (flags & LINUX_MSG_DONTWAIT)
		return -EAGAIN;
	err = SOCK_WAIT(&s->wait, sock_wake_any, 0, socket_deadline(timeo, false),
			atomic_load(&s->state) != SOCK_STATE_CONNECTING);
	return err < 0 ? socket_wait_error(err, timeo) : 0;
}

static s64 tcp_send(struct socket *s, struct sock_msg *m)
{
	struct socket *peer = NULL;
	s64 n = wait_connected(s, m->flags);

	if (n == 0)
		n = socket_take_error(s);
	if (n == 0) {
		lock_acquire(&s->lock);
		if (s->peer != NULL && !(s->shutdown & SHUT_BIT_WRITE))
			peer = socket_get(s->peer);
		lock_release(&s->lock);
		n = peer == NULL ? -EPIPE : send_all(s, peer, m);
		socket_put(peer);
	}
	if (n == -EPIPE && !(m->flags & LINUX_MSG_NOSIGNAL))
		signal_send_self(LINUX_SIGPIPE);
	return n;
}

/* --- receiving --- */

/* MSG_OOB: the byte that is kept aside. Linux: tcp_recv_urg. */
static s64 recv_urgent(struct socket *s, struct sock_msg *m)
{
	struct inet_sock *i = inet_of(s);
	s16 urgent;
	u8 byte;

	lock_acquire(&s->lock);
	urgent = i->urgent;
	if (urgent >= 0 && !(m->flags & LINUX_MSG_PEEK))
		i->urgent = URGENT_READ;
	lock_release(&s->lock);
	if (urgent < 0)
		return -EINVAL;
	m->ret_flags |= LINUX_MSG_OOB;
	if (m->data.count == 0) {
		m->ret_flags |= LINUX_MSG_TRUNC;
		return 0;
	}
	byte = (u8)urgent;
	return iter_copy_to(&m->data, &byte, 1) == 1 ? 1 : -EFAULT;
}

/* A read goes up to the urgent mark, or from it on. */
static void stop_at_mark(struct socket *s, struct sock_msg *m)
{
	struct inet_sock *i = inet_of(s);
	u64 read;

	if (likely(atomic_load(&i->mark) == NO_MARK))
		return;
	lock_acquire(&s->lock);
	read = i->queued - s->queue_bytes;
	if (i->mark > read)
		m->data.count = MIN(m->data.count, i->mark - read);
	else if (!(m->flags & LINUX_MSG_PEEK) && s->queue_bytes != 0) {
		atomic_store(&i->mark, NO_MARK);
		if (i->urgent == URGENT_INLINE)
			i->urgent = URGENT_NONE;
	}
	lock_release(&s->lock);
}

static s64 tcp_recv(struct socket *s, struct sock_msg *m)
{
	u32 state = atomic_load(&s->state);

	if (m->flags & LINUX_MSG_ERRQUEUE)
		return -EAGAIN;
	if (state == SOCK_STATE_LISTENING)
		return -ENOTCONN;
	if (m->flags & LINUX_MSG_OOB)
		return recv_urgent(s, m);
	if (atomic_load(&s->queue_count) == 0) {
		if (atomic_load(&inet_of(s)->fin))
			return 0; /* Linux: SOCK_DONE comes before a pending error */
		if (state == SOCK_STATE_CLOSED && atomic_load(&s->error) == 0 &&
		    atomic_load(&s->shutdown) == 0)
			return -ENOTCONN;
	}
	stop_at_mark(s, m);
	return stream_recv(s, m, STREAM_DISCARDS);
}

/* --- asking --- */

static u32 tcp_poll(struct socket *s, UNUSED struct poll_table *pt)
{
	u32 state = atomic_load(&s->state), down = atomic_load(&s->shutdown), ready = 0;

	if (state == SOCK_STATE_LISTENING)
		return atomic_load(&s->backlog_count) != 0 ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
	if (atomic_load(&s->error) != 0)
		ready |= LINUX_POLLERR;
	if (down == SHUT_BITS || state == SOCK_STATE_CLOSED)
		ready |= LINUX_POLLHUP;
	if (down & SHUT_BIT_READ)
		ready |= LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLRDHUP;
	if (state == SOCK_STATE_CONNECTING)
		return ready;
	if (atomic_load(&s->queue_bytes) >= (u64)atomic_load(&s->rcvlowat))
		ready |= LINUX_POLLIN | LINUX_POLLRDNORM;
	if (down & SHUT_BIT_WRITE || socket_writable(s))
		ready |= LINUX_POLLOUT | LINUX_POLLWRNORM;
	if (atomic_load(&inet_of(s)->urgent) >= 0 ||
	    atomic_load(&inet_of(s)->urgent) == URGENT_INLINE)
		ready |= LINUX_POLLPRI;
	return ready;
}

/* SIOCOUTQ: everything has been delivered, so nothing is under way. */
static s64 tcp_ioctl(struct socket *s, u32 cmd, uaddr_t arg)
{
	struct inet_sock *i = inet_of(s);
	bool listening = atomic_load(&s->state) == SOCK_STATE_LISTENING;
	s32 value = 0;

	switch (cmd) {
	case LINUX_FIONREAD:
		if (listening)
			return -EINVAL;
		value = (s32)atomic_load(&s->queue_bytes);
		break;
	case LINUX_SIOCATMARK:
		lock_acquire(&s->lock);
		value = i->mark == i->queued - s->queue_bytes;
		lock_release(&s->lock);
		break;
	case LINUX_TIOCOUTQ:
		if (listening)
			return -EINVAL;
		break;
	default:
		return -ENOTTY;
	}
	return copy_out(arg, &value, sizeof(value));
}

#define TCP_PROTO(af)                                                             \
	{                                                                         \
		.family = af, .type = LINUX_SOCK_STREAM, .protocol = LINUX_IPPROTO_TCP, \
		.size = sizeof(struct inet_sock), .connected = true, .init = tcp_init, \
		.bind = inet_bind, .connect = tcp_connect, .listen = tcp_listen,  \
		.accept = tcp_accept, .getname = inet_getname, .shutdown = tcp_shutdown, \
		.send = tcp_send, .recv = tcp_recv, .poll = tcp_poll, .ioctl = tcp_ioctl, \
		.setopt = inet_setopt, .getopt = inet_getopt, .release = tcp_release, \
	}

const struct sock_proto tcp4_proto = TCP_PROTO(LINUX_AF_INET);
const struct sock_proto tcp6_proto = TCP_PROTO(LINUX_AF_INET6);
