/*
 * Internet addresses: what is here and what cannot be reached.
 *
 * There is one interface, lo: 127.0.0.0/8 and ::1 are here, everything else has no route.
 *
 * LINUX BEHAVIOUR. ip(7), ipv6(7): a destination of any address means loopback; IPv6 sockets
 * take mapped IPv4 addresses unless they are IPV6_V6ONLY.
 */
#include "abi/errno.h"
#include "kernel/net/inet.h"
#include "lib/string.h"

#define MAPPED 12u /* bytes before the IPv4 part */
#define SIN6_LEN_OLD 24u /* Linux: SIN6_LEN_RFC2133, without the scope */

static const u8 mapped_prefix[MAPPED] = { [10] = 0xff, [11] = 0xff };
static const u8 loopback4[16] = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 };
static const u8 loopback6[16] = { [15] = 1 };

static u16 swap16(u16 x)
{
	return (u16)(x << 8 | x >> 8);
}

static bool bytes_are(const u8 *p, size_t n, u8 value)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != value)
			return false;
	return true;
}

bool inet_ip_is_v4(const u8 *ip)
{
	return memcmp(ip, mapped_prefix, MAPPED) == 0;
}

bool inet_ip_is_any(const u8 *ip)
{
	return bytes_are(ip, 16, 0) || (inet_ip_is_v4(ip) && bytes_are(ip + MAPPED, 4, 0));
}

bool inet_ip_is_loopback(const u8 *ip)
{
	return inet_ip_is_v4(ip) ? ip[MAPPED] == 127 : memcmp(ip, loopback6, 16) == 0;
}

bool inet_ip_is_multicast(const u8 *ip)
{
	return inet_ip_is_v4(ip) ? (ip[MAPPED] & 0xf0) == 0xe0 : ip[0] == 0xff;
}

bool inet_ip_is_broadcast(const u8 *ip)
{
	if (!inet_ip_is_v4(ip))
		return false;
	return bytes_are(ip + MAPPED, 4, 255) ||
	       (ip[MAPPED] == 127 && bytes_are(ip + MAPPED + 1, 3, 255));
}

bool inet_end_equal(const struct inet_end *a, const struct inet_end *b)
{
	return a->port == b->port && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

void inet_end_store(const struct inet_end *e, u16 family, struct sock_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->any.ss_family = family;
	if (family == LINUX_AF_INET) {
		ret->len = sizeof(ret->in);
		ret->in.sin_port = swap16(e->port);
		memcpy(&ret->in.sin_addr, e->ip + MAPPED, 4);
	} else {
		ret->len = sizeof(ret->in6);
		ret->in6.sin6_port = swap16(e->port);
		memcpy(ret->in6.sin6_addr, e->ip, 16);
	}
}

/* The bytes of a sockaddr whose length and family have been checked. */
static void end_load(const struct sock_addr *addr, struct inet_end *ret)
{
	if (addr->any.ss_family == LINUX_AF_INET) {
		memcpy(ret->ip, mapped_prefix, MAPPED);
		memcpy(ret->ip + MAPPED, &addr->in.sin_addr, 4);
		ret->port = swap16(addr->in.sin_port);
	} else {
		memcpy(ret->ip, addr->in6.sin6_addr, 16);
		ret->port = swap16(addr->in6.sin6_port);
	}
}

/* --- addresses to bind to --- */

/* Linux: __inet_bind takes AF_UNSPEC for the any address, for old programs' sake. */
static int bind_parse4(const struct sock_addr *addr, struct inet_end *ret)
{
	struct sock_addr copy = *addr;

	if (addr->len < sizeof(addr->in))
		return -EINVAL;
	if (addr->any.ss_family == LINUX_AF_UNSPEC && addr->in.sin_addr == 0)
		copy.any.ss_family = LINUX_AF_INET;
	if (copy.any.ss_family != LINUX_AF_INET)
		return -EAFNOSUPPORT;
	end_load(&copy, ret);
	return 0;
}

static int bind_parse6(struct inet_sock *i, const struct sock_addr *addr, struct inet_end *ret)
{
	if (addr->len < SIN6_LEN_OLD)
		return -EINVAL;
	if (addr->any.ss_family != LINUX_AF_INET6)
		return -EAFNOSUPPORT;
	end_load(addr, ret);
	if (inet_ip_is_v4(ret->ip) && inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_V6ONLY))
		return -EINVAL;
	if (ret->ip[0] == 0xfe && (ret->ip[1] & 0xc0) == 0x80 && addr->in6.sin6_scope_id == 0)
		return -EINVAL; /* link-local without a link */
	return 0;
}

int inet_bind_parse(struct inet_sock *i, const struct sock_addr *addr, struct inet_end *ret)
{
	bool v4 = i->s.proto->family == LINUX_AF_INET;
	int err = v4 ? bind_parse4(addr, ret) : bind_parse6(i, addr, ret);

	if (err < 0)
		return err;
	if (!inet_ip_is_any(ret->ip) && !inet_ip_is_loopback(ret->ip) &&
	    !inet_ip_is_multicast(ret->ip) && !inet_ip_is_broadcast(ret->ip) &&
	    !inet_option(i, LINUX_SOL_IP, LINUX_IP_FREEBIND))
		return -EADDRNOTAVAIL;
	return 0;
}

/* --- addresses to go to --- */

static int dest_load(struct inet_sock *i, const struct sock_addr *addr, struct inet_end *ret)
{
	u16 family = addr->any.ss_family;

	if (i->s.proto->family == LINUX_AF_INET) {
		if (addr->len < sizeof(addr->in))
			return -EINVAL;
		if (family != LINUX_AF_INET)
			return -EAFNOSUPPORT;
	} else if (family == LINUX_AF_INET && i->s.proto->type == LINUX_SOCK_DGRAM) {
		/* Linux: IPv6 datagram sockets take plain IPv4 addresses, too. */
		if (addr->len < sizeof(addr->in))
			return -EINVAL;
		if (inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_V6ONLY))
			return -ENETUNREACH;
	} else {
		if (addr->len < SIN6_LEN_OLD)
			return -EINVAL;
		if (family != LINUX_AF_INET6)
			return -EAFNOSUPPORT;
	}
	end_load(addr, ret);
	return 0;
}

int inet_dest_parse(struct inet_sock *i, const struct sock_addr *addr, struct inet_end *ret)
{
	bool only6 = inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_V6ONLY);
	bool bound4 = i->local.port != 0 && !inet_ip_is_any(i->local.ip) &&
		      inet_ip_is_v4(i->local.ip);
	int err = dest_load(i, addr, ret);

	if (err < 0)
		return err;
	if (inet_ip_is_any(ret->ip))
		memcpy(ret->ip, inet_ip_is_v4(ret->ip) || bound4 ? loopback4 : loopback6, 16);
	if (i->s.proto->family == LINUX_AF_INET6 && inet_ip_is_v4(ret->ip) && only6)
		return -ENETUNREACH;
	if (!inet_ip_is_loopback(ret->ip))
		return -ENETUNREACH;
	if (inet_ip_is_broadcast(ret->ip)) {
		if (i->s.proto->type == LINUX_SOCK_STREAM)
			return -ENETUNREACH;
		return socket_flag(&i->s, SOCK_FLAG_BROADCAST) ? 0 : -EACCES;
	}
	return 0;
}

/* Linux: the routes of lo say so: 127.0.0.1 whatever of 127.0.0.0/8 is asked for. */
void inet_source_for(const struct inet_end *dest, u8 *ret_ip)
{
	memcpy(ret_ip, inet_ip_is_v4(dest->ip) ? loopback4 : loopback6, 16);
}
