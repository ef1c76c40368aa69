/*
 * Options of IP, IPv6, TCP and UDP.
 *
 * OVERVIEW. Nearly all are numbers with a range that the loopback interface has no use for:
 * they are kept and told. Those with an effect are read by who has it: IPV6_V6ONLY,
 * IP_FREEBIND, IP_PKTINFO and its like.
 *
 * LINUX BEHAVIOUR. ip(7), ipv6(7), tcp(7), udp(7). IPv6 sockets have the options of IP, too.
 */
#include "abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/inet.h"
#include "lib/string.h"

#define ANY_MIN INT32_MIN
#define ANY_MAX INT32_MAX

/* min and max both zero: a flag, 0 or 1 whatever number it is given. */
struct number {
	s16 level, name;
	s32 initial, min, max;
};

#define FLAG(level, name) { level, name, 0, 0, 0 }

static const struct number numbers[] = {
	{ LINUX_SOL_IP, LINUX_IP_TOS, 0, 0, 255 },
	{ LINUX_SOL_IP, LINUX_IP_TTL, 64, 1, 255 },
	{ LINUX_SOL_IP, LINUX_IP_MTU_DISCOVER, 1, 0, 5 },
	{ LINUX_SOL_IP, LINUX_IP_MULTICAST_TTL, 1, -1, 255 },
	{ LINUX_SOL_IP, LINUX_IP_MULTICAST_LOOP, 1, 0, 1 },
	{ LINUX_SOL_IP, LINUX_IP_MINTTL, 0, 0, 255 },
	FLAG(LINUX_SOL_IP, LINUX_IP_ROUTER_ALERT),
	FLAG(LINUX_SOL_IP, LINUX_IP_RECVOPTS),
	FLAG(LINUX_SOL_IP, LINUX_IP_RETOPTS),
	FLAG(LINUX_SOL_IP, LINUX_IP_PKTINFO),
	FLAG(LINUX_SOL_IP, LINUX_IP_RECVERR),
	FLAG(LINUX_SOL_IP, LINUX_IP_RECVTTL),
	FLAG(LINUX_SOL_IP, LINUX_IP_RECVTOS),
	FLAG(LINUX_SOL_IP, LINUX_IP_FREEBIND),
	FLAG(LINUX_SOL_IP, LINUX_IP_RECVORIGDSTADDR),
	FLAG(LINUX_SOL_IP, LINUX_IP_NODEFRAG),
	FLAG(LINUX_SOL_IP, LINUX_IP_BIND_ADDRESS_NO_PORT),
	{ LINUX_SOL_IP, LINUX_IP_MULTICAST_ALL, 1, 0, 0 },
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_V6ONLY),
	{ LINUX_SOL_IPV6, LINUX_IPV6_UNICAST_HOPS, 64, -1, 255 },
	{ LINUX_SOL_IPV6, LINUX_IPV6_MULTICAST_HOPS, 1, -1, 255 },
	{ LINUX_SOL_IPV6, LINUX_IPV6_MULTICAST_LOOP, 1, 0, 1 },
	{ LINUX_SOL_IPV6, LINUX_IPV6_MULTICAST_IF, 0, 0, 1 },
	{ LINUX_SOL_IPV6, LINUX_IPV6_MTU_DISCOVER, 1, 0, 5 },
	{ LINUX_SOL_IPV6, LINUX_IPV6_TCLASS, 0, -1, 255 },
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_RECVERR),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_RECVPKTINFO),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_RECVHOPLIMIT),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_RECVRTHDR),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_RECVHOPOPTS),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_RECVDSTOPTS),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_RECVTCLASS),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_RECVPATHMTU),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_DONTFRAG),
	FLAG(LINUX_SOL_IPV6, LINUX_IPV6_FREEBIND),
	FLAG(LINUX_SOL_TCP, LINUX_TCP_NODELAY),
	FLAG(LINUX_SOL_TCP, LINUX_TCP_CORK),
	{ LINUX_SOL_TCP, LINUX_TCP_MAXSEG, 65483, 88, 32767 },
	{ LINUX_SOL_TCP, LINUX_TCP_KEEPIDLE, 7200, 1, 32767 },
	{ LINUX_SOL_TCP, LINUX_TCP_KEEPINTVL, 75, 1, 32767 },
	{ LINUX_SOL_TCP, LINUX_TCP_KEEPCNT, 9, 1, 127 },
	{ LINUX_SOL_TCP, LINUX_TCP_SYNCNT, 6, 1, 127 },
	{ LINUX_SOL_TCP, LINUX_TCP_LINGER2, 60, ANY_MIN, ANY_MAX },
	{ LINUX_SOL_TCP, LINUX_TCP_DEFER_ACCEPT, 0, ANY_MIN, ANY_MAX },
	{ LINUX_SOL_TCP, LINUX_TCP_WINDOW_CLAMP, 0, ANY_MIN, ANY_MAX },
	{ LINUX_SOL_TCP, LINUX_TCP_QUICKACK, 1, 0, 0 },
	{ LINUX_SOL_TCP, LINUX_TCP_USER_TIMEOUT, 0, 0, ANY_MAX },
	{ LINUX_SOL_TCP, LINUX_TCP_FASTOPEN, 0, 0, ANY_MAX },
	{ LINUX_SOL_TCP, LINUX_TCP_FASTOPEN_CONNECT, 0, 0, 1 },
	{ LINUX_SOL_TCP, LINUX_TCP_NOTSENT_LOWAT, 0, ANY_MIN, ANY_MAX },
	FLAG(LINUX_SOL_UDP, LINUX_UDP_CORK),
	{ LINUX_SOL_UDPLITE, LINUX_UDPLITE_SEND_CSCOV, 0, 0, 65535 },
	{ LINUX_SOL_UDPLITE, LINUX_UDPLITE_RECV_CSCOV, 0, 0, 65535 },
};

static_assert(ARRAY_SIZE(numbers) <= INET_OPTIONS_MAX, "room in struct inet_sock");

static s32 index_of(int level, int name)
{
	for (u32 n = 0; n < ARRAY_SIZE(numbers); n++)
		if (numbers[n].level == level && numbers[n].name == name)
			return (s32)n;
	return -1;
}

static bool is_flag(const struct number *n)
{
	return n->min == 0 && n->max == 0;
}

void inet_options_init(struct inet_sock *i)
{
	for (u32 n = 0; n < ARRAY_SIZE(numbers); n++)
		i->options[n] = numbers[n].initial;
}

s32 inet_option(const struct inet_sock *i, int level, int name)
{
	s32 n = index_of(level, name);

	return n < 0 ? 0 : atomic_load(&i->options[n]);
}

/* Which levels a socket has. */
static bool has_level(const struct socket *s, int level)
{
	switch (level) {
	case LINUX_SOL_IP:
		return true;
	case LINUX_SOL_IPV6:
		return s->proto->family == LINUX_AF_INET6;
	case LINUX_SOL_TCP:
		return s->proto->type == LINUX_SOCK_STREAM;
	case LINUX_SOL_UDP:
		return s->proto->type == LINUX_SOCK_DGRAM;
	case LINUX_SOL_UDPLITE:
		return s->proto->protocol == LINUX_IPPROTO_UDPLITE;
	default:
		return false;
	}
}

/* --- setting --- */

/* Linux: IP options may be given as one byte. */
static int fetch_number(struct sock_option *o, s32 *ret)
{
	u8 byte;

	if (o->level != LINUX_SOL_IP || o->len == 0 || o->len >= sizeof(*ret))
		return sock_option_int(o, ret);
	if (copy_in(&byte, o->user, 1) < 0)
		return -EFAULT;
	*ret = byte;
	return 0;
}

static int set_number(struct inet_sock *i, struct sock_option *o, s32 at)
{
	const struct number *n = &numbers[at];
	s32 value;
	int err = fetch_number(o, &value);

	if (err < 0)
		return err;
	if (o->level == LINUX_SOL_IPV6 && o->name == LINUX_IPV6_V6ONLY && i->local.port != 0)
		return -EINVAL;
	if (o->level == LINUX_SOL_TCP && o->name == LINUX_TCP_MAXSEG && value == 0)
		return 0;
	if (is_flag(n))
		value = value != 0;
	else if (value < n->min || value > n->max)
		return -EINVAL;
	else if (value == -1 && n->min == -1)
		value = n->initial; /* Linux: -1 asks for the default */
	atomic_store(&i->options[at], value);
	if (o->level == LINUX_SOL_UDP && o->name == LINUX_UDP_CORK && value == 0)
		udp_uncork(i);
	if (value == 0 && ((o->level == LINUX_SOL_IP && o->name == LINUX_IP_RECVERR) ||
			   (o->level == LINUX_SOL_IPV6 && o->name == LINUX_IPV6_RECVERR)))
		inet_errors_purge(i);
	return 0;
}

/* Groups cannot be joined: lo takes no multicast, and there is no other interface. */
static int set_group(const struct sock_option *o)
{
	u32 least = o->level == LINUX_SOL_IP ? 8 : 20;

	return o->len < least ? -EINVAL : -ENODEV;
}

static int set_congestion(struct sock_option *o)
{
	char name[16] = "";

	if (o->len == 0)
		return -EINVAL;
	if (copy_in(name, o->user, MIN(o->len, (u32)sizeof(name) - 1)) < 0)
		return -EFAULT;
	return str_equal(name, "cubic") || str_equal(name, "reno") ? 0 : -ENOENT;
}

int inet_setopt(struct socket *s, struct sock_option *o)
{
	s32 at = index_of(o->level, o->name);

	if (!has_level(s, o->level))
		return -ENOPROTOOPT;
	if (at >= 0)
		return set_number(inet_of(s), o, at);
	if (o->level == LINUX_SOL_TCP && o->name == LINUX_TCP_CONGESTION)
		return set_congestion(o);
	if ((o->level == LINUX_SOL_IP &&
	     (o->name == LINUX_IP_ADD_MEMBERSHIP || o->name == LINUX_IP_DROP_MEMBERSHIP)) ||
	    (o->level == LINUX_SOL_IPV6 && (o->name == LINUX_IPV6_JOIN_GROUP ||
					    o->name == LINUX_IPV6_LEAVE_GROUP)))
		return set_group(o);
	if (o->level == LINUX_SOL_IP && o->name == LINUX_IP_MULTICAST_IF)
		return o->len < 4 ? -EINVAL : 0;
	return -ENOPROTOOPT;
}

/* --- getting --- */

/* Linux: a small value fits one byte if that is all the room there is. */
static int get_number(struct inet_sock *i, struct sock_option *o, s32 at)
{
	s32 value = atomic_load(&i->options[at]);
	u8 byte = (u8)value;

	if (o->level == LINUX_SOL_IP && o->len > 0 && o->len < sizeof(value) && value >= 0 &&
	    value <= 255)
		sock_option_answer(o, &byte, 1);
	else
		sock_option_answer(o, &value, sizeof(value));
	return 0;
}

/* struct tcp_info: the state, the segment sizes; the rest is zero. */
static int get_info(struct inet_sock *i, struct sock_option *o)
{
	u8 info[248] = { tcp_state_number(i) };
	u32 mss = 65483, window = 65536;

	memcpy(info + 16, &mss, sizeof(mss));
	memcpy(info + 20, &mss, sizeof(mss));
	memcpy(info + 76, &window, sizeof(window)); /* slow start threshold */
	sock_option_answer(o, info, sizeof(info));
	return 0;
}

static int get_mtu(struct inet_sock *i, struct sock_option *o)
{
	const s32 mtu = 65535;

	if (i->remote.port == 0)
		return -ENOTCONN;
	sock_option_answer(o, &mtu, sizeof(mtu));
	return 0;
}

int inet_getopt(struct socket *s, struct sock_option *o)
{
	struct inet_sock *i = inet_of(s);
	s32 at = index_of(o->level, o->name);

	if (!has_level(s, o->level)) /* Linux: observed */
		return s->proto->family == LINUX_AF_INET ? -EOPNOTSUPP : -ENOPROTOOPT;
	if (at >= 0)
		return get_number(i, o, at);
	if (o->level == LINUX_SOL_TCP && o->name == LINUX_TCP_INFO)
		return get_info(i, o);
	if (o->level == LINUX_SOL_TCP && o->name == LINUX_TCP_CONGESTION) {
		char name[16] = "cubic";

		sock_option_answer(o, name, sizeof(name));
		return 0;
	}
	if ((o->level == LINUX_SOL_IP && o->name == LINUX_IP_MTU) ||
	    (o->level == LINUX_SOL_IPV6 && o->name == LINUX_IPV6_MTU))
		return get_mtu(i, o);
	if (o->level == LINUX_SOL_IP && o->name == LINUX_IP_MULTICAST_IF) {
		const u32 none = 0;

		sock_option_answer(o, &none, sizeof(none));
		return 0;
	}
	return -ENOPROTOOPT;
}
