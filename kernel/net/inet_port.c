/*
 * Ports of TCP and UDP: who has which, and who gets what arrives there.
 *
 * OVERVIEW. Every socket with a port is in a table by port: bound, connected and accepted
 * ones. Nobody waits in TIME_WAIT here, so a port is free when its last socket is closed.
 *
 * LOCKING. inet.lock covers the tables and the local ends, before socket.lock. Who is in a
 * table is alive: it leaves it in its release.
 *
 * LINUX BEHAVIOUR. inet_csk_bind_conflict(), udp_lib_lport_inuse(): two sockets conflict when
 * their addresses overlap unless both have SO_REUSEADDR (and none listens) or both have
 * SO_REUSEPORT and one owner. Ports below 1024 need CAP_NET_BIND_SERVICE; those given freely
 * are from 32768 to 60999.
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "kernel/net/inet.h"
#include "kernel/net/net.h"
#include "kernel/task/task.h"
#include "lib/string.h"
#include "platform/plat.h"

#define PORT_PRIVILEGED 1024u
#define PORT_FREE_MIN 32768u
#define PORT_FREE_MAX 60999u
#define PORT_FREE_COUNT (PORT_FREE_MAX - PORT_FREE_MIN + 1)

/* The table's lock is held. */
static struct list *bucket_of(u32 protocol, u16 port)
{
	struct inet_state *n = net->inet;
	struct list *table = protocol == LINUX_IPPROTO_TCP ? n->tcp :
			     protocol == LINUX_IPPROTO_UDP ? n->udp : n->udplite;

	return list_ready(&table[port % INET_BUCKETS]);
}

static struct list *own_bucket(const struct inet_sock *i, u16 port)
{
	return bucket_of(i->s.proto->protocol, port);
}

/* Does a socket bound to ip, of that kind, get what is sent to an IPv4 or IPv6 address? */
static bool takes_v4(const struct inet_sock *i, const u8 *ip)
{
	if (i->s.proto->family == LINUX_AF_INET)
		return true;
	if (!inet_ip_is_any(ip))
		return inet_ip_is_v4(ip);
	return !inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_V6ONLY);
}

static bool takes_v6(const struct inet_sock *i, const u8 *ip)
{
	return i->s.proto->family == LINUX_AF_INET6 &&
	       (inet_ip_is_any(ip) || !inet_ip_is_v4(ip));
}

/* Linux: ipv6_rcv_saddr_equal. */
static bool overlap(const struct inet_sock *a, const u8 *a_ip, const struct inet_sock *b)
{
	const u8 *b_ip = b->local.ip;

	if (!(takes_v4(a, a_ip) && takes_v4(b, b_ip)) &&
	    !(takes_v6(a, a_ip) && takes_v6(b, b_ip)))
		return false;
	return inet_ip_is_any(a_ip) || inet_ip_is_any(b_ip) || memcmp(a_ip, b_ip, 16) == 0;
}

static bool conflict(const struct inet_sock *i, const u8 *ip, const struct inet_sock *other)
{
	if (other == i || !overlap(i, ip, other))
		return false;
	if (socket_flag(&i->s, SOCK_FLAG_REUSEPORT) &&
	    socket_flag(&other->s, SOCK_FLAG_REUSEPORT) && i->s.owner_uid == other->s.owner_uid)
		return false;
	return atomic_load(&other->s.state) == SOCK_STATE_LISTENING ||
	       !socket_flag(&i->s, SOCK_FLAG_REUSEADDR) ||
	       !socket_flag(&other->s, SOCK_FLAG_REUSEADDR);
}

static bool taken_locked(const struct inet_sock *i, const u8 *ip, u16 port)
{
	struct inet_sock *other;

	list_for_each(other, own_bucket(i, port), port_link)
		if (other->local.port == port && conflict(i, ip, other))
			return true;
	return false;
}

static bool used_locked(const struct inet_sock *i, u16 port)
{
	struct inet_sock *other;

	list_for_each(other, own_bucket(i, port), port_link)
		if (other->local.port == port)
			return true;
	return false;
}

static void take_locked(struct inet_sock *i, const u8 *ip, u16 port)
{
	lock_acquire(&i->s.lock);
	memcpy(i->local.ip, ip, sizeof(i->local.ip));
	i->local.port = port;
	lock_release(&i->s.lock);
	list_del(&i->port_link);
	list_add(own_bucket(i, port), &i->port_link);
}

/* A port nobody has at all, or else one that does not conflict. */
static int take_any_locked(struct inet_sock *i, const u8 *ip)
{
	u32 start;

	plat_random(&start, sizeof(start));
	for (u32 pass = 0; pass < 2; pass++) {
		for (u32 n = 0; n < PORT_FREE_COUNT; n++) {
			u16 port = (u16)(PORT_FREE_MIN + (start + n) % PORT_FREE_COUNT);

			if (pass == 0 ? used_locked(i, port) : taken_locked(i, ip, port))
				continue;
			take_locked(i, ip, port);
			return 0;
		}
	}
	return -EADDRINUSE;
}

int inet_bind(struct socket *s, const struct sock_addr *addr)
{
	struct inet_sock *i = inet_of(s);
	struct inet_end end;
	int err = inet_bind_parse(i, addr, &end);

	if (err < 0)
		return err;
	if (end.port != 0 && end.port < PORT_PRIVILEGED &&
	    !vfs_capable(LINUX_CAP_NET_BIND_SERVICE))
		return -EACCES;
	lock_acquire(&net->inet->lock);
	if (atomic_load(&s->state) != SOCK_STATE_CLOSED || i->local.port != 0) {
		err = -EINVAL;
	} else if (end.port == 0) {
		err = take_any_locked(i, end.ip);
	} else if (taken_locked(i, end.ip, end.port)) {
		err = -EADDRINUSE;
	} else {
		take_locked(i, end.ip, end.port);
		i->keep_port = true;
	}
	if (err == 0)
		i->keep_ip = !inet_ip_is_any(end.ip);
	lock_release(&net->inet->lock);
	return err;
}

int inet_autobind(struct inet_sock *i, const struct inet_end *dest)
{
	u8 ip[16];
	int err = 0;

	lock_acquire(&net->inet->lock);
	memcpy(ip, i->local.ip, sizeof(ip));
	if (dest != NULL && (i->local.port == 0 || inet_ip_is_any(ip)))
		inet_source_for(dest, ip);
	if (i->local.port == 0)
		err = take_any_locked(i, ip);
	else if (memcmp(ip, i->local.ip, sizeof(ip)) != 0)
		take_locked(i, ip, i->local.port);
	lock_release(&net->inet->lock);
	return err == -EADDRINUSE && dest != NULL ? -EADDRNOTAVAIL : err;
}

void inet_port_share(struct inet_sock *i)
{
	lock_acquire(&net->inet->lock);
	list_add(own_bucket(i, i->local.port), &i->port_link);
	lock_release(&net->inet->lock);
}

void inet_port_release(struct inet_sock *i)
{
	lock_acquire(&net->inet->lock);
	list_del(&i->port_link);
	lock_release(&net->inet->lock);
}

void inet_port_forget(struct inet_sock *i)
{
	lock_acquire(&net->inet->lock);
	lock_acquire(&i->s.lock);
	if (!i->keep_ip)
		memset(i->local.ip + (inet_ip_is_v4(i->local.ip) ? 12 : 0), 0,
		       inet_ip_is_v4(i->local.ip) ? 4 : 16);
	if (i->s.proto->family == LINUX_AF_INET6 && !i->keep_ip)
		memset(i->local.ip, 0, sizeof(i->local.ip));
	if (!i->keep_port) {
		i->local.port = 0;
		list_del(&i->port_link);
	}
	lock_release(&i->s.lock);
	lock_release(&net->inet->lock);
}

int inet_port_check_listen(struct inet_sock *i)
{
	bool taken;

	lock_acquire(&net->inet->lock);
	taken = taken_locked(i, i->local.ip, i->local.port);
	lock_release(&net->inet->lock);
	return taken ? -EADDRINUSE : 0;
}

/* --- who gets it --- */

/* 0: not for i; more for a better match. Linux: compute_score. */
static u32 score(const struct inet_sock *i, const struct inet_end *dest)
{
	bool v4 = inet_ip_is_v4(dest->ip);

	if (i->local.port != dest->port)
		return 0;
	if (v4 ? !takes_v4(i, i->local.ip) : !takes_v6(i, i->local.ip))
		return 0;
	if (memcmp(i->local.ip, dest->ip, 16) == 0)
		return 4;
	if (!inet_ip_is_any(i->local.ip))
		return 0;
	return v4 && i->s.proto->family == LINUX_AF_INET ? 2 : 1;
}

static u32 score_listener(const struct inet_sock *i, const struct inet_end *dest,
			  UNUSED const struct inet_end *source)
{
	return atomic_load(&i->s.state) == SOCK_STATE_LISTENING ? score(i, dest) : 0;
}

/* A connected one hears its peer only, and before others. */
static u32 score_udp(const struct inet_sock *i, const struct inet_end *dest,
		     const struct inet_end *source)
{
	u32 points = score(i, dest);

	if (points == 0 || i->remote.port == 0)
		return points;
	return inet_end_equal(&i->remote, source) ? points + 8 : 0;
}

/* The best; of several equals (SO_REUSEPORT) one after the other. */
static struct inet_sock *find(u32 protocol, const struct inet_end *dest,
			      const struct inet_end *source,
			      u32 (*points)(const struct inet_sock *, const struct inet_end *,
					    const struct inet_end *))
{
	u32 best = 0, equals = 0, turn = atomic_add(&net->inet->turn, 1);
	struct inet_sock *i, *found = NULL;

	lock_acquire(&net->inet->lock);
	list_for_each(i, bucket_of(protocol, dest->port), port_link) {
		u32 n = points(i, dest, source);

		if (n == 0 || n < best)
			continue;
		equals = n == best ? equals + 1 : 1;
		if (n > best || (socket_flag(&i->s, SOCK_FLAG_REUSEPORT) && turn % equals == 0))
			found = i;
		best = n;
	}
	if (found != NULL)
		socket_get(&found->s);
	lock_release(&net->inet->lock);
	return found;
}

struct inet_sock *inet_find_listener(const struct inet_end *dest)
{
	return find(LINUX_IPPROTO_TCP, dest, NULL, score_listener);
}

struct inet_sock *inet_find_udp(const struct inet_sock *sender, const struct inet_end *dest,
				const struct inet_end *source)
{
	return find(sender->s.proto->protocol, dest, source, score_udp);
}
