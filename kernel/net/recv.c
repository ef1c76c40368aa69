/*
 * Receiving from a socket's queue. See recv.h.
 *
 * LOCKING. One reader at a time (read_lock), so a packet at the head stays there; the queue
 * itself is under socket.lock, which is not held while bytes are copied. Who peeks holds a
 * reference to the packet, for a datagram socket may be purged by connect().
 *
 * LINUX BEHAVIOUR. unix_stream_read_generic(), __skb_wait_for_more_packets(): MSG_WAITALL and
 * SO_RCVLOWAT say how much to wait for; a read stops behind data that came with descriptors,
 * and before data of another writer when SO_PASSCRED is on; a pending error is reported when
 * the queue is empty (streams) or at once (datagrams).
 */
#include "kernel/net/recv.h"

#include "abi/errno.h"
#include "abi/linux/poll.h"
#include "kernel/net/net.h"
#include "kernel/task/task.h"
#include "lib/string.h"
#include "platform/plat.h"

#define NS_PER_S 1000000000ull

/* --- notes --- */

void sock_note_add(struct sock_msg *m, s32 level, s32 type, const void *data, u32 len)
{
	struct sock_note *n;

	if (m->note_count == SOCK_NOTES_MAX || len > sizeof(n->data))
		return;
	n = &m->notes[m->note_count++];
	n->level = level;
	n->type = type;
	n->len = len;
	memcpy(n->data, data, len);
}

static u64 realtime_ns(void)
{
	struct linux_timespec now;

	if (plat_clock_get(LINUX_CLOCK_REALTIME, &now) < 0)
		return 1;
	return (u64)now.tv_sec * NS_PER_S + (u64)now.tv_nsec;
}

u64 sock_stamp_wanted(const struct socket *s)
{
	return socket_flag(s, SOCK_FLAG_TIMESTAMP | SOCK_FLAG_TIMESTAMPNS) ? realtime_ns() : 0;
}

void sock_note_stamp(struct socket *s, const struct packet *p, struct sock_msg *m)
{
	u64 stamp = p->stamp;
	s64 time[2];

	if (!socket_flag(s, SOCK_FLAG_TIMESTAMP | SOCK_FLAG_TIMESTAMPNS)) {
		if (stamp != 0)
			atomic_store(&s->last_stamp, stamp);
		return;
	}
	if (stamp == 0)
		stamp = realtime_ns();
	atomic_store(&s->last_stamp, stamp);
	time[0] = (s64)(stamp / NS_PER_S);
	time[1] = (s64)(stamp % NS_PER_S);
	if (socket_flag(s, SOCK_FLAG_TIMESTAMPNS)) {
		sock_note_add(m, LINUX_SOL_SOCKET, LINUX_SO_TIMESTAMPNS, time, sizeof(time));
	} else {
		time[1] /= 1000;
		sock_note_add(m, LINUX_SOL_SOCKET, LINUX_SO_TIMESTAMP, time, sizeof(time));
	}
}

static void take_name(struct sock_msg *m, const struct packet *p)
{
	if (m->name != NULL && p->from != NULL) {
		m->name->len = p->from->len;
		memcpy(&m->name->any, p->from->bytes, p->from->len);
	}
}

/* Linux: unix_detach_fds, unix_peek_fds. */
static void receive_fds(struct packet *p, bool peek, struct scm *to)
{
	if (unlikely(atomic_load(&p->scm.fds) != NULL) && to->fds == NULL)
		to->fds = peek ? scm_fds_peek(p) : scm_fds_arrive(p);
}

/* SO_PEEK_OFF after n bytes were read or peeked at. */
static void peek_off_move(struct socket *s, bool peek, u32 n)
{
	s32 off = atomic_load(&s->peek_off);

	if (off < 0)
		return;
	if (peek)
		atomic_store(&s->peek_off, off + (s32)n);
	else
		atomic_store(&s->peek_off, MAX(off - (s32)n, 0));
}

/* --- streams --- */

struct stream_read {
	size_t copied, target;
	u64 skip;       /* peeking: bytes of the queue to pass over */
	bool peek;
	bool discard;
	bool down;      /* was shut down before the queue was looked at */
	bool stop;      /* enough, or a boundary */
	bool have_cred;
};

/* The packet to go on with, referenced, and where in its data. NULL: none yet. */
static struct packet *stream_packet(struct socket *s, const struct stream_read *r, u32 *ret_at)
{
	struct packet *p;
	u64 skip = r->skip;

	lock_acquire(&s->lock);
	p = packet_first_locked(s);
	while (p != NULL && skip >= p->size - p->start) {
		if (!r->peek)
			break;
		skip -= p->size - p->start;
		p = packet_next_locked(s, p);
	}
	if (p != NULL) {
		packet_get(p);
		*ret_at = p->start + (u32)skip;
	}
	lock_release(&s->lock);
	return p;
}

/* n bytes of the first packet are read. */
static void stream_consume(struct socket *s, struct packet *p, u32 n)
{
	bool whole;

	lock_acquire(&s->lock);
	whole = p->start + n == p->size;
	if (whole) {
		packet_unlink_locked(s, p);
		p->start = p->size;
	} else {
		p->start += n;
		s->queue_bytes -= n;
	}
	lock_release(&s->lock);
	if (whole)
		packet_put(p);
}

static s64 stream_copy(struct stream_read *r, struct sock_msg *m, const struct packet *p, u32 at,
		       u32 n)
{
	s64 done = n;

	if (r->discard)
		iter_advance(&m->data, n);
	else if (n != 0)
		done = packet_copy_to(p, at, n, &m->data);
	return done;
}

/* Read from one packet. 0, -EFAULT. */
static int stream_move(struct socket *s, struct sock_msg *m, struct stream_read *r,
		       struct packet *p, u32 at)
{
	u32 n = (u32)MIN((size_t)(atomic_load(&p->size) - at), m->data.count);
	bool fds = p->scm.fds != NULL;

	if (r->have_cred && !sock_cred_equal(&p->scm.cred, &m->scm.cred)) {
		r->stop = true;
		return 0;
	}
	m->scm.cred = p->scm.cred;
	r->have_cred = socket_flag(s, SOCK_FLAG_PASSCRED | SOCK_FLAG_PASSPIDFD);
	if (r->copied == 0)
		take_name(m, p);
	if (stream_copy(r, m, p, at, n) != (s64)n)
		return -EFAULT;
	r->copied += n;
	receive_fds(p, r->peek, &m->scm);
	peek_off_move(s, r->peek, n);
	if (r->peek)
		r->skip += n;
	else
		stream_consume(s, p, n);
	if (fds || m->data.count == 0)
		r->stop = true;
	return 0;
}

static int stream_move_all(struct socket *s, struct sock_msg *m, struct stream_read *r)
{
	struct packet *p;
	u32 at;
	int err = 0;

	while (!r->stop && err == 0 && (p = stream_packet(s, r, &at)) != NULL) {
		err = stream_move(s, m, r, p, at);
		packet_put(p);
	}
	/* Linux: a peek takes what is there and does not wait for more. */
	if (r->peek && r->copied != 0)
		r->stop = true;
	return err;
}

static bool stream_ready(struct socket *s, const struct stream_read *r)
{
	return atomic_load(&s->queue_bytes) > (r->peek ? r->skip : 0) ||
	       atomic_load(&s->error) != 0 || atomic_load(&s->shutdown) & SHUT_BIT_READ;
}

/* Nothing (more) is there: 0 the end or enough, -Exxx, -EAGAIN: wait. */
static int stream_empty(struct socket *s, struct stream_read *r)
{
	int err;

	if (r->copied >= r->target) {
		r->stop = true;
		return 0;
	}
	err = socket_take_error(s);
	if (err < 0)
		return err;
	if (r->down) {
		r->stop = true;
		return 0;
	}
	return -EAGAIN;
}

static void stream_read_init(struct stream_read *r, struct socket *s, const struct sock_msg *m,
			     u32 rules)
{
	size_t low = (size_t)MAX(atomic_load(&s->rcvlowat), 1);

	*r = (struct stream_read){
		.target = m->flags & LINUX_MSG_WAITALL ? m->data.count : MIN(low, m->data.count),
		.peek = m->flags & LINUX_MSG_PEEK,
		.discard = rules & STREAM_DISCARDS && m->flags & LINUX_MSG_TRUNC,
	};
	r->target = MAX(r->target, (size_t)1);
	if (r->peek)
		r->skip = (u64)MAX(atomic_load(&s->peek_off), 0);
}

s64 stream_recv(struct socket *s, struct sock_msg *m, u32 rules)
{
	bool nonblock = m->flags & LINUX_MSG_DONTWAIT;
	u64 timeo = atomic_load(&s->rcvtimeo), deadline = socket_deadline(timeo, nonblock);
	struct stream_read r;
	int err;

	stream_read_init(&r, s, m, rules);
	for (;;) {
		lock_acquire(&s->read_lock);
		r.down = atomic_load(&s->shutdown) & SHUT_BIT_READ;
		err = stream_move_all(s, m, &r);
		if (err == 0 && !r.stop)
			err = stream_empty(s, &r);
		lock_release(&s->read_lock);
		if (r.stop || err != -EAGAIN || nonblock)
			break;
		err = SOCK_WAIT(&s->wait, sock_wake_reader, 0, deadline, stream_ready(s, &r));
		if (err < 0) {
			err = socket_wait_error(err, timeo);
			break;
		}
	}
	return r.copied != 0 ? (s64)r.copied : err;
}

/* --- datagrams --- */

/* Linux: __skb_try_recv_from_queue. */
static struct packet *datagram_find_locked(struct socket *s, u64 *skip)
{
	struct packet *p = packet_first_locked(s);

	while (p != NULL && *skip != 0 && *skip >= p->size) {
		*skip -= p->size;
		p = packet_next_locked(s, p);
	}
	return p;
}

/* One try. 0: *ret is set or this is the end; -EAGAIN. */
static int datagram_try(struct socket *s, bool peek, struct packet **ret, u32 *ret_skip)
{
	u64 skip = peek ? (u64)MAX(atomic_load(&s->peek_off), 0) : 0;
	struct packet *p;
	int err;

	err = socket_take_error(s);
	if (err < 0)
		return err;
	lock_acquire(&s->lock);
	p = datagram_find_locked(s, &skip);
	if (p != NULL && peek)
		packet_get(p);
	else if (p != NULL)
		packet_unlink_locked(s, p);
	else if (!(s->shutdown & SHUT_BIT_READ))
		err = -EAGAIN;
	lock_release(&s->lock);
	if (err == 0) {
		*ret = p;
		*ret_skip = (u32)skip;
	}
	return err;
}

int datagram_take(struct socket *s, u32 flags, struct packet **ret, u32 *ret_skip)
{
	bool peek = flags & LINUX_MSG_PEEK;
	u64 timeo = atomic_load(&s->rcvtimeo);
	int err = datagram_try(s, peek, ret, ret_skip), wait;

	if (err != -EAGAIN || flags & LINUX_MSG_DONTWAIT)
		return err;
	wait = SOCK_WAIT(&s->wait, sock_wake_reader, WAITER_EXCLUSIVE,
			 socket_deadline(timeo, false),
			 (err = datagram_try(s, peek, ret, ret_skip)) != -EAGAIN);
	if ((wait < 0 || peek) && atomic_load(&s->queue_count) != 0)
		socket_wake(s, LINUX_POLLIN | LINUX_POLLRDNORM); /* the wake-up was for others */
	return wait < 0 ? socket_wait_error(wait, timeo) : err;
}

s64 datagram_deliver(struct socket *s, struct packet *p, u32 skip, struct sock_msg *m)
{
	bool peek = m->flags & LINUX_MSG_PEEK;
	u32 size = p->size - skip;
	u32 n = (u32)MIN((size_t)size, m->data.count);
	s64 done = n;

	if (n < size)
		m->ret_flags |= LINUX_MSG_TRUNC;
	take_name(m, p);
	if (n != 0)
		done = packet_copy_to(p, skip, n, &m->data);
	if (done != (s64)n) {
		packet_put(p);
		return -EFAULT;
	}
	m->scm.cred = p->scm.cred;
	receive_fds(p, peek, &m->scm);
	sock_note_stamp(s, p, m);
	peek_off_move(s, peek, peek ? n : p->size);
	packet_put(p);
	return m->flags & LINUX_MSG_TRUNC ? size : n;
}

/* --- readiness --- */

u32 socket_poll_common(struct socket *s)
{
	u32 down = atomic_load(&s->shutdown), ready = 0;

	if (atomic_load(&s->error) != 0)
		ready |= LINUX_POLLERR;
	if (down == SHUT_BITS)
		ready |= LINUX_POLLHUP;
	if (down & SHUT_BIT_READ)
		ready |= LINUX_POLLRDHUP | LINUX_POLLIN | LINUX_POLLRDNORM;
	if (atomic_load(&s->queue_count) != 0 || atomic_load(&s->backlog_count) != 0)
		ready |= LINUX_POLLIN | LINUX_POLLRDNORM;
	return ready;
}
