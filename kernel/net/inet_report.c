/*
 * The error queue of a datagram socket: IP_RECVERR and MSG_ERRQUEUE.
 *
 * A datagram nobody took waits here as the ICMP message that Linux would have got for it: with
 * the beginning of its data and the address it was sent to (packet.from). Errors of TCP and
 * those the socket itself finds (EMSGSIZE) are not queued.
 *
 * LINUX BEHAVIOUR. ip(7), recv(2); ip_icmp_error, ip_recv_error, sock_dequeue_err_skb: there is
 * no more than the receive buffer holds; who takes a report takes the pending error along, and
 * the next report brings its own.
 */
#include "abi/errno.h"
#include "abi/linux/poll.h"
#include "kernel/net/inet.h"
#include "kernel/net/packet.h"
#include "kernel/net/recv.h"
#include "lib/string.h"

/* How much data is quoted: 576 and 1280 bytes less the headers of IP, ICMP, IP and UDP. */
#define QUOTED_MAX4 (576u - 20 - 8 - 20 - 8)
#define QUOTED_MAX6 (1280u - 40 - 8 - 40 - 8)

/* The port is unreachable: type and code. */
#define ICMP_TYPE 3
#define ICMP_CODE 3
#define ICMP6_TYPE 1
#define ICMP6_CODE 4

bool inet_errors_wanted(struct inet_sock *i, const struct inet_end *dest)
{
	return inet_ip_is_v4(dest->ip) ?
		       inet_option(i, LINUX_SOL_IP, LINUX_IP_RECVERR) != 0 :
		       inet_option(i, LINUX_SOL_IPV6, LINUX_IPV6_RECVERR) != 0;
}

/* The packet to queue for p: p itself or its beginning. NULL: no memory. Takes p over. */
static struct packet *quote(struct packet *p, u32 max)
{
	struct packet *q = NULL;
	struct iter it;

	if (p->size <= max)
		return p;
	iter_init_kernel(&it, p->data, max);
	if (packet_create(NULL, &it, max, 0, &q) < 0)
		q = NULL;
	packet_put(p);
	return q;
}

void inet_errors_add(struct inet_sock *i, struct packet *p, const struct inet_end *dest)
{
	struct sock_addr to;
	bool queued = false;

	p = quote(p, inet_ip_is_v4(dest->ip) ? QUOTED_MAX4 : QUOTED_MAX6);
	if (p == NULL)
		return;
	inet_end_store(dest, i->s.proto->family, &to);
	p->from = sock_name_create(&to.any, to.len);
	p->stamp = sock_stamp_wanted(&i->s);
	memcpy(p->to, dest->ip, sizeof(p->to));
	lock_acquire(&i->s.lock);
	if (p->from != NULL && !(i->s.flags & SOCK_FLAG_DEAD) &&
	    i->error_cost + packet_cost(p->size) < (u64)atomic_load(&i->s.rcvbuf)) {
		list_add_tail(&i->errors, &p->link);
		atomic_store(&i->error_cost, i->error_cost + packet_cost(p->size));
		queued = true;
	}
	lock_release(&i->s.lock);
	if (!queued)
		packet_put(p);
}

void inet_errors_purge(struct inet_sock *i)
{
	struct list all;

	list_init(&all);
	lock_acquire(&i->s.lock);
	while (!list_empty(&i->errors)) {
		struct packet *p = list_first(&i->errors, struct packet, link);

		list_del(&p->link);
		list_add_tail(&all, &p->link);
	}
	atomic_store(&i->error_cost, 0);
	lock_release(&i->s.lock);
	packets_put(&all);
}

u32 inet_errors_poll(struct inet_sock *i)
{
	if (likely(atomic_load(&i->error_cost) == 0))
		return 0;
	return LINUX_POLLERR | (socket_flag(&i->s, SOCK_FLAG_SELECT_ERR) ? LINUX_POLLPRI : 0);
}

/* The first report, the caller's now, and the pending error with it; NULL: none. */
static struct packet *take(struct inet_sock *i)
{
	struct packet *p = NULL;
	bool more;

	lock_acquire(&i->s.lock);
	if (!list_empty(&i->errors)) {
		p = list_first(&i->errors, struct packet, link);
		list_del(&p->link);
		atomic_store(&i->error_cost, i->error_cost - packet_cost(p->size));
		atomic_store(&i->s.error, 0);
	}
	more = p != NULL && !list_empty(&i->errors);
	lock_release(&i->s.lock);
	if (more)
		socket_set_error(&i->s, ECONNREFUSED);
	return p;
}

/* The control message: what happened and who says so, which is who could not take it. */
static void note_report(struct inet_sock *i, const struct packet *p, struct sock_msg *m)
{
	struct {
		struct linux_sock_extended_err ee;
		u8 offender[sizeof(struct linux_sockaddr_in6)];
	} report = { .ee.ee_errno = ECONNREFUSED };
	struct inet_end who = { .port = 0 };
	struct sock_addr offender;

	if (inet_ip_is_v4(p->to)) {
		report.ee.ee_origin = LINUX_SO_EE_ORIGIN_ICMP;
		report.ee.ee_type = ICMP_TYPE;
		report.ee.ee_code = ICMP_CODE;
	} else {
		report.ee.ee_origin = LINUX_SO_EE_ORIGIN_ICMP6;
		report.ee.ee_type = ICMP6_TYPE;
		report.ee.ee_code = ICMP6_CODE;
	}
	memcpy(who.ip, p->to, sizeof(who.ip));
	inet_end_store(&who, i->s.proto->family, &offender);
	memcpy(report.offender, &offender.any, offender.len);
	if (i->s.proto->family == LINUX_AF_INET)
		sock_note_add(m, LINUX_SOL_IP, LINUX_IP_RECVERR, &report,
			      sizeof(report.ee) + offender.len);
	else
		sock_note_add(m, LINUX_SOL_IPV6, LINUX_IPV6_RECVERR, &report,
			      sizeof(report.ee) + offender.len);
}

s64 inet_errors_recv(struct inet_sock *i, struct sock_msg *m)
{
	struct packet *p = take(i);
	u32 n;

	if (p == NULL)
		return -EAGAIN;
	n = (u32)MIN((size_t)p->size, m->data.count);
	if (n < p->size)
		m->ret_flags |= LINUX_MSG_TRUNC;
	if (n != 0 && packet_copy_to(p, 0, n, &m->data) != (s64)n) {
		packet_put(p);
		return -EFAULT;
	}
	if (m->name != NULL) {
		m->name->len = p->from->len;
		memcpy(&m->name->any, p->from->bytes, p->from->len);
	}
	sock_note_stamp(&i->s, p, m);
	note_report(i, p, m);
	m->ret_flags |= LINUX_MSG_ERRQUEUE;
	packet_put(p);
	return n;
}
