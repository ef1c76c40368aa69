/*
 * Sockets: life, their files, waiting. See socket.h.
 *
 * LINUX BEHAVIOUR. net/socket.c, net/core/sock.c as described in socket(7): a family that is
 * not there is EAFNOSUPPORT, a type the family does not have ESOCKTNOSUPPORT.
 */
#include "kernel/net/socket.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/poll.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/families.h"
#include "kernel/net/net.h"
#include "kernel/net/packet.h"
#include "kernel/task/task.h"
#include "kernel/vfs/async.h"
#include "kernel/vfs/poll.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "platform/plat.h"

struct net *net;

static const struct file_ops socket_ops;

int net_init(void)
{
	net = kzalloc(sizeof(*net));
	if (net == NULL)
		return -ENOMEM;
	list_init(&net->all);
	list_init(&net->in_flight);
	list_init(&net->draining);
	return inet_init();
}

/* --- names --- */

struct sock_name *sock_name_create(const void *addr, u32 len)
{
	struct sock_name *n = kzalloc(sizeof(*n) + len + 1);

	if (n == NULL)
		return NULL;
	ref_init(&n->ref);
	n->len = len;
	memcpy(n->bytes, addr, len);
	return n;
}

struct sock_name *sock_name_get(struct sock_name *n)
{
	if (n != NULL)
		ref_get(&n->ref);
	return n;
}

void sock_name_put(struct sock_name *n)
{
	if (n != NULL && ref_put(&n->ref))
		kfree(n);
}

void sock_name_copy(const struct sock_name *n, u16 family, struct sock_addr *ret)
{
	if (n == NULL) {
		ret->len = sizeof(ret->any.ss_family);
		ret->any.ss_family = family;
		return;
	}
	ret->len = n->len;
	memcpy(&ret->any, n->bytes, n->len);
}

/* --- life --- */

static const struct sock_proto *const protos[] = {
	&unix_stream_proto, &unix_dgram_proto, &unix_seqpacket_proto,
};

/* Linux: unix_create() makes a datagram socket of SOCK_RAW. */
static int proto_find(int family, int type, int protocol, const struct sock_proto **ret)
{
	if (family < 0 || family >= LINUX_AF_MAX)
		return -EAFNOSUPPORT;
	if (type < 0 || type > LINUX_SOCK_PACKET)
		return -EINVAL;
	if (family == LINUX_AF_NETLINK)
		return netlink_proto_find(type, protocol, ret);
	if (family != LINUX_AF_UNIX)
		return inet_proto_find(family, type, protocol, ret);
	if (protocol != 0 && protocol != LINUX_AF_UNIX)
		return -EPROTONOSUPPORT;
	if (type == LINUX_SOCK_RAW)
		type = LINUX_SOCK_DGRAM;
	for (u32 i = 0; i < ARRAY_SIZE(protos); i++) {
		if (protos[i]->type == type) {
			*ret = protos[i];
			return 0;
		}
	}
	return -ESOCKTNOSUPPORT;
}

int socket_create_like(const struct sock_proto *proto, struct socket **ret)
{
	struct socket *s = kzalloc(proto->size);
	int err;

	if (s == NULL)
		return -ENOBUFS;
	ref_init(&s->ref);
	s->proto = proto;
	waitq_init_io(&s->wait);
	list_init(&s->queue);
	list_init(&s->backlog);
	list_init(&s->backlog_link);
	s->cookie = atomic_add(&net->last_cookie, 1) + 1;
	s->owner_uid = current()->process->cred.euid;
	socket_options_init(s);
	err = proto->init == NULL ? 0 : proto->init(s);
	if (err < 0) {
		kfree(s);
		return err;
	}
	net_list_add(s);
	*ret = s;
	return 0;
}

int socket_create(int family, int type, int protocol, struct socket **ret)
{
	const struct sock_proto *proto;
	int err = proto_find(family, type, protocol, &proto);

	return err < 0 ? err : socket_create_like(proto, ret);
}

struct socket *socket_get(struct socket *s)
{
	ref_get(&s->ref);
	return s;
}

void socket_put(struct socket *s)
{
	if (s == NULL || !ref_put(&s->ref))
		return;
	net_list_remove(s);
	if (s->proto->destroy != NULL)
		s->proto->destroy(s);
	if (s->peer_process != NULL)
		process_put(s->peer_process);
	kfree(s);
}

void socket_release(struct socket *s)
{
	struct list packets;

	list_init(&packets);
	lock_acquire(&s->lock);
	s->file = NULL;
	lock_release(&s->lock);
	socket_set_flag(s, SOCK_FLAG_DEAD, true);
	s->proto->release(s);
	lock_acquire(&s->lock);
	packets_take_locked(s, &packets);
	lock_release(&s->lock);
	packets_put(&packets);
	socket_put(s);
}

int socket_file_create(struct socket *s, u32 flags, struct file **ret)
{
	int err = file_create_anon(&socket_ops, s, LINUX_S_IFSOCK | 0777,
				   LINUX_O_RDWR | (flags & LINUX_O_NONBLOCK), "socket:", ret);

	if (err < 0) {
		socket_release(s);
		return err;
	}
	lock_acquire(&s->lock);
	s->file = *ret;
	lock_release(&s->lock);
	return 0;
}

struct socket *file_socket(const struct file *f)
{
	return f->ops == &socket_ops ? f->private : NULL;
}

/* --- two at a time --- */

void socket_lock_two(struct socket *a, struct socket *b)
{
	if (a == b)
		b = NULL;
	if (b != NULL && (a == NULL || b < a)) {
		struct socket *first = b;

		b = a;
		a = first;
	}
	if (a != NULL)
		lock_acquire(&a->lock);
	if (b != NULL)
		lock_acquire(&b->lock);
}

void socket_unlock_two(struct socket *a, struct socket *b)
{
	if (a != NULL)
		lock_release(&a->lock);
	if (b != NULL && b != a)
		lock_release(&b->lock);
}

/* --- flags, errors, waking --- */

bool socket_flag(const struct socket *s, u32 flag)
{
	return atomic_load(&s->flags) & flag;
}

void socket_set_flag(struct socket *s, u32 flag, bool on)
{
	if (on)
		atomic_or(&s->flags, flag);
	else
		atomic_and(&s->flags, ~flag);
}

int socket_take_error(struct socket *s)
{
	if (likely(atomic_load(&s->error) == 0))
		return 0;
	return -atomic_xchg(&s->error, 0);
}

void socket_wake(struct socket *s, u64 key)
{
	waitq_wake(&s->wait, 1, key);
}

void socket_set_error(struct socket *s, int error)
{
	atomic_store(&s->error, error);
	waitq_wake(&s->wait, ~0u, LINUX_POLLERR);
}

void socket_wake_shutdown(struct socket *s)
{
	u64 key = LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLOUT | LINUX_POLLWRNORM |
		  LINUX_POLLRDHUP;

	if (atomic_load(&s->shutdown) == SHUT_BITS)
		key |= LINUX_POLLHUP;
	waitq_wake(&s->wait, ~0u, key);
}

bool sock_wake_reader(struct waiter *w, u64 key)
{
	if (!(key & (LINUX_POLLIN | LINUX_POLLERR | LINUX_POLLHUP)))
		return false;
	thread_wake(w->thread);
	return true;
}

bool sock_wake_writer(struct waiter *w, u64 key)
{
	if (!(key & (LINUX_POLLOUT | LINUX_POLLERR | LINUX_POLLHUP)))
		return false;
	thread_wake(w->thread);
	return true;
}

bool sock_wake_any(struct waiter *w, UNUSED u64 key)
{
	thread_wake(w->thread);
	return true;
}

u64 socket_deadline(u64 timeo, bool nonblock)
{
	u64 deadline;

	if (nonblock)
		return 0;
	if (timeo == NO_DEADLINE || __builtin_add_overflow(plat_now(), timeo, &deadline))
		return NO_DEADLINE;
	return deadline;
}

int socket_wait_error(int err, u64 timeo)
{
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	/* Linux: a call with a time limit is not started again after a handler. */
	return err == -ERESTARTSYS && timeo != NO_DEADLINE ? -EINTR : err;
}

/* --- who is at the other end --- */

void socket_set_peer_self(struct socket *s)
{
	struct process *p = current()->process, *old = s->peer_process;

	lock_acquire(&p->lock);
	s->peer_cred = (struct sock_cred){ p->pid, p->cred.euid, p->cred.egid };
	s->peer_group_count = p->cred.group_count;
	memcpy(s->peer_groups, p->cred.groups, sizeof(s->peer_groups));
	lock_release(&p->lock);
	s->peer_process = process_get(p);
	if (old != NULL)
		process_put(old);
}

void socket_copy_peer(struct socket *to, const struct socket *from)
{
	struct process *old = to->peer_process;

	to->peer_cred = from->peer_cred;
	to->peer_group_count = from->peer_group_count;
	memcpy(to->peer_groups, from->peer_groups, sizeof(to->peer_groups));
	to->peer_process = from->peer_process == NULL ? NULL : process_get(from->peer_process);
	if (old != NULL)
		process_put(old);
}

/* --- the send buffer --- */

bool socket_may_charge(const struct socket *s)
{
	return atomic_load(&s->wmem) < (u64)atomic_load(&s->sndbuf);
}

bool socket_writable(const struct socket *s)
{
	return atomic_load(&s->wmem) * 4 <= (u64)atomic_load(&s->sndbuf);
}

void socket_charge(struct socket *s, u32 cost)
{
	atomic_add(&s->wmem, (u64)cost);
}

void socket_uncharge(struct socket *s, u32 cost)
{
	atomic_sub(&s->wmem, (u64)cost);
	if (socket_flag(s, SOCK_FLAG_DEAD))
		return;
	if (s->proto->space != NULL)
		s->proto->space(s);
	else if (socket_writable(s))
		socket_wake(s, LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND);
}

static int charge_try(struct socket *s)
{
	int err = socket_take_error(s);

	if (err < 0)
		return err;
	if (atomic_load(&s->shutdown) & SHUT_BIT_WRITE)
		return -EPIPE;
	return socket_may_charge(s) ? 0 : -EAGAIN;
}

int socket_wait_charge(struct socket *s, u32 flags)
{
	u64 timeo = atomic_load(&s->sndtimeo);
	int err = charge_try(s), wait;

	if (err != -EAGAIN || flags & LINUX_MSG_DONTWAIT)
		return err;
	wait = SOCK_WAIT(&s->wait, sock_wake_writer, 0, socket_deadline(timeo, false),
			 (err = charge_try(s)) != -EAGAIN);
	return wait < 0 ? socket_wait_error(wait, timeo) : err;
}

/* --- accepting --- */

/* -EAGAIN: nobody has connected. */
static int backlog_pop(struct socket *s, struct socket **ret)
{
	int err = 0;

	lock_acquire(&s->lock);
	if (s->state != SOCK_STATE_LISTENING) {
		err = -EINVAL;
	} else if (!list_empty(&s->backlog)) {
		*ret = list_first(&s->backlog, struct socket, backlog_link);
		list_del(&(*ret)->backlog_link);
		atomic_store(&s->backlog_count, s->backlog_count - 1);
	} else {
		err = s->shutdown & SHUT_BIT_READ ? -EINVAL : -EAGAIN;
	}
	lock_release(&s->lock);
	return err;
}

int socket_backlog_take(struct socket *s, bool nonblock, struct socket **ret)
{
	u64 timeo = atomic_load(&s->rcvtimeo);
	int err = backlog_pop(s, ret), wait;

	if (err != -EAGAIN || nonblock)
		return err;
	wait = SOCK_WAIT(&s->wait, sock_wake_reader, WAITER_EXCLUSIVE,
			 socket_deadline(timeo, false), (err = backlog_pop(s, ret)) != -EAGAIN);
	if (wait == 0)
		return err;
	if (atomic_load(&s->backlog_count) != 0)
		socket_wake(s, LINUX_POLLIN | LINUX_POLLRDNORM); /* the wake-up was for others */
	return socket_wait_error(wait, timeo);
}

/* --- as files --- */

static u32 file_msg_flags(const struct file *f, const struct iter *it)
{
	return file_no_wait(f, it) ? LINUX_MSG_DONTWAIT : 0;
}

static s64 socket_read(struct file *f, struct iter *to, UNUSED u64 *pos)
{
	struct socket *s = f->private;
	struct sock_msg m = { .data = *to, .flags = file_msg_flags(f, to) };
	s64 n;

	if (to->count == 0)
		return 0; /* Linux: "Match SYS5 behaviour" */
	if (to->iov == &to->one)
		m.data.iov = &m.data.one;
	n = s->proto->recv(s, &m);
	scm_fini(&m.scm);
	if (n > 0)
		iter_advance(to, (size_t)n);
	return n;
}

static s64 socket_write(struct file *f, struct iter *from, UNUSED u64 *pos)
{
	struct socket *s = f->private;
	struct sock_addr nowhere = { .len = 0 };
	struct sock_msg m = { .data = *from, .flags = file_msg_flags(f, from), .name = &nowhere };
	s64 n;

	if (from->iov == &from->one)
		m.data.iov = &m.data.one;
	if (s->proto->type == LINUX_SOCK_SEQPACKET)
		m.flags |= LINUX_MSG_EOR;
	m.scm.cred = sock_cred_self();
	m.tos = m.hops = -1;
	n = s->proto->send(s, &m);
	scm_fini(&m.scm);
	if (n > 0)
		iter_advance(from, (size_t)n);
	return n;
}

static u32 socket_poll(struct file *f, struct poll_table *pt)
{
	struct socket *s = f->private;

	poll_wait(pt, &s->wait);
	return s->proto->poll(s, pt);
}

static s64 owner_ioctl(struct file *f, u32 cmd, uaddr_t arg)
{
	s32 who = file_owner_number(f);

	if (cmd == LINUX_FIOGETOWN || cmd == LINUX_SIOCGPGRP)
		return copy_out_struct(arg, &who);
	if (copy_in_struct(&who, arg) < 0)
		return -EFAULT;
	return file_owner_set_number(f, who);
}

static s64 socket_ioctl(struct file *f, u32 cmd, uaddr_t arg)
{
	struct socket *s = f->private;
	s64 n;

	if (cmd == LINUX_FIOSETOWN || cmd == LINUX_SIOCSPGRP || cmd == LINUX_FIOGETOWN ||
	    cmd == LINUX_SIOCGPGRP)
		return owner_ioctl(f, cmd, arg);
	n = s->proto->ioctl == NULL ? -ENOTTY : s->proto->ioctl(s, cmd, arg);

	return n == -ENOTTY ? interface_ioctl(s, cmd, arg) : n;
}

static void socket_file_release(struct file *f)
{
	socket_release(f->private);
}

static int socket_describe(struct file *f, char *buf, size_t size)
{
	return fmt_print(buf, size, "socket:[%lu]", (unsigned long)f->inode->ino);
}

static const struct file_ops socket_ops = {
	.no_wait = true,
	.read = socket_read,
	.write = socket_write,
	.seek = file_seek_none,
	.ioctl = socket_ioctl,
	.poll = socket_poll,
	.release = socket_file_release,
	.describe = socket_describe,
	.async = true,
};
