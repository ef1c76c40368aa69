/*
 * Netlink, as far as programs ask which interfaces and addresses there are (getifaddrs,
 * getaddrinfo, if_nameindex): NETLINK_ROUTE with lo, 127.0.0.1 and ::1.
 *
 * OVERVIEW. A message sent is a list of requests, answered at once: each answer is a packet
 * in the sender's own queue. Nothing ever changes, so joining groups is free.
 *
 * LINUX BEHAVIOUR. netlink(7), rtnetlink(7): a dump is packets of NLM_F_MULTI messages that
 * end with NLMSG_DONE; what is not known is NLMSG_ERROR with EOPNOTSUPP, changes EPERM.
 *
 * NOT DONE. Other protocols (EPROTONOSUPPORT), messages between programs, extended errors,
 * routes (there are none to show) and neighbours.
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/netlink.h"
#include "abi/linux/poll.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/families.h"
#include "kernel/net/net.h"
#include "kernel/net/netlink.h"
#include "kernel/net/packet.h"
#include "kernel/net/recv.h"
#include "kernel/task/task.h"
#include "kernel/vfs/poll.h"
#include "lib/string.h"

#define LO_INDEX 1
#define LO_MTU 65536
#define LO_QUEUE 1000
#define ANSWER_MAX 2048u
#define REQUEST_MAX 32768u

struct netlink_sock {
	struct socket s; /* first */
	u32 port;        /* l: the address; 0: not bound */
	u32 groups;      /* l */
};

static struct netlink_sock *netlink_of(struct socket *s)
{
	return container_of(s, struct netlink_sock, s);
}

/* --- names --- */

/* Linux: the first socket of a process has its pid, others made-up numbers. */
static void autobind(struct netlink_sock *n)
{
	u64 turn = atomic_add(&net->last_cookie, 1);

	lock_acquire(&n->s.lock);
	if (n->port == 0)
		n->port = (u32)current()->process->pid + ((u32)turn << 22 & 0xffc00000u);
	lock_release(&n->s.lock);
}

static int netlink_bind(struct socket *s, const struct sock_addr *addr)
{
	struct netlink_sock *n = netlink_of(s);
	int err = 0;

	if (addr->len < sizeof(addr->nl) || addr->nl.nl_family != LINUX_AF_NETLINK)
		return -EINVAL;
	if (addr->nl.nl_pid == 0)
		autobind(n);
	lock_acquire(&s->lock);
	if (addr->nl.nl_pid != 0 && n->port != 0 && n->port != addr->nl.nl_pid) {
		err = -EINVAL;
	} else {
		n->groups = addr->nl.nl_groups;
		if (addr->nl.nl_pid != 0)
			n->port = addr->nl.nl_pid;
	}
	lock_release(&s->lock);
	return err;
}

/* The kernel, port 0, is the only peer there is. */
static int netlink_connect(struct socket *s, const struct sock_addr *addr, UNUSED bool nonblock)
{
	if (addr->len < sizeof(addr->any.ss_family))
		return -EINVAL;
	if (addr->any.ss_family == LINUX_AF_UNSPEC)
		return 0;
	if (addr->any.ss_family != LINUX_AF_NETLINK || addr->len < sizeof(addr->nl))
		return -EINVAL;
	if (addr->nl.nl_pid != 0)
		return -ECONNREFUSED;
	autobind(netlink_of(s));
	return 0;
}

static int netlink_getname(struct socket *s, bool peer, struct sock_addr *ret)
{
	struct netlink_sock *n = netlink_of(s);

	memset(ret, 0, sizeof(*ret));
	ret->len = sizeof(ret->nl);
	ret->nl.nl_family = LINUX_AF_NETLINK;
	if (peer)
		return 0;
	lock_acquire(&s->lock);
	ret->nl.nl_pid = n->port;
	ret->nl.nl_groups = n->groups;
	lock_release(&s->lock);
	return 0;
}

/* --- building answers --- */

struct answer {
	u8 *bytes; /* ANSWER_MAX */
	u32 len;
	u32 at;    /* the message that is being built */
	const struct linux_nlmsghdr *request;
	u32 port;
};

static void add(struct answer *a, const void *data, u32 len)
{
	if (a->len + LINUX_NLMSG_ALIGN(len) > ANSWER_MAX)
		return; /* cannot be: all answers are short */
	memcpy(a->bytes + a->len, data, len);
	a->len += LINUX_NLMSG_ALIGN(len);
}

static void add_attribute(struct answer *a, u16 type, const void *value, u32 len)
{
	struct linux_nlattr h = { (u16)(sizeof(h) + len), type };

	add(a, &h, sizeof(h));
	add(a, value, len);
}

static void message_begin(struct answer *a, u16 type, u16 flags)
{
	struct linux_nlmsghdr h = { .nlmsg_type = type, .nlmsg_flags = flags,
				    .nlmsg_seq = a->request->nlmsg_seq, .nlmsg_pid = a->port };

	a->at = a->len;
	add(a, &h, sizeof(h));
}

static void message_end(struct answer *a)
{
	u32 len = a->len - a->at;

	memcpy(a->bytes + a->at, &len, sizeof(len));
}

static void add_link(struct answer *a, u16 flags)
{
	const struct linux_ifinfomsg info = {
		.ifi_type = LINUX_ARPHRD_LOOPBACK,
		.ifi_index = LO_INDEX,
		.ifi_flags = LINUX_IFF_UP | LINUX_IFF_LOOPBACK | LINUX_IFF_RUNNING |
			     LINUX_IFF_LOWER_UP,
	};
	const u8 none[6] = { 0 }, state = 0;
	const u32 queue = LO_QUEUE, mtu = LO_MTU;

	message_begin(a, LINUX_RTM_NEWLINK, flags);
	add(a, &info, sizeof(info));
	add_attribute(a, LINUX_IFLA_IFNAME, "lo", 3);
	add_attribute(a, LINUX_IFLA_TXQLEN, &queue, sizeof(queue));
	add_attribute(a, LINUX_IFLA_OPERSTATE, &state, sizeof(state));
	add_attribute(a, LINUX_IFLA_MTU, &mtu, sizeof(mtu));
	add_attribute(a, LINUX_IFLA_QDISC, "noqueue", 8);
	add_attribute(a, LINUX_IFLA_ADDRESS, none, sizeof(none));
	add_attribute(a, LINUX_IFLA_BROADCAST, none, sizeof(none));
	message_end(a);
}

static void add_address(struct answer *a, u8 family, const u8 *ip, u32 len, u8 prefix)
{
	const struct linux_ifaddrmsg info = {
		.ifa_family = family,
		.ifa_prefixlen = prefix,
		.ifa_flags = LINUX_IFA_F_PERMANENT,
		.ifa_scope = LINUX_RT_SCOPE_HOST,
		.ifa_index = LO_INDEX,
	};

	message_begin(a, LINUX_RTM_NEWADDR, LINUX_NLM_F_MULTI);
	add(a, &info, sizeof(info));
	add_attribute(a, LINUX_IFA_ADDRESS, ip, len);
	if (family == LINUX_AF_INET) {
		add_attribute(a, LINUX_IFA_LOCAL, ip, len);
		add_attribute(a, LINUX_IFA_LABEL, "lo", 3);
	}
	message_end(a);
}

static void add_addresses(struct answer *a, u8 family)
{
	static const u8 v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };

	if (family == LINUX_AF_UNSPEC || family == LINUX_AF_INET)
		add_address(a, LINUX_AF_INET, v4, sizeof(v4), 8);
	if (family == LINUX_AF_UNSPEC || family == LINUX_AF_INET6)
		add_address(a, LINUX_AF_INET6, v6, sizeof(v6), 128);
}

static void add_done(struct answer *a)
{
	const s32 status = 0;

	message_begin(a, LINUX_NLMSG_DONE, LINUX_NLM_F_MULTI);
	add(a, &status, sizeof(status));
	message_end(a);
}

static void add_error(struct answer *a, s32 error)
{
	message_begin(a, LINUX_NLMSG_ERROR, 0);
	add(a, &error, sizeof(error));
	add(a, a->request, sizeof(*a->request));
	message_end(a);
}

/* --- requests --- */

/* Does the request name another interface than lo? By index only, as ifi_index says. */
static bool names_other(const struct linux_nlmsghdr *h, const u8 *payload, u32 len)
{
	struct linux_ifinfomsg info;

	if (h->nlmsg_type != LINUX_RTM_GETLINK || len < sizeof(info))
		return false;
	memcpy(&info, payload, sizeof(info));
	return info.ifi_index != 0 && info.ifi_index != LO_INDEX;
}

/* "ip link set lo up", which it is. */
static bool sets_nothing(const struct linux_nlmsghdr *h, const u8 *payload, u32 len)
{
	struct linux_ifinfomsg info;

	if (h->nlmsg_type != LINUX_RTM_NEWLINK || len != sizeof(info))
		return false;
	memcpy(&info, payload, sizeof(info));
	return info.ifi_index == LO_INDEX && info.ifi_change == LINUX_IFF_UP &&
	       (info.ifi_flags & LINUX_IFF_UP) && vfs_capable(LINUX_CAP_NET_ADMIN);
}

static void answer_request(struct answer *a, const u8 *payload, u32 len)
{
	const struct linux_nlmsghdr *h = a->request;
	bool dump = (h->nlmsg_flags & LINUX_NLM_F_DUMP) == LINUX_NLM_F_DUMP;
	bool get = (h->nlmsg_type - LINUX_RTM_NEWLINK) % 4 == LINUX_RTM_KIND_GET;
	u8 family = len > 0 ? payload[0] : 0;

	if (sets_nothing(h, payload, len)) {
		if (h->nlmsg_flags & LINUX_NLM_F_ACK)
			add_error(a, 0);
	} else if (!get) {
		add_error(a, -EPERM);
	} else if (dump && h->nlmsg_type == LINUX_RTM_GETLINK) {
		add_link(a, LINUX_NLM_F_MULTI);
		add_done(a);
	} else if (dump && h->nlmsg_type == LINUX_RTM_GETADDR) {
		add_addresses(a, family);
		add_done(a);
	} else if (dump && h->nlmsg_type == LINUX_RTM_GETROUTE) {
		add_done(a);
	} else if (h->nlmsg_type == LINUX_RTM_GETLINK) {
		if (names_other(h, payload, len))
			add_error(a, -ENODEV);
		else
			add_link(a, 0);
	} else if (h->nlmsg_type == LINUX_RTM_GETROUTE) {
		add_error(a, -ENETUNREACH);
	} else {
		add_error(a, -EOPNOTSUPP);
	}
}

/* A packet of the kernel's. */
static int message_create(const void *data, u32 len, struct packet **ret)
{
	const struct linux_sockaddr_nl kernel = { .nl_family = LINUX_AF_NETLINK };
	struct iter it;
	int err;

	iter_init_kernel(&it, (void *)(uintptr_t)data, len);
	err = packet_create(NULL, &it, len, 0, ret);
	if (err == 0)
		(*ret)->from = sock_name_create(&kernel, sizeof(kernel));
	return err;
}

static void message_queue(struct socket *s, struct packet *p)
{
	lock_acquire(&s->lock);
	packet_queue_locked(s, p);
	lock_release(&s->lock);
	socket_wake(s, LINUX_POLLIN | LINUX_POLLRDNORM);
}

static int queue_answer(struct netlink_sock *n, const struct answer *a)
{
	struct packet *p;
	int err = message_create(a->bytes, a->len, &p);

	if (err == 0)
		message_queue(&n->s, p);
	return err;
}

/* --- letters --- */

struct netlink_letter {
	struct socket *to; /* referenced */
	struct packet *packet;
};

int netlink_letter_create(const struct file *socket, const void *data, u32 len,
			  struct netlink_letter **ret)
{
	struct netlink_letter *l;
	struct socket *s;
	int err;

	if (!LINUX_S_ISSOCK(socket->inode->mode))
		return -ENOTSOCK;
	s = file_socket(socket);
	if (s == NULL || s->proto->family != LINUX_AF_NETLINK)
		return -EINVAL;
	l = kzalloc(sizeof(*l));
	if (l == NULL)
		return -ENOMEM;
	err = message_create(data, len, &l->packet);
	if (err < 0) {
		kfree(l);
		return err;
	}
	l->to = socket_get(s);
	*ret = l;
	return 0;
}

void netlink_letter_send(struct netlink_letter *l, u8 last)
{
	if (l == NULL)
		return;
	l->packet->data[l->packet->size - 1] = (char)last;
	message_queue(l->to, TAKE(l->packet));
	netlink_letter_drop(l);
}

void netlink_letter_drop(struct netlink_letter *l)
{
	if (l == NULL)
		return;
	packet_put(l->packet);
	socket_put(l->to);
	kfree(l);
}

/* --- requests --- */

/* One request of the message. Linux: netlink_rcv_skb. */
static int serve(struct netlink_sock *n, const struct linux_nlmsghdr *h, const u8 *payload)
{
	struct answer a = { .request = h, .port = n->port };
	int err = 0;

	if (!(h->nlmsg_flags & LINUX_NLM_F_REQUEST))
		return 0;
	if (atomic_load(&n->s.queue_bytes) > (u64)atomic_load(&n->s.rcvbuf))
		return -ENOBUFS;
	a.bytes = kzalloc(ANSWER_MAX);
	if (a.bytes == NULL)
		return -ENOBUFS;
	if (h->nlmsg_type >= LINUX_NLMSG_MIN_TYPE)
		answer_request(&a, payload, h->nlmsg_len - (u32)sizeof(*h));
	else if (h->nlmsg_flags & LINUX_NLM_F_ACK)
		add_error(&a, 0);
	if (a.len != 0)
		err = queue_answer(n, &a);
	kfree(a.bytes);
	return err;
}

static int serve_all(struct netlink_sock *n, const u8 *bytes, u32 len)
{
	u32 at = 0;
	int err = 0;

	while (err == 0 && len - at >= sizeof(struct linux_nlmsghdr)) {
		struct linux_nlmsghdr h;

		memcpy(&h, bytes + at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len - at)
			break;
		err = serve(n, &h, bytes + at + sizeof(h));
		if (LINUX_NLMSG_ALIGN(h.nlmsg_len) > len - at)
			break;
		at += LINUX_NLMSG_ALIGN(h.nlmsg_len);
	}
	return err;
}

static s64 netlink_send(struct socket *s, struct sock_msg *m)
{
	AUTO_KFREE u8 *bytes = NULL;
	u32 len = (u32)MIN(m->data.count, (size_t)REQUEST_MAX + 1);
	int err;

	if (m->flags & LINUX_MSG_OOB)
		return -EOPNOTSUPP;
	if (m->name->len != 0) {
		if (m->name->len < sizeof(m->name->nl) ||
		    m->name->nl.nl_family != LINUX_AF_NETLINK)
			return -EINVAL;
		if (m->name->nl.nl_pid != 0)
			return -ECONNREFUSED;
	}
	if (len > REQUEST_MAX)
		return -EMSGSIZE;
	if (len == 0)
		return -ENODATA; /* Linux: as an uninitialised length would ask for */
	autobind(netlink_of(s));
	bytes = kzalloc(len);
	if (bytes == NULL)
		return -ENOBUFS;
	if (iter_copy_from(&m->data, bytes, len) != (s64)len)
		return -EFAULT;
	err = serve_all(netlink_of(s), bytes, len);
	return err < 0 ? err : (s64)len;
}

static s64 netlink_recv(struct socket *s, struct sock_msg *m)
{
	struct packet *p;
	u32 skip;
	int err;

	if (m->flags & LINUX_MSG_OOB)
		return -EOPNOTSUPP;
	err = datagram_take(s, m->flags, &p, &skip);
	if (err < 0 || p == NULL)
		return err;
	return datagram_deliver(s, p, skip, m);
}

/* --- the rest --- */

static u32 netlink_poll(struct socket *s, UNUSED struct poll_table *pt)
{
	return socket_poll_common(s) | LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND;
}

static int netlink_shutdown(UNUSED struct socket *s, UNUSED u32 how)
{
	return -EOPNOTSUPP;
}

static s64 netlink_ioctl(UNUSED struct socket *s, u32 cmd, UNUSED uaddr_t arg)
{
	return cmd == LINUX_FIONREAD ? -EOPNOTSUPP : -ENOTTY;
}

/* Linux: all are flags or group numbers; none matters where nothing happens. */
static int netlink_setopt(UNUSED struct socket *s, struct sock_option *o)
{
	s32 value;

	if (o->level != LINUX_SOL_NETLINK)
		return -ENOPROTOOPT;
	return o->name >= 1 && o->name <= 12 ? sock_option_int(o, &value) : -ENOPROTOOPT;
}

static int netlink_getopt(UNUSED struct socket *s, struct sock_option *o)
{
	const s32 off = 0;

	if (o->level != LINUX_SOL_NETLINK || o->name < 1 || o->name > 12)
		return -ENOPROTOOPT;
	if (o->len < sizeof(off))
		return -EINVAL;
	sock_option_answer(o, &off, sizeof(off));
	return 0;
}

static void netlink_release(UNUSED struct socket *s)
{
}

#define NETLINK_PROTO(kind)                                                       \
	{                                                                         \
		.family = LINUX_AF_NETLINK, .type = kind, .protocol = LINUX_NETLINK_ROUTE, \
		.size = sizeof(struct netlink_sock), .bind = netlink_bind,        \
		.connect = netlink_connect, .getname = netlink_getname,           \
		.shutdown = netlink_shutdown, .send = netlink_send, .recv = netlink_recv, \
		.poll = netlink_poll, .ioctl = netlink_ioctl, .setopt = netlink_setopt, \
		.getopt = netlink_getopt, .release = netlink_release,             \
	}

static const struct sock_proto raw_proto = NETLINK_PROTO(LINUX_SOCK_RAW);
static const struct sock_proto dgram_proto = NETLINK_PROTO(LINUX_SOCK_DGRAM);

int netlink_proto_find(int type, int protocol, const struct sock_proto **ret)
{
	if (type != LINUX_SOCK_RAW && type != LINUX_SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != LINUX_NETLINK_ROUTE)
		return -EPROTONOSUPPORT;
	*ret = type == LINUX_SOCK_RAW ? &raw_proto : &dgram_proto;
	return 0;
}
