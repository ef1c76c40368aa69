/*
 * Sending and receiving: sendto, recvfrom, sendmsg, recvmsg, sendmmsg, recvmmsg.
 *
 * OVERVIEW. struct call is one message on its way: the guest's header, its vector, its name
 * and the struct sock_msg that the protocol sees.
 *
 * LINUX BEHAVIOUR. net/socket.c: msg_iovlen above 1024 is EMSGSIZE, more control bytes than
 * optmem_max ENOBUFS; a name longer than any address is cut when receiving; recvmmsg keeps
 * an error that comes after the first message for the next call.
 */
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/control.h"
#include "kernel/net/packet.h"
#include "kernel/sys/socket.h"
#include "kernel/sys/syscall.h"
#include "kernel/sys/timeout.h"
#include "kernel/vfs/fdtable.h"
#include "lib/string.h"

#define IOV_ON_STACK 8u
#define MSG_COMPAT 0x80000000u /* Linux: MSG_CMSG_COMPAT, for 32-bit calls only */

struct call {
	struct linux_msghdr h;
	struct sock_addr name;
	struct linux_iovec few[IOV_ON_STACK];
	struct linux_iovec *many; /* NULL: few is used */
	struct sock_msg m;
};

static void call_fini(struct call *c)
{
	kfree(c->many);
	scm_fini(&c->m.scm);
}

#define AUTO_CALL __attribute__((cleanup(call_fini))) struct call

/* Linux: access_ok(). */
static bool buffer_ok(uaddr_t buf, u64 len)
{
	return buf <= USER_ADDR_MAX && len <= USER_ADDR_MAX - buf;
}

static u32 msg_flags(const struct file *f, u32 flags)
{
	if (atomic_load(&f->flags) & LINUX_O_NONBLOCK)
		flags |= LINUX_MSG_DONTWAIT;
	return flags;
}

/* --- headers --- */

/* Linux: import_iovec. */
static int vector_fetch(struct call *c)
{
	struct linux_iovec *iov = c->few;
	u32 count = (u32)c->h.msg_iovlen;
	u64 total = 0;

	if (count > IOV_ON_STACK) {
		iov = c->many = kzalloc(count * sizeof(*iov));
		if (iov == NULL)
			return -ENOMEM;
	}
	if (copy_in(iov, c->h.msg_iov, count * sizeof(*iov)) < 0)
		return -EFAULT;
	for (u32 i = 0; i < count; i++)
		if ((s64)iov[i].iov_len < 0)
			return -EINVAL;
	for (u32 i = 0; i < count; i++) {
		if (!buffer_ok(iov[i].iov_base, iov[i].iov_len))
			return -EFAULT;
		iov[i].iov_len = MIN(iov[i].iov_len, RW_COUNT_MAX - total);
		total += iov[i].iov_len;
	}
	iter_init_iov(&c->m.data, iov, count, total);
	return 0;
}

static int header_fetch(struct call *c, uaddr_t umsg, bool send)
{
	int err;

	if (copy_in_struct(&c->h, umsg) < 0)
		return -EFAULT;
	if (c->h.msg_name == 0)
		c->h.msg_namelen = 0;
	if (c->h.msg_namelen < 0)
		return -EINVAL;
	c->h.msg_namelen = MIN(c->h.msg_namelen, (s32)sizeof(c->name.any));
	if (send) {
		err = sock_addr_fetch(c->h.msg_name, c->h.msg_namelen, &c->name);
		if (err < 0)
			return err;
	}
	if (c->h.msg_iovlen > LINUX_UIO_MAXIOV)
		return -EMSGSIZE;
	return vector_fetch(c);
}

/* --- sending --- */

static int control_fetch(struct socket *s, struct call *c)
{
	AUTO_KFREE u8 *control = NULL;
	u64 len = c->h.msg_controllen;

	if (len == 0)
		return 0;
	if (len > CONTROL_MAX)
		return -ENOBUFS;
	control = kzalloc(len);
	if (control == NULL)
		return -ENOBUFS;
	if (copy_in(control, c->h.msg_control, len) < 0)
		return -EFAULT;
	return control_parse(s, control, len, &c->m);
}

static s64 send_message(struct file *f, struct socket *s, uaddr_t umsg, u32 flags)
{
	AUTO_CALL c = { 0 };
	int err = header_fetch(&c, umsg, true);

	if (err < 0)
		return err;
	c.m.name = &c.name;
	c.m.flags = msg_flags(f, flags);
	c.m.scm.cred = sock_cred_self();
	c.m.tos = c.m.hops = -1;
	err = control_fetch(s, &c);
	return err < 0 ? err : s->proto->send(s, &c.m);
}

SYSCALL_DEFINE(sendto, int, fd, uaddr_t, buf, u64, len, u32, flags, uaddr_t, uaddr, int, addr_len)
{
	AUTO_FILE f = NULL;
	AUTO_CALL c = { 0 };
	struct socket *s;
	int err;

	len = MIN(len, RW_COUNT_MAX);
	if (!buffer_ok(buf, len))
		return -EFAULT;
	err = sock_fetch(fd, &f, &s);
	if (err == 0 && uaddr != 0)
		err = sock_addr_fetch(uaddr, addr_len, &c.name);
	if (err < 0)
		return err;
	iter_init_user(&c.m.data, buf, len);
	c.m.name = &c.name;
	c.m.flags = msg_flags(f, flags);
	c.m.scm.cred = sock_cred_self();
	c.m.tos = c.m.hops = -1;
	return s->proto->send(s, &c.m);
}

SYSCALL_DEFINE(sendmsg, int, fd, uaddr_t, umsg, u32, flags)
{
	AUTO_FILE f = NULL;
	struct socket *s;
	int err;

	if (flags & MSG_COMPAT)
		return -EINVAL;
	err = sock_fetch(fd, &f, &s);
	return err < 0 ? err : send_message(f, s, umsg, flags);
}

SYSCALL_DEFINE(sendmmsg, int, fd, uaddr_t, umsgs, u32, count, u32, flags)
{
	AUTO_FILE f = NULL;
	struct socket *s;
	u32 done = 0;
	s64 n = 0;
	int err;

	if (flags & MSG_COMPAT)
		return -EINVAL;
	count = MIN(count, (u32)LINUX_UIO_MAXIOV);
	err = sock_fetch(fd, &f, &s);
	if (err < 0)
		return err;
	for (; done < count; done++) {
		uaddr_t at = umsgs + done * sizeof(struct linux_mmsghdr);
		u32 len;

		n = send_message(f, s, at, flags);
		if (n < 0)
			break;
		len = (u32)n;
		if (copy_out(at + offsetof(struct linux_mmsghdr, msg_len), &len, sizeof(len)) < 0) {
			n = -EFAULT;
			break;
		}
	}
	return done != 0 ? done : n;
}

/* --- receiving --- */

/* What came with the data, to the guest's header. */
static int header_store(struct call *c, struct socket *s, uaddr_t umsg, u32 flags)
{
	struct control_out out = { c->h.msg_control, c->h.msg_controllen };
	u64 used;
	int err;

	if (c->m.scm.fds != NULL || c->m.note_count != 0 ||
	    socket_flag(s, SOCK_FLAG_PASSCRED | SOCK_FLAG_PASSPIDFD))
		control_store(s, &c->m, &out);
	if (c->h.msg_name != 0) {
		err = sock_addr_store(&c->name, c->h.msg_name,
				      umsg + offsetof(struct linux_msghdr, msg_namelen));
		if (err < 0)
			return err;
	}
	c->m.ret_flags |= flags & LINUX_MSG_CMSG_CLOEXEC;
	if (copy_out(umsg + offsetof(struct linux_msghdr, msg_flags), &c->m.ret_flags,
		     sizeof(c->m.ret_flags)) < 0)
		return -EFAULT;
	used = c->h.msg_controllen - out.left;
	return copy_out(umsg + offsetof(struct linux_msghdr, msg_controllen), &used, sizeof(used));
}

static s64 recv_message(struct file *f, struct socket *s, uaddr_t umsg, u32 flags)
{
	AUTO_CALL c = { 0 };
	int err = header_fetch(&c, umsg, false);
	s64 n;

	if (err < 0)
		return err;
	c.m.name = &c.name;
	c.m.flags = msg_flags(f, flags);
	n = s->proto->recv(s, &c.m);
	if (n < 0)
		return n;
	err = header_store(&c, s, umsg, flags);
	return err < 0 ? err : n;
}

SYSCALL_DEFINE(recvfrom, int, fd, uaddr_t, buf, u64, len, u32, flags, uaddr_t, uaddr, uaddr_t, ulen)
{
	AUTO_FILE f = NULL;
	AUTO_CALL c = { 0 };
	struct socket *s;
	int err;
	s64 n;

	len = MIN(len, RW_COUNT_MAX);
	if (!buffer_ok(buf, len))
		return -EFAULT;
	err = sock_fetch(fd, &f, &s);
	if (err < 0)
		return err;
	iter_init_user(&c.m.data, buf, len);
	c.m.name = &c.name;
	c.m.flags = msg_flags(f, flags);
	n = s->proto->recv(s, &c.m);
	if (n >= 0 && uaddr != 0) {
		err = sock_addr_store(&c.name, uaddr, ulen);
		if (err < 0)
			return err;
	}
	return n;
}

SYSCALL_DEFINE(recvmsg, int, fd, uaddr_t, umsg, u32, flags)
{
	AUTO_FILE f = NULL;
	struct socket *s;
	int err;

	if (flags & MSG_COMPAT)
		return -EINVAL;
	err = sock_fetch(fd, &f, &s);
	return err < 0 ? err : recv_message(f, s, umsg, flags);
}

/* Up to count messages; the time is looked at after each, as on Linux. */
static s64 recv_many(struct file *f, struct socket *s, uaddr_t umsgs, u32 count, u32 flags,
		     u64 deadline)
{
	u32 done = 0;
	s64 n = flags & LINUX_MSG_ERRQUEUE ? 0 : socket_take_error(s);

	if (n < 0)
		return n;
	while (done < count) {
		uaddr_t at = umsgs + done * sizeof(struct linux_mmsghdr);
		u32 len;

		n = recv_message(f, s, at, flags & ~(u32)LINUX_MSG_WAITFORONE);
		if (n < 0)
			break;
		len = (u32)n;
		n = copy_out(at + offsetof(struct linux_mmsghdr, msg_len), &len, sizeof(len));
		if (n < 0)
			break;
		done++;
		if (flags & LINUX_MSG_WAITFORONE)
			flags |= LINUX_MSG_DONTWAIT;
		if (deadline != NO_DEADLINE && plat_now() >= deadline)
			break;
	}
	if (done == 0)
		return n;
	if (n < 0 && n != -EAGAIN)
		socket_set_error(s, n == -ERESTARTSYS ? EINTR : (int)-n);
	return done;
}

SYSCALL_DEFINE(recvmmsg, int, fd, uaddr_t, umsgs, u32, count, u32, flags, uaddr_t, utime)
{
	AUTO_FILE f = NULL;
	struct linux_timespec ts;
	u64 deadline = NO_DEADLINE;
	struct socket *s;
	s64 n;
	int err;

	if (flags & MSG_COMPAT)
		return -EINVAL;
	if (utime != 0) {
		if (copy_in_struct(&ts, utime) < 0)
			return -EFAULT;
		if (!timespec_ok(&ts))
			return -EINVAL;
		deadline = deadline_from_timespec(&ts);
	}
	err = sock_fetch(fd, &f, &s);
	if (err < 0)
		return err;
	n = recv_many(f, s, umsgs, MIN(count, (u32)LINUX_UIO_MAXIOV), flags, deadline);
	if (n > 0 && utime != 0) {
		ts = deadline_left(deadline);
		if (copy_out_struct(utime, &ts) < 0)
			return -EFAULT;
	}
	return n;
}
