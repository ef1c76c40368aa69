/*
 * UDP over loopback.
 *
 * A datagram goes straight into the receiver's queue, or is lost when that has no room for
 * it (SO_RCVBUF), as on Linux. Nobody there: a connected sender, or who wants reports
 * (inet_report.c), is told with ECONNREFUSED by its next call (Linux: the ICMP message). Parts
 * of a datagram wait in their socket.
 *
 * LINUX BEHAVIOUR. udp(7), ip(7): connect() fixes the peer and the local address; sending
 * without a destination is EDESTADDRREQ; port 0 is EINVAL.
 */
#include "abi/errno.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/poll.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/inet.h"
#include "kernel/net/packet.h"
#include "kernel/net/recv.h"
#include "kernel/vfs/poll.h"
#include "lib/string.h"

#define PAYLOAD_MAX4 65507u
#define PAYLOAD_MAX6 65527u
#define LOOPBACK_INDEX 1

/* --- connecting --- */

/*
 * What waits in the socket, which the caller puts or transmits; NULL: nothing. Linux: a datagram
 * of parts goes where its first part was to go, or where the socket was connected to since.
 */
static struct packet *cork_take(struct inet_sock *i, struct inet_end *ret_to)
{
	struct packet *p;

	lock_acquire(&i->s.lock);
	p = i->corked;
	atomic_store(&i->corked, NULL);
	*ret_to = i->cork_to;
	lock_release(&i->s.lock);
	return p;
}

static int udp_disconnect(struct inet_sock *i)
{
	lock_acquire(&i->s.lock);
	i->remote.port = 0;
	atomic_store(&i->s.state, SOCK_STATE_CLOSED);
	lock_release(&i->s.lock);
	inet_port_forget(i);
	return 0;
}

static int udp_connect(struct socket *s, const struct sock_addr *addr, UNUSED bool nonblock)
{
	struct inet_sock *i = inet_of(s);
	struct inet_end dest;
	int err;

	if (addr->len < sizeof(addr->any.ss_family))
		return -EINVAL;
	if (addr->any.ss_family == LINUX_AF_UNSPEC)
		return udp_disconnect(i);
	err = inet_dest_parse(i, addr, &dest);
	if (err == 0)
		err = inet_autobind(i, &dest);
	if (err < 0)
		return err;
	lock_acquire(&s->lock);
	i->remote = i->cork_to = dest;
	atomic_store(&s->state, SOCK_STATE_CONNECTED);
	lock_release(&s->lock);
	return 0;
}

static int udp_shutdown(struct socket *s, u32 how)
{
	atomic_or(&s->shutdown, how);
	socket_wake_shutdown(s);
	return atomic_load(&s->state) == SOCK_STATE_CONNECTED ? 0 : -ENOTCONN;
}

static void udp_release(struct socket *s)
{
	struct inet_end to;

	packet_put(cork_take(inet_of(s), &to));
	inet_errors_purge(inet_of(s));
	inet_port_release(inet_of(s));
}

/* --- sending --- */

static int destination(struct inet_sock *i, struct sock_msg *m, struct inet_end *ret)
{
	int err = 0;

	if (m->name->len == 0 || (m->name->len >= sizeof(m->name->any.ss_family) &&
				  m->name->any.ss_family == LINUX_AF_UNSPEC &&
				  i->s.proto->family == LINUX_AF_INET6)) {
		lock_acquire(&i->s.lock);
		*ret = i->remote;
		lock_release(&i->s.lock);
		return ret->port == 0 ? -EDESTADDRREQ : 0;
	}
	if (i->s.proto->family == LINUX_AF_INET && m->name->len >= sizeof(m->name->in) &&
	    m->name->any.ss_family == LINUX_AF_UNSPEC) {
		struct sock_addr copy = *m->name; /* Linux: taken for AF_INET */

		copy.any.ss_family = LINUX_AF_INET;
		err = inet_dest_parse(i, &copy, ret);
	} else {
		err = inet_dest_parse(i, m->name, ret);
	}
	if (err == 0 && ret->port == 0)
		err = -EINVAL;
	return err;
}

static bool has_room_locked(const struct socket *s, const struct packet *p)
{
	return s->queue_bytes + (u64)s->queue_count * packet_cost(0) + packet_cost(p->size) <=
		       (u64)atomic_load(&s->rcvbuf) ||
	       s->queue_count == 0;
}

/* To the receiver's queue, or nowhere. */
static void deliver(struct socket *to, struct packet *p, const struct inet_end *source)
{
	struct sock_addr from;
	bool queued;

	inet_end_store(source, to->proto->family, &from);
	p->from = sock_name_create(&from.any, from.len);
	p->stamp = sock_stamp_wanted(to);
	lock_acquire(&to->lock);
	queued = p->from != NULL && !(to->flags & SOCK_FLAG_DEAD) && has_room_locked(to, p);
	if (queued)
		packet_queue_locked(to, p);
	lock_release(&to->lock);
	if (queued)
		socket_wake(to, LINUX_POLLIN | LINUX_POLLRDNORM);
	else
		packet_put(p);
}

/* Nobody has that port; takes p over. */
static void unreachable(struct inet_sock *i, struct packet *p, const struct inet_end *dest)
{
	bool wanted = inet_errors_wanted(i, dest);

	if (wanted) {
		inet_errors_add(i, p, dest);
	} else {
		packet_put(p);
		lock_acquire(&i->s.lock);
		wanted = inet_end_equal(&i->remote, dest);
		lock_release(&i->s.lock);
	}
	if (wanted)
		socket_set_error(&i->s, ECONNREFUSED);
}

static int send_check(struct socket *s, const struct sock_msg *m)
{
	int err;

	if (m->flags & LINUX_MSG_OOB)
		return -EOPNOTSUPP;
	if (m->data.count > 0xffff)
		return -EMSGSIZE;
	err = socket_take_error(s);
	if (err == 0 && atomic_load(&s->shutdown) & SHUT_BIT_WRITE)
		err = -EPIPE;
	return err;
}

/* What the receiver may ask for: the message's own or the socket's. */
static void set_fields(struct inet_sock *i, const struct sock_msg *m, struct packet *p, bool v4)
{
	s32 tos = m->tos, hops = m->hops;

	if (tos < 0)
		tos = v4 ? inet_option(i, LINUX_SOL_IP, LINUX_IP_TOS) :
			   inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_TCLASS);
	if (hops < 0)
		hops = v4 ? inet_option(i, LINUX_SOL_IP, LINUX_IP_TTL) :
			    inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_UNICAST_HOPS);
	p->tos = (u8)tos;
	p->hops = (u8)hops;
}

static u32 payload_max(const struct inet_end *dest)
{
	return inet_ip_is_v4(dest->ip) ? PAYLOAD_MAX4 : PAYLOAD_MAX6;
}

/* A whole datagram goes; takes p over. */
static void transmit(struct inet_sock *i, struct packet *p, const struct inet_end *dest)
{
	struct inet_end source;
	struct inet_sock *to;

	lock_acquire(&i->s.lock);
	source = i->local;
	lock_release(&i->s.lock);
	if (inet_ip_is_any(source.ip))
		inet_source_for(dest, source.ip);
	memcpy(p->to, dest->ip, sizeof(p->to));
	to = inet_find_udp(i, dest, &source);
	if (to == NULL) {
		unreachable(i, p, dest);
		return;
	}
	deliver(&to->s, p, &source);
	socket_put(&to->s);
}

/* A packet with the message's data. */
static int make_packet(struct inet_sock *i, struct sock_msg *m, const struct inet_end *dest,
		       struct packet **ret)
{
	u32 size = (u32)m->data.count;
	int err;

	if (size > payload_max(dest))
		return -EMSGSIZE;
	err = packet_create(NULL, &m->data, size, 0, ret);
	if (err == 0)
		set_fields(i, m, *ret, inet_ip_is_v4(dest->ip));
	return err;
}

/* --- parts of a datagram --- */

void udp_uncork(struct inet_sock *i)
{
	struct inet_end to;
	struct packet *p = cork_take(i, &to);

	if (p != NULL)
		transmit(i, p, &to);
}

/* p is the first part, or the next of what waits; takes it over. */
static int cork_add(struct inet_sock *i, struct packet *p, const struct inet_end *dest)
{
	struct packet *first, *both = p;
	int err = 0;

	lock_acquire(&i->s.lock);
	first = i->corked;
	if (first == NULL)
		i->cork_to = *dest;
	else if (first->size + p->size > payload_max(&i->cork_to))
		err = -EMSGSIZE;
	else if ((both = packet_join(first, p)) == NULL)
		err = -ENOBUFS;
	atomic_store(&i->corked, err == 0 ? both : NULL);
	lock_release(&i->s.lock);
	packet_put(first);
	if (first != NULL || err < 0)
		packet_put(p);
	return err;
}

/* The next part of what waits. Linux: a part that cannot be added takes the others with it. */
static int send_part(struct inet_sock *i, struct sock_msg *m)
{
	struct inet_end to;
	struct packet *p;
	int err;

	lock_acquire(&i->s.lock);
	to = i->cork_to;
	lock_release(&i->s.lock);
	err = make_packet(i, m, &to, &p);
	if (err == 0)
		return cork_add(i, p, &to);
	packet_put(cork_take(i, &to));
	return err;
}

static s64 udp_send(struct socket *s, struct sock_msg *m)
{
	struct inet_sock *i = inet_of(s);
	bool more = m->flags & LINUX_MSG_MORE || inet_option(i, LINUX_SOL_UDP, LINUX_UDP_CORK);
	u32 size = (u32)m->data.count;
	struct inet_end dest;
	struct packet *p;
	int err = send_check(s, m);

	if (err == 0 && atomic_load(&i->corked) != NULL) {
		err = send_part(i, m);
		if (err == 0 && !more)
			udp_uncork(i);
		return err < 0 ? err : (s64)size;
	}
	if (err == 0)
		err = destination(i, m, &dest);
	if (err == 0)
		err = inet_autobind(i, NULL);
	if (err == 0)
		err = make_packet(i, m, &dest, &p);
	if (err < 0)
		return err;
	if (more)
		err = cork_add(i, p, &dest);
	else
		transmit(i, p, &dest);
	return err < 0 ? err : (s64)size;
}

/* --- receiving --- */

static void note_int(struct sock_msg *m, int level, int type, s32 value)
{
	sock_note_add(m, level, type, &value, sizeof(value));
}

static void note_ipv4(struct inet_sock *i, const struct packet *p, struct sock_msg *m)
{
	struct {
		s32 index;
		u8 local[4], to[4];
	} info = { .index = LOOPBACK_INDEX };

	if (inet_option(i, LINUX_SOL_IP, LINUX_IP_PKTINFO)) {
		memcpy(info.local, p->to + 12, 4);
		memcpy(info.to, p->to + 12, 4);
		sock_note_add(m, LINUX_SOL_IP, LINUX_IP_PKTINFO, &info, sizeof(info));
	}
	if (inet_option(i, LINUX_SOL_IP, LINUX_IP_RECVTTL))
		note_int(m, LINUX_SOL_IP, LINUX_IP_TTL, p->hops);
	if (inet_option(i, LINUX_SOL_IP, LINUX_IP_RECVTOS))
		sock_note_add(m, LINUX_SOL_IP, LINUX_IP_TOS, &p->tos, 1);
}

static void note_ipv6(struct inet_sock *i, const struct packet *p, struct sock_msg *m)
{
	struct {
		u8 to[16];
		s32 index;
	} info = { .index = LOOPBACK_INDEX };

	if (inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_RECVPKTINFO)) {
		memcpy(info.to, p->to, sizeof(info.to));
		sock_note_add(m, LINUX_SOL_IPV6, LINUX_IPV6_PKTINFO, &info, sizeof(info));
	}
	if (inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_RECVHOPLIMIT))
		note_int(m, LINUX_SOL_IPV6, LINUX_IPV6_HOPLIMIT, p->hops);
	if (inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_RECVTCLASS))
		note_int(m, LINUX_SOL_IPV6, LINUX_IPV6_TCLASS, p->tos);
}

static s64 udp_recv(struct socket *s, struct sock_msg *m)
{
	struct packet *p;
	u32 skip;
	int err;

	if (m->flags & LINUX_MSG_ERRQUEUE)
		return inet_errors_recv(inet_of(s), m);
	err = datagram_take(s, m->flags, &p, &skip);
	if (err < 0 || p == NULL)
		return err;
	if (s->proto->family == LINUX_AF_INET6)
		note_ipv6(inet_of(s), p, m);
	if (inet_ip_is_v4(p->to))
		note_ipv4(inet_of(s), p, m);
	return datagram_deliver(s, p, skip, m);
}

/* --- asking --- */

static u32 udp_poll(struct socket *s, UNUSED struct poll_table *pt)
{
	return socket_poll_common(s) | inet_errors_poll(inet_of(s)) | LINUX_POLLOUT |
	       LINUX_POLLWRNORM | LINUX_POLLWRBAND;
}

static s64 udp_ioctl(struct socket *s, u32 cmd, uaddr_t arg)
{
	struct packet *p;
	s32 value = 0;

	switch (cmd) {
	case LINUX_FIONREAD:
		lock_acquire(&s->lock);
		p = packet_first_locked(s);
		value = p == NULL ? 0 : (s32)p->size;
		lock_release(&s->lock);
		break;
	case LINUX_TIOCOUTQ:
		break;
	default:
		return -ENOTTY;
	}
	return copy_out(arg, &value, sizeof(value));
}

static int udp_init(struct socket *s)
{
	return inet_common_init(s);
}

#define UDP_PROTO(af, number)                                                     \
	{                                                                         \
		.family = af, .type = LINUX_SOCK_DGRAM, .protocol = number,       \
		.size = sizeof(struct inet_sock), .init = udp_init, .bind = inet_bind, \
		.connect = udp_connect, .getname = inet_getname, .shutdown = udp_shutdown, \
		.send = udp_send, .recv = udp_recv, .poll = udp_poll, .ioctl = udp_ioctl, \
		.setopt = inet_setopt, .getopt = inet_getopt, .release = udp_release, \
	}

const struct sock_proto udp4_proto = UDP_PROTO(LINUX_AF_INET, LINUX_IPPROTO_UDP);
const struct sock_proto udp6_proto = UDP_PROTO(LINUX_AF_INET6, LINUX_IPPROTO_UDP);
const struct sock_proto udplite4_proto = UDP_PROTO(LINUX_AF_INET, LINUX_IPPROTO_UDPLITE);
const struct sock_proto udplite6_proto = UDP_PROTO(LINUX_AF_INET6, LINUX_IPPROTO_UDPLITE);
