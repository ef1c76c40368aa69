/*
 * Sockets: making, naming, connecting, options. Messages are in socket_msg.c.
 *
 * The handlers fetch and store; what they do is the socket's protocol's (kernel/net).
 *
 * LINUX BEHAVIOUR. net/socket.c, for the order of errors: descriptors are stored before a
 * pair is made; accept takes a number before it waits; a bad address behind accept loses the
 * connection.
 */
#include "kernel/sys/socket.h"

#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "lib/string.h"

static_assert(LINUX_SOCK_CLOEXEC == LINUX_O_CLOEXEC, "one bit for both");
static_assert(LINUX_SOCK_NONBLOCK == LINUX_O_NONBLOCK, "one bit for both");

int sock_fetch(int fd, struct file **ret_file, struct socket **ret)
{
	struct file *f = fd_get(fd);
	struct socket *s;

	if (f == NULL)
		return -EBADF;
	s = file_socket(f);
	if (s == NULL) {
		file_put(f);
		return -ENOTSOCK;
	}
	*ret_file = f;
	*ret = s;
	return 0;
}

int sock_addr_fetch(uaddr_t addr, s32 len, struct sock_addr *ret)
{
	if (len < 0 || len > (s32)sizeof(ret->any))
		return -EINVAL;
	memset(ret, 0, sizeof(*ret));
	if (len != 0 && copy_in(&ret->any, addr, (size_t)len) < 0)
		return -EFAULT;
	ret->len = (u32)len;
	return 0;
}

int sock_addr_store(const struct sock_addr *addr, uaddr_t to, uaddr_t ulen)
{
	s32 len, whole = (s32)addr->len;

	if (copy_in(&len, ulen, sizeof(len)) < 0)
		return -EFAULT;
	len = MIN(len, whole);
	if (len < 0)
		return -EINVAL;
	if (len != 0 && copy_out(to, &addr->any, (size_t)len) < 0)
		return -EFAULT;
	return copy_out(ulen, &whole, sizeof(whole));
}

static bool nonblock(const struct file *f)
{
	return atomic_load(&f->flags) & LINUX_O_NONBLOCK;
}

/* --- making --- */

static int type_flags(int type, u32 *ret_flags)
{
	*ret_flags = (u32)type & ~(u32)LINUX_SOCK_TYPE_MASK;
	return *ret_flags & ~(u32)(LINUX_SOCK_CLOEXEC | LINUX_SOCK_NONBLOCK) ? -EINVAL : 0;
}

SYSCALL_DEFINE(socket, int, family, int, type, int, protocol)
{
	struct socket *s;
	struct file *f;
	u32 flags;
	int err = type_flags(type, &flags);

	if (err == 0)
		err = socket_create(family, type & LINUX_SOCK_TYPE_MASK, protocol, &s);
	if (err == 0)
		err = socket_file_create(s, flags, &f);
	return err < 0 ? err : fd_install_new(f, flags);
}

/* Two connected sockets as files. */
static int pair_create(int family, int type, int protocol, u32 flags, struct file **ret_a,
		       struct file **ret_b)
{
	struct socket *a, *b;
	int err = socket_create(family, type, protocol, &a);

	if (err < 0)
		return err;
	err = socket_create(family, type, protocol, &b);
	if (err < 0) {
		socket_release(a);
		return err;
	}
	err = a->proto->pair == NULL ? -EOPNOTSUPP : a->proto->pair(a, b);
	if (err < 0) {
		socket_release(a);
		socket_release(b);
		return err;
	}
	err = socket_file_create(a, flags, ret_a);
	if (err < 0) {
		socket_release(b);
		return err;
	}
	return socket_file_create(b, flags, ret_b);
}

static int pair_install(const s32 *slot, uaddr_t fds, int family, int type, int protocol,
			u32 flags)
{
	AUTO_FILE a = NULL;
	AUTO_FILE b = NULL;
	int err;

	if (copy_out(fds, slot, 2 * sizeof(*slot)) < 0)
		return -EFAULT;
	err = pair_create(family, type, protocol, flags, &a, &b);
	if (err < 0)
		return err;
	fd_install(slot[0], TAKE(a), flags);
	fd_install(slot[1], TAKE(b), flags);
	return 0;
}

SYSCALL_DEFINE(socketpair, int, family, int, type, int, protocol, uaddr_t, fds)
{
	s32 slot[2];
	u32 flags;
	int err = type_flags(type, &flags);

	if (err < 0)
		return err;
	slot[0] = fd_reserve(0);
	if (slot[0] < 0)
		return slot[0];
	slot[1] = fd_reserve(0);
	if (slot[1] < 0) {
		fd_unreserve(slot[0]);
		return slot[1];
	}
	err = pair_install(slot, fds, family, type & LINUX_SOCK_TYPE_MASK, protocol, flags);
	if (err < 0) {
		fd_unreserve(slot[0]);
		fd_unreserve(slot[1]);
	}
	return err;
}

/* --- names and connections --- */

SYSCALL_DEFINE(bind, int, fd, uaddr_t, uaddr, int, len)
{
	AUTO_FILE f = NULL;
	struct sock_addr addr;
	struct socket *s;
	int err = sock_fetch(fd, &f, &s);

	if (err == 0)
		err = sock_addr_fetch(uaddr, len, &addr);
	if (err < 0)
		return err;
	return s->proto->bind == NULL ? -EOPNOTSUPP : s->proto->bind(s, &addr);
}

/* Linux: the address is looked at before the descriptor's type. */
SYSCALL_DEFINE(connect, int, fd, uaddr_t, uaddr, int, len)
{
	AUTO_FILE f = fd_get(fd);
	struct sock_addr addr;
	struct socket *s;
	int err;

	if (f == NULL)
		return -EBADF;
	err = sock_addr_fetch(uaddr, len, &addr);
	if (err < 0)
		return err;
	s = file_socket(f);
	if (s == NULL)
		return -ENOTSOCK;
	return s->proto->connect == NULL ? -EOPNOTSUPP :
					   s->proto->connect(s, &addr, nonblock(f));
}

SYSCALL_DEFINE(listen, int, fd, int, backlog)
{
	AUTO_FILE f = NULL;
	struct socket *s;
	int err = sock_fetch(fd, &f, &s);

	if (err < 0)
		return err;
	if (s->proto->listen == NULL)
		return -EOPNOTSUPP;
	return s->proto->listen(s, MIN((u32)backlog, (u32)LINUX_SOMAXCONN));
}

/* A connection's descriptor, its address stored. slot is reserved and stays so on failure. */
static int accept_one(struct file *f, int slot, uaddr_t uaddr, uaddr_t ulen, u32 flags)
{
	AUTO_FILE made = NULL;
	struct sock_addr addr = { 0 };
	struct socket *s = file_socket(f), *end;
	int err;

	if (s == NULL)
		return -ENOTSOCK;
	if (s->proto->accept == NULL)
		return -EOPNOTSUPP;
	err = s->proto->accept(s, nonblock(f), &end);
	if (err == 0)
		err = socket_file_create(end, flags, &made);
	if (err < 0)
		return err;
	if (uaddr != 0) {
		if (end->proto->getname(end, true, &addr) < 0)
			return -ECONNABORTED;
		err = sock_addr_store(&addr, uaddr, ulen);
		if (err < 0)
			return err;
	}
	fd_install(slot, TAKE(made), flags);
	return 0;
}

static s64 accept_at(int fd, uaddr_t uaddr, uaddr_t ulen, u32 flags)
{
	AUTO_FILE f = fd_get(fd);
	int slot, err;

	if (f == NULL)
		return -EBADF;
	if (flags & ~(u32)(LINUX_SOCK_CLOEXEC | LINUX_SOCK_NONBLOCK))
		return -EINVAL;
	slot = fd_reserve(0);
	if (slot < 0)
		return slot;
	err = accept_one(f, slot, uaddr, ulen, flags);
	if (err < 0)
		fd_unreserve(slot);
	return err < 0 ? err : slot;
}

SYSCALL_DEFINE(accept, int, fd, uaddr_t, uaddr, uaddr_t, ulen)
{
	return accept_at(fd, uaddr, ulen, 0);
}

SYSCALL_DEFINE(accept4, int, fd, uaddr_t, uaddr, uaddr_t, ulen, int, flags)
{
	return accept_at(fd, uaddr, ulen, (u32)flags);
}

static s64 name_of(int fd, bool peer, uaddr_t uaddr, uaddr_t ulen)
{
	AUTO_FILE f = NULL;
	struct sock_addr addr = { 0 };
	struct socket *s;
	int err = sock_fetch(fd, &f, &s);

	if (err == 0)
		err = s->proto->getname(s, peer, &addr);
	return err < 0 ? err : sock_addr_store(&addr, uaddr, ulen);
}

SYSCALL_DEFINE(getsockname, int, fd, uaddr_t, uaddr, uaddr_t, ulen)
{
	return name_of(fd, false, uaddr, ulen);
}

SYSCALL_DEFINE(getpeername, int, fd, uaddr_t, uaddr, uaddr_t, ulen)
{
	return name_of(fd, true, uaddr, ulen);
}

SYSCALL_DEFINE(shutdown, int, fd, int, how)
{
	AUTO_FILE f = NULL;
	struct socket *s;
	int err = sock_fetch(fd, &f, &s);

	if (err < 0)
		return err;
	if (how < LINUX_SHUT_RD || how > LINUX_SHUT_RDWR)
		return -EINVAL;
	return s->proto->shutdown(s, (u32)how + 1); /* Linux: RD, WR, RDWR become bits */
}

/* --- options --- */

SYSCALL_DEFINE(setsockopt, int, fd, int, level, int, name, uaddr_t, value, int, len)
{
	AUTO_FILE f = NULL;
	struct sock_option o = { .level = level, .name = name, .user = value, .len = (u32)len };
	struct socket *s;
	int err = sock_fetch(fd, &f, &s);

	if (err < 0)
		return err;
	if (len < 0)
		return -EINVAL;
	if (level == LINUX_SOL_SOCKET)
		return socket_setopt(s, &o);
	return s->proto->setopt == NULL ? -EOPNOTSUPP : s->proto->setopt(s, &o);
}

/* The answer and its length to the guest; a descriptor in it becomes one then. */
static int option_store(struct sock_option *o, int err, uaddr_t value, uaddr_t ulen)
{
	if (err == -ERANGE)
		return copy_out(ulen, &o->len, sizeof(o->len)) < 0 ? -EFAULT : -ERANGE;
	if (err == 0 && (copy_out(value, o->bytes, o->len) < 0 ||
			 copy_out(ulen, &o->len, sizeof(o->len)) < 0))
		err = -EFAULT;
	if (o->file != NULL && err == 0) {
		fd_install(o->fd, TAKE(o->file), LINUX_O_CLOEXEC);
	} else if (o->file != NULL) {
		fd_unreserve(o->fd);
		file_put(TAKE(o->file));
	}
	return err;
}

SYSCALL_DEFINE(getsockopt, int, fd, int, level, int, name, uaddr_t, value, uaddr_t, ulen)
{
	AUTO_FILE f = NULL;
	struct sock_option o = { .level = level, .name = name };
	struct socket *s;
	s32 len;
	int err = sock_fetch(fd, &f, &s);

	if (err < 0)
		return err;
	if (level != LINUX_SOL_SOCKET && s->proto->getopt == NULL)
		return -EOPNOTSUPP;
	if (copy_in(&len, ulen, sizeof(len)) < 0)
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	o.len = (u32)len;
	err = level == LINUX_SOL_SOCKET ? socket_getopt(s, &o) : s->proto->getopt(s, &o);
	return option_store(&o, err, value, ulen);
}
