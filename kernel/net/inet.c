/*
 * Internet sockets: TCP and UDP over a loopback interface inside the sandbox.
 *
 * OVERVIEW. The kernel is the whole network: a connection is two sockets that know each
 * other, as with local sockets, and bytes go straight into the other's queue. There are no
 * segments, no retransmission and no TIME_WAIT. inet_addr.c knows addresses, inet_port.c
 * ports, inet_option.c options, tcp.c and udp.c the protocols.
 *
 * LOCKING. inet.lock before socket.lock.
 *
 * LINUX BEHAVIOUR. ip(7), tcp(7), udp(7) as a network namespace with only lo up: nothing but
 * 127.0.0.0/8 and ::1 can be reached (ENETUNREACH).
 *
 * NOT DONE. Raw and ICMP sockets (EPERM, EACCES), multicast, SIGURG, TCP's error queue
 * (always empty), splitting and merging of datagrams (UDP_SEGMENT, UDP_GRO).
 */
#include "kernel/net/inet.h"

#include "abi/errno.h"
#include "kernel/net/families.h"
#include "kernel/net/net.h"
#include "lib/string.h"

int inet_init(void)
{
	struct inet_state *n = kzalloc(sizeof(*n));

	if (n == NULL)
		return -ENOMEM;
	net->inet = n;
	return 0;
}

/* Linux: inet_create. */
int inet_proto_find(int family, int type, int protocol, const struct sock_proto **ret)
{
	bool v6 = family == LINUX_AF_INET6;

	if (family != LINUX_AF_INET && !v6)
		return -EAFNOSUPPORT;
	if (protocol < 0 || protocol >= LINUX_IPPROTO_MAX)
		return -EINVAL;
	switch (type) {
	case LINUX_SOCK_STREAM:
		if (protocol != 0 && protocol != LINUX_IPPROTO_TCP)
			return -EPROTONOSUPPORT;
		*ret = v6 ? &tcp6_proto : &tcp4_proto;
		return 0;
	case LINUX_SOCK_DGRAM:
		if (protocol == LINUX_IPPROTO_ICMP || protocol == LINUX_IPPROTO_ICMPV6)
			return -EACCES;
		if (protocol == LINUX_IPPROTO_UDPLITE)
			*ret = v6 ? &udplite6_proto : &udplite4_proto;
		else if (protocol == 0 || protocol == LINUX_IPPROTO_UDP)
			*ret = v6 ? &udp6_proto : &udp4_proto;
		else
			return -EPROTONOSUPPORT;
		return 0;
	case LINUX_SOCK_RAW:
		return protocol == 0 ? -EPROTONOSUPPORT : -EPERM;
	default:
		return -ESOCKTNOSUPPORT;
	}
}

int inet_common_init(struct socket *s)
{
	struct inet_sock *i = inet_of(s);

	waitq_init(&i->room);
	list_init(&i->port_link);
	list_init(&i->pending);
	list_init(&i->pending_link);
	list_init(&i->errors);
	i->mark = ~(u64)0;
	i->urgent = URGENT_NONE;
	if (s->proto->family == LINUX_AF_INET) {
		i->local.ip[10] = i->local.ip[11] = 0xff;
		i->remote = i->local;
	}
	inet_options_init(i);
	return 0;
}

/* Linux: inet_getname. A connection that has ended has no peer any more. */
int inet_getname(struct socket *s, bool peer, struct sock_addr *ret)
{
	struct inet_sock *i = inet_of(s);
	int err = 0;

	lock_acquire(&s->lock);
	if (peer && (i->remote.port == 0 || s->state != SOCK_STATE_CONNECTED))
		err = -ENOTCONN;
	else
		inet_end_store(peer ? &i->remote : &i->local, s->proto->family, ret);
	lock_release(&s->lock);
	return err;
}

/* Linux: sock_cmsg_send. */
static int parse_common(int type, size_t len)
{
	switch (type) {
	case LINUX_SCM_RIGHTS:
	case LINUX_SCM_CREDENTIALS:
		return 0;
	case LINUX_SO_MARK:
	case LINUX_SO_TIMESTAMPING:
	case LINUX_SO_PRIORITY:
		return len == sizeof(u32) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* An int in [min, max], or for IP options a byte. */
static int parse_number(const u8 *data, size_t len, bool byte_too, s32 min, s32 max, s16 *ret)
{
	s32 value;

	if (len == 1 && byte_too)
		value = data[0];
	else if (len == sizeof(value))
		memcpy(&value, data, sizeof(value));
	else
		return -EINVAL;
	if (value < min || value > max)
		return -EINVAL;
	*ret = (s16)value;
	return 0;
}

/* Linux: ip_cmsg_send. Where to send from and which way has one answer here. */
static int parse_ip(int type, const u8 *data, size_t len, struct sock_msg *m)
{
	switch (type) {
	case LINUX_IP_TTL:
		return parse_number(data, len, false, 1, 255, &m->hops);
	case LINUX_IP_TOS:
		return parse_number(data, len, true, 0, 255, &m->tos);
	case LINUX_IP_PKTINFO:
		return len == 12 ? 0 : -EINVAL;
	case LINUX_IP_RETOPTS:
		return 0;
	default:
		return -EINVAL;
	}
}

/* Linux: ip6_datagram_send_ctl. */
static int parse_ipv6(int type, const u8 *data, size_t len, struct sock_msg *m)
{
	switch (type) {
	case LINUX_IPV6_HOPLIMIT:
		return parse_number(data, len, false, -1, 255, &m->hops);
	case LINUX_IPV6_TCLASS:
		return parse_number(data, len, false, -1, 255, &m->tos);
	case LINUX_IPV6_PKTINFO:
		return len >= 20 ? 0 : -EINVAL;
	case LINUX_IPV6_DONTFRAG:
		return len == sizeof(s32) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* Streams look at the common level alone. */
int inet_control_parse(struct socket *s, const struct linux_cmsghdr *h, const u8 *data,
		       size_t len, struct sock_msg *m)
{
	if (h->cmsg_level == LINUX_SOL_SOCKET)
		return parse_common(h->cmsg_type, len);
	if (s->proto->type == LINUX_SOCK_STREAM)
		return 0;
	if (h->cmsg_level == LINUX_SOL_IP)
		return parse_ip(h->cmsg_type, data, len, m);
	if (h->cmsg_level == LINUX_SOL_IPV6 && s->proto->family == LINUX_AF_INET6)
		return parse_ipv6(h->cmsg_type, data, len, m);
	return 0;
}
