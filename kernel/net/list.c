/*
 * /proc/net: the sandbox's sockets, and its one interface.
 *
 * OVERVIEW. Every socket is in net.all. A table is printed from references taken under its
 * lock, so that no lock is held while text is made.
 *
 * LINUX BEHAVIOUR. The columns are those of /proc/net on Linux 6.x, as netstat, ss, lsof and
 * libraries read them. Addresses of sockets in memory, which Linux hides as well, are their
 * cookies. NOT DONE. Bytes and packets of lo are not counted: they are 0.
 */
#include "abi/linux/stat.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/net/inet.h"
#include "kernel/net/net.h"
#include "kernel/net/unix.h"
#include "lib/string.h"

#define STATE_CLOSE 7 /* Linux: TCP_CLOSE */
#define STATE_ESTABLISHED 1
#define UNIX_ACCEPTS 0x10000u /* Linux: __SO_ACCEPTCON */

/* --- the list of all --- */

void net_list_add(struct socket *s)
{
	lock_acquire(&net->all_lock);
	list_add_tail(&net->all, &s->all_link);
	lock_release(&net->all_lock);
}

void net_list_remove(struct socket *s)
{
	lock_acquire(&net->all_lock);
	list_del(&s->all_link);
	lock_release(&net->all_lock);
}

struct snapshot {
	struct socket **sockets; /* referenced */
	u32 count;
};

static int snapshot_take(struct snapshot *ret)
{
	struct socket *s;
	u32 room = 0;

	*ret = (struct snapshot){ NULL, 0 };
	lock_acquire(&net->all_lock);
	list_for_each(s, &net->all, all_link)
		room++;
	lock_release(&net->all_lock);
	room += 16; /* others may come; still more are not shown */
	ret->sockets = kzalloc(room * sizeof(struct socket *));
	if (ret->sockets == NULL)
		return -ENOMEM;
	lock_acquire(&net->all_lock);
	list_for_each(s, &net->all, all_link)
		if (ret->count < room && ref_get_unless_zero(&s->ref))
			ret->sockets[ret->count++] = s;
	lock_release(&net->all_lock);
	return 0;
}

/* fn for each socket of that family and type; 0: any. n counts those it printed. */
static int for_each(struct seq *s, u16 family, u16 type, u32 protocol,
		    bool (*fn)(struct seq *s, u32 n, struct socket *sock))
{
	struct snapshot all;
	int err = snapshot_take(&all);
	u32 n = 0;

	for (u32 i = 0; err == 0 && i < all.count; i++) {
		const struct sock_proto *p = all.sockets[i]->proto;

		if (p->family == family && (type == 0 || p->type == type) &&
		    (protocol == 0 || p->protocol == protocol))
			n += fn(s, n, all.sockets[i]);
	}
	for (u32 i = 0; i < all.count; i++)
		socket_put(all.sockets[i]);
	kfree(all.sockets);
	return err;
}

/* What stat(2) of its descriptor calls st_ino; 0: it has none. */
static u64 inode_of(struct socket *s)
{
	u64 ino;

	lock_acquire(&s->lock);
	ino = s->file == NULL ? 0 : s->file->inode->ino;
	lock_release(&s->lock);
	return ino;
}

/* --- local sockets --- */

static void print_unix_name(struct seq *s, const struct sock_name *n)
{
	const struct linux_sockaddr_un *un = (const void *)n->bytes;
	u32 len = n->len - (u32)offsetof(struct linux_sockaddr_un, sun_path);
	bool abstract = len > 0 && un->sun_path[0] == '\0';

	if (len == 0)
		return;
	if (!abstract)
		len = (u32)strnlen(un->sun_path, len);
	seq_string(s, " ");
	/* Linux: what is not printed of an abstract name is '@'. */
	for (u32 i = 0; i < len; i++)
		seq_write(s, un->sun_path[i] == '\0' ? "@" : &un->sun_path[i], 1);
}

static bool print_unix(struct seq *s, UNUSED u32 n, struct socket *sock)
{
	struct sock_name *name = unix_name(unix_of(sock));
	u32 state = atomic_load(&sock->state);

	seq_print(s, "%016lx: %08X 00000000 %08X %04X %02X %5lu", (unsigned long)sock->cookie,
		  atomic_load(&sock->ref.count), state == SOCK_STATE_LISTENING ? UNIX_ACCEPTS : 0,
		  sock->proto->type,
		  state == SOCK_STATE_CONNECTED  ? 3 :
		  state == SOCK_STATE_CONNECTING ? 2 : 1,
		  (unsigned long)inode_of(sock));
	if (name != NULL)
		print_unix_name(s, name);
	sock_name_put(name);
	seq_string(s, "\n");
	return true;
}

static int show_unix(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	return for_each(s, LINUX_AF_UNIX, 0, 0, print_unix);
}

/* --- internet sockets --- */

/* As Linux prints it: words of the address as they lie in memory. */
static void print_end(struct seq *s, const struct inet_end *e, bool six)
{
	u32 words[4];

	memcpy(words, e->ip, sizeof(words));
	if (six)
		seq_print(s, "%08X%08X%08X", words[0], words[1], words[2]);
	seq_print(s, "%08X:%04X ", words[3], e->port);
}

static void print_inet(struct seq *s, struct socket *sock, u8 state, u64 received)
{
	struct inet_sock *i = inet_of(sock);
	struct inet_end local, remote;
	bool six = sock->proto->family == LINUX_AF_INET6;

	lock_acquire(&sock->lock);
	local = i->local;
	remote = i->remote;
	lock_release(&sock->lock);
	print_end(s, &local, six);
	print_end(s, &remote, six);
	seq_print(s, "%02X %08lX:%08lX 00:00000000 00000000 %5u        0 %lu %d %016lx", state,
		  (unsigned long)atomic_load(&sock->wmem), (unsigned long)received,
		  sock->owner_uid, (unsigned long)inode_of(sock), atomic_load(&sock->ref.count),
		  (unsigned long)sock->cookie);
}

static bool print_tcp(struct seq *s, u32 n, struct socket *sock)
{
	u8 state = tcp_state_number(inet_of(sock));

	if (state == STATE_CLOSE)
		return false;
	seq_print(s, "%4u: ", n);
	print_inet(s, sock, state,
		   atomic_load(&sock->state) == SOCK_STATE_LISTENING ?
			   atomic_load(&sock->backlog_count) :
			   atomic_load(&sock->queue_bytes));
	seq_print(s, " %-24s\n", "20 4 0 10 -1");
	return true;
}

static bool print_udp(struct seq *s, u32 n, struct socket *sock)
{
	struct inet_sock *i = inet_of(sock);
	bool bound, connected;

	lock_acquire(&sock->lock);
	bound = i->local.port != 0;
	connected = i->remote.port != 0;
	lock_release(&sock->lock);
	if (!bound)
		return false;
	seq_print(s, "%5u: ", n);
	print_inet(s, sock, connected ? STATE_ESTABLISHED : STATE_CLOSE,
		   atomic_load(&sock->queue_bytes));
	seq_string(s, " 0\n");
	return true;
}

static int show_tcp(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_print(s, "%-149s\n",
		  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt "
		  "  uid  timeout inode");
	return for_each(s, LINUX_AF_INET, LINUX_SOCK_STREAM, 0, print_tcp);
}

#define HEADING_6                                                                     \
	"  sl  local_address                         remote_address                        " \
	"st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"

static int show_tcp6(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, HEADING_6 "\n");
	return for_each(s, LINUX_AF_INET6, LINUX_SOCK_STREAM, 0, print_tcp);
}

static int show_datagrams(struct seq *s, u16 family, u32 protocol)
{
	if (family == LINUX_AF_INET)
		seq_print(s, "%-127s\n",
			  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
			  "retrnsmt   uid  timeout inode ref pointer drops");
	else
		seq_string(s, HEADING_6 " ref pointer drops\n");
	return for_each(s, family, LINUX_SOCK_DGRAM, protocol, print_udp);
}

#define SHOW_DATAGRAMS(name, family, protocol)                                    \
	static int name(struct seq *s, UNUSED const struct pseudo_key *key)       \
	{                                                                         \
		return show_datagrams(s, family, protocol);                       \
	}

SHOW_DATAGRAMS(show_udp, LINUX_AF_INET, LINUX_IPPROTO_UDP)
SHOW_DATAGRAMS(show_udp6, LINUX_AF_INET6, LINUX_IPPROTO_UDP)
SHOW_DATAGRAMS(show_udplite, LINUX_AF_INET, LINUX_IPPROTO_UDPLITE)
SHOW_DATAGRAMS(show_udplite6, LINUX_AF_INET6, LINUX_IPPROTO_UDPLITE)

/* There are no raw sockets: the headings alone. */
static int show_raw(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
		      "retrnsmt   uid  timeout inode ref pointer drops\n");
	return 0;
}

static int show_raw6(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, HEADING_6 " ref pointer drops\n");
	return 0;
}

/* --- others --- */

static bool print_netlink(struct seq *s, UNUSED u32 n, struct socket *sock)
{
	struct sock_addr name;

	if (sock->proto->getname(sock, false, &name) < 0)
		return false;
	seq_print(s, "%016lx %-3d %-10u %08x %-8lu %-8d %-5d %-8d %-8d %-8lu\n",
		  (unsigned long)sock->cookie, (int)sock->proto->protocol, name.nl.nl_pid,
		  name.nl.nl_groups, (unsigned long)atomic_load(&sock->queue_bytes), 0, 0,
		  (int)atomic_load(&sock->ref.count), 0, (unsigned long)inode_of(sock));
	return true;
}

static int show_netlink(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    "
		      "Drops    Inode\n");
	return for_each(s, LINUX_AF_NETLINK, 0, 0, print_netlink);
}

static int show_dev(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "Inter-|   Receive                                                |  "
		      "Transmit\n"
		      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
		      "packets errs drop fifo colls carrier compressed\n"
		      "    lo:       0       0    0    0    0     0          0         0        0  "
		      "     0    0    0    0     0       0          0\n");
	return 0;
}

static int show_route(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_print(s, "%-127s\n",
		  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\t"
		  "IRTT");
	return 0;
}

static int show_arp(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "IP address       HW type     Flags       HW address            Mask     "
		      "Device\n");
	return 0;
}

static int show_packet(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n");
	return 0;
}

static int show_if_inet6(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "00000000000000000000000000000001 01 80 10 80       lo\n");
	return 0;
}

#define ZERO_ADDRESS "00000000000000000000000000000000"

static int show_ipv6_route(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "00000000000000000000000000000001 80 " ZERO_ADDRESS " 00 " ZERO_ADDRESS
		      " 00000000 00000001 00000000 80200001       lo\n");
	return 0;
}

static int show_nothing(UNUSED struct seq *s, UNUSED const struct pseudo_key *key)
{
	return 0;
}

struct counts {
	u32 all, tcp, udp, udplite, tcp6, udp6, udplite6;
};

static int count(struct counts *c)
{
	struct socket *s;

	*c = (struct counts){ 0 };
	lock_acquire(&net->all_lock);
	list_for_each(s, &net->all, all_link) {
		bool six = s->proto->family == LINUX_AF_INET6;

		c->all++;
		if (!six && s->proto->family != LINUX_AF_INET)
			continue;
		if (s->proto->type == LINUX_SOCK_STREAM)
			(*(six ? &c->tcp6 : &c->tcp))++;
		else if (s->proto->protocol == LINUX_IPPROTO_UDP)
			(*(six ? &c->udp6 : &c->udp))++;
		else
			(*(six ? &c->udplite6 : &c->udplite))++;
	}
	lock_release(&net->all_lock);
	return 0;
}

static int show_sockstat(struct seq *s, UNUSED const struct pseudo_key *key)
{
	struct counts c;

	count(&c);
	seq_print(s, "sockets: used %u\nTCP: inuse %u orphan 0 tw 0 alloc %u mem 0\n"
		     "UDP: inuse %u mem 0\nUDPLITE: inuse %u\nRAW: inuse 0\n"
		     "FRAG: inuse 0 memory 0\n",
		  c.all, c.tcp, c.tcp + c.tcp6, c.udp, c.udplite);
	return 0;
}

static int show_sockstat6(struct seq *s, UNUSED const struct pseudo_key *key)
{
	struct counts c;

	count(&c);
	seq_print(s, "TCP6: inuse %u\nUDP6: inuse %u\nUDPLITE6: inuse %u\nRAW6: inuse 0\n"
		     "FRAG6: inuse 0 memory 0\n",
		  c.tcp6, c.udp6, c.udplite6);
	return 0;
}

#define FILE_NODE(n, f) { .name = n, .mode = LINUX_S_IFREG | 0444, .show = f }

const struct pseudo_node proc_net_entries[] = {
	FILE_NODE("arp", show_arp),
	FILE_NODE("dev", show_dev),
	FILE_NODE("dev_mcast", show_nothing),
	FILE_NODE("if_inet6", show_if_inet6),
	FILE_NODE("ipv6_route", show_ipv6_route),
	FILE_NODE("netlink", show_netlink),
	FILE_NODE("packet", show_packet),
	FILE_NODE("raw", show_raw),
	FILE_NODE("raw6", show_raw6),
	FILE_NODE("route", show_route),
	FILE_NODE("sockstat", show_sockstat),
	FILE_NODE("sockstat6", show_sockstat6),
	FILE_NODE("tcp", show_tcp),
	FILE_NODE("tcp6", show_tcp6),
	FILE_NODE("udp", show_udp),
	FILE_NODE("udp6", show_udp6),
	FILE_NODE("udplite", show_udplite),
	FILE_NODE("udplite6", show_udplite6),
	FILE_NODE("unix", show_unix),
	{ .name = NULL },
};
