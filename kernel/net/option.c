/*
 * Options of SOL_SOCKET.
 *
 * LINUX BEHAVIOUR. socket(7), net/core/sock.c: buffer sizes are doubled and have a minimum;
 * an option is an int unless it is one of the few structs; a short buffer gets a part of the
 * answer; what cannot be set is ENOPROTOOPT. Many options concern networks there are none
 * of here: their values are kept and told.
 *
 * NOT DONE. Filters (SO_ATTACH_FILTER), SO_BINDTODEVICE other than "" and "lo", SO_TXTIME,
 * SO_TIMESTAMPING: ENOPROTOOPT. SO_PEERSEC as without a security module.
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/poll.h"
#include "abi/linux/time.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/packet.h"
#include "kernel/net/socket.h"
#include "kernel/obj/pidfd.h"
#include "kernel/task/task.h"
#include "kernel/vfs/fdtable.h"
#include "lib/string.h"

/* Linux: /proc/sys/net/core/{w,r}mem_max and _default, SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF */
#define BUFFER_MAX 4194304
#define BUFFER_DEFAULT 212992
#define SNDBUF_MIN 4608
#define RCVBUF_MIN 2304
#define NS_PER_US 1000ull
#define NS_PER_S 1000000000ull

void socket_options_init(struct socket *s)
{
	s->sndbuf = s->rcvbuf = BUFFER_DEFAULT;
	s->rcvlowat = 1;
	s->peek_off = -1;
	s->rcvtimeo = s->sndtimeo = NO_DEADLINE;
}

/* --- values --- */

int sock_option_int(struct sock_option *o, s32 *ret)
{
	if (o->len < sizeof(*ret))
		return -EINVAL;
	return copy_in(ret, o->user, sizeof(*ret));
}

void sock_option_answer(struct sock_option *o, const void *value, u32 len)
{
	o->len = MIN(o->len, MIN(len, (u32)sizeof(o->bytes)));
	memcpy(o->bytes, value, o->len);
}

static int answer_int(struct sock_option *o, s32 value)
{
	sock_option_answer(o, &value, sizeof(value));
	return 0;
}

struct bool_option {
	int name;
	u32 flag;
};

static const struct bool_option bool_options[] = {
	{ LINUX_SO_DEBUG, SOCK_FLAG_DEBUG },
	{ LINUX_SO_REUSEADDR, SOCK_FLAG_REUSEADDR },
	{ LINUX_SO_DONTROUTE, SOCK_FLAG_DONTROUTE },
	{ LINUX_SO_BROADCAST, SOCK_FLAG_BROADCAST },
	{ LINUX_SO_KEEPALIVE, SOCK_FLAG_KEEPALIVE },
	{ LINUX_SO_OOBINLINE, SOCK_FLAG_OOBINLINE },
	{ LINUX_SO_NO_CHECK, SOCK_FLAG_NO_CHECK },
	{ LINUX_SO_REUSEPORT, SOCK_FLAG_REUSEPORT },
	{ LINUX_SO_TIMESTAMP, SOCK_FLAG_TIMESTAMP },
	{ LINUX_SO_TIMESTAMPNS, SOCK_FLAG_TIMESTAMPNS },
	{ LINUX_SO_RXQ_OVFL, SOCK_FLAG_RXQ_OVFL },
	{ LINUX_SO_LOCK_FILTER, SOCK_FLAG_LOCK_FILTER },
	{ LINUX_SO_SELECT_ERR_QUEUE, SOCK_FLAG_SELECT_ERR },
};

/* Options of local sockets: EOPNOTSUPP for others. */
static const struct bool_option pass_options[] = {
	{ LINUX_SO_PASSCRED, SOCK_FLAG_PASSCRED },
	{ LINUX_SO_PASSPIDFD, SOCK_FLAG_PASSPIDFD },
	{ LINUX_SO_PASSSEC, SOCK_FLAG_PASSSEC },
};

static const struct bool_option *option_find(const struct bool_option *from, size_t count, int name)
{
	for (size_t i = 0; i < count; i++)
		if (from[i].name == name)
			return &from[i];
	return NULL;
}

/* --- setting --- */

static s32 buffer_size(s32 value, s32 min)
{
	s32 half = MAX(value, 0);

	return half > INT32_MAX / 2 ? INT32_MAX : MAX(half * 2, min);
}

/* Linux: a value above the limit is cut, negative ones count as huge. */
static s32 buffer_limit(s32 value)
{
	return (s32)MIN((u32)value, (u32)BUFFER_MAX);
}

static int set_buffer(struct socket *s, int name, s32 value)
{
	bool force = name == LINUX_SO_SNDBUFFORCE || name == LINUX_SO_RCVBUFFORCE;
	bool send = name == LINUX_SO_SNDBUF || name == LINUX_SO_SNDBUFFORCE;

	if (force && !vfs_capable(LINUX_CAP_NET_ADMIN))
		return -EPERM;
	value = force ? MAX(value, 0) : buffer_limit(value);
	if (send) {
		atomic_store(&s->sndbuf, buffer_size(value, SNDBUF_MIN));
		socket_set_flag(s, SOCK_FLAG_SNDBUF_LOCKED, true);
		if (s->proto->space != NULL)
			s->proto->space(s);
		else
			socket_wake(s, LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND);
	} else {
		atomic_store(&s->rcvbuf, buffer_size(value, RCVBUF_MIN));
		socket_set_flag(s, SOCK_FLAG_RCVBUF_LOCKED, true);
	}
	return 0;
}

static int set_linger(struct socket *s, struct sock_option *o)
{
	struct linux_linger l;

	if (o->len < sizeof(l))
		return -EINVAL;
	if (copy_in_struct(&l, o->user) < 0)
		return -EFAULT;
	if (l.l_onoff != 0)
		atomic_store(&s->linger, (u32)l.l_linger);
	socket_set_flag(s, SOCK_FLAG_LINGER, l.l_onoff != 0);
	return 0;
}

/* Linux: sock_set_timeout. Zero is for ever, a negative time is over at once. */
static int set_timeout(struct sock_option *o, u64 *timeo)
{
	struct linux_timeval tv;
	u64 ns;

	if (o->len < sizeof(tv))
		return -EINVAL;
	if (copy_in_struct(&tv, o->user) < 0)
		return -EFAULT;
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	if (tv.tv_sec < 0)
		ns = 0;
	else if (tv.tv_sec == 0 && tv.tv_usec == 0)
		ns = NO_DEADLINE;
	else if (__builtin_mul_overflow((u64)tv.tv_sec, NS_PER_S, &ns))
		ns = NO_DEADLINE;
	else
		ns += (u64)tv.tv_usec * NS_PER_US;
	atomic_store(timeo, ns);
	return 0;
}

static int set_priority(struct socket *s, s32 value)
{
	if ((value < 0 || value > 6) && !vfs_capable(LINUX_CAP_NET_ADMIN) &&
	    !vfs_capable(LINUX_CAP_NET_RAW))
		return -EPERM;
	atomic_store(&s->priority, value);
	return 0;
}

static int set_mark(struct socket *s, s32 value)
{
	if (!vfs_capable(LINUX_CAP_NET_ADMIN) && !vfs_capable(LINUX_CAP_NET_RAW))
		return -EPERM;
	atomic_store(&s->mark, value);
	return 0;
}

static int set_peek_off(struct socket *s, s32 value)
{
	if (s->proto->family != LINUX_AF_UNIX && s->proto->type == LINUX_SOCK_RAW)
		return -EOPNOTSUPP;
	if (value < -1)
		return -EINVAL;
	atomic_store(&s->peek_off, value);
	return 0;
}

/* Linux: one kind of stamp at a time. */
static void set_stamp(struct socket *s, u32 flag, bool on)
{
	socket_set_flag(s, SOCK_FLAG_TIMESTAMP | SOCK_FLAG_TIMESTAMPNS, false);
	socket_set_flag(s, flag, on);
}

static int set_flag(struct socket *s, const struct bool_option *b, s32 value)
{
	if (b->flag == SOCK_FLAG_DEBUG && value != 0 && !vfs_capable(LINUX_CAP_NET_ADMIN))
		return -EACCES;
	if (b->flag == SOCK_FLAG_LOCK_FILTER && value == 0 && socket_flag(s, b->flag))
		return -EPERM;
	if (b->flag == SOCK_FLAG_REUSEPORT && value != 0 &&
	    (s->proto->family == LINUX_AF_UNIX))
		return -EOPNOTSUPP;
	if (b->flag == SOCK_FLAG_TIMESTAMP || b->flag == SOCK_FLAG_TIMESTAMPNS)
		set_stamp(s, b->flag, value != 0);
	else
		socket_set_flag(s, b->flag, value != 0);
	return 0;
}

static int set_device(struct sock_option *o)
{
	char name[16] = "";

	if (o->len != 0 && copy_in(name, o->user, MIN(o->len, (u32)sizeof(name) - 1)) < 0)
		return -EFAULT;
	return name[0] == '\0' || str_equal(name, "lo") ? 0 : -ENODEV;
}

static int set_int(struct socket *s, struct sock_option *o, s32 value)
{
	switch (o->name) {
	case LINUX_SO_TYPE:
	case LINUX_SO_PROTOCOL:
	case LINUX_SO_DOMAIN:
	case LINUX_SO_ERROR:
		return -ENOPROTOOPT;
	case LINUX_SO_SNDBUF:
	case LINUX_SO_RCVBUF:
	case LINUX_SO_SNDBUFFORCE:
	case LINUX_SO_RCVBUFFORCE:
		return set_buffer(s, o->name, value);
	case LINUX_SO_PRIORITY:
		return set_priority(s, value);
	case LINUX_SO_MARK:
		return set_mark(s, value);
	case LINUX_SO_RCVLOWAT:
		atomic_store(&s->rcvlowat, value < 0 ? INT32_MAX : MAX(value, 1));
		return 0;
	case LINUX_SO_PEEK_OFF:
		return set_peek_off(s, value);
	case LINUX_SO_BSDCOMPAT:
	case LINUX_SO_BUSY_POLL:
	case LINUX_SO_INCOMING_CPU:
		return 0;
	case LINUX_SO_ZEROCOPY:
		return s->proto->family == LINUX_AF_UNIX ? -EOPNOTSUPP :
		       value < 0 || value > 1 ? -EINVAL : 0;
	default:
		return -ENOPROTOOPT;
	}
}

int socket_setopt(struct socket *s, struct sock_option *o)
{
	const struct bool_option *b = option_find(bool_options, ARRAY_SIZE(bool_options), o->name);
	s32 value;
	int err;

	if (o->name == LINUX_SO_BINDTODEVICE)
		return set_device(o);
	err = sock_option_int(o, &value);
	if (err < 0)
		return err;
	if (b != NULL)
		return set_flag(s, b, value);
	b = option_find(pass_options, ARRAY_SIZE(pass_options), o->name);
	if (b != NULL) {
		if (s->proto->family != LINUX_AF_UNIX)
			return -EOPNOTSUPP;
		return set_flag(s, b, value);
	}
	switch (o->name) {
	case LINUX_SO_LINGER:
		return set_linger(s, o);
	case LINUX_SO_RCVTIMEO:
	case LINUX_SO_RCVTIMEO_NEW:
		return set_timeout(o, &s->rcvtimeo);
	case LINUX_SO_SNDTIMEO:
	case LINUX_SO_SNDTIMEO_NEW:
		return set_timeout(o, &s->sndtimeo);
	default:
		return set_int(s, o, value);
	}
}

/* --- getting --- */

static int get_linger(struct socket *s, struct sock_option *o)
{
	struct linux_linger l = { socket_flag(s, SOCK_FLAG_LINGER) ? 1 : 0,
				  (s32)atomic_load(&s->linger) };

	sock_option_answer(o, &l, sizeof(l));
	return 0;
}

static int get_timeout(struct sock_option *o, u64 ns)
{
	struct linux_timeval tv = { 0 };

	if (ns != NO_DEADLINE) {
		tv.tv_sec = (s64)(ns / NS_PER_S);
		tv.tv_usec = (s64)(ns % NS_PER_S / NS_PER_US);
	}
	sock_option_answer(o, &tv, sizeof(tv));
	return 0;
}

/* Linux: nobody is pid 0 and the ids -1. */
static int get_peer_cred(struct socket *s, struct sock_option *o)
{
	struct linux_ucred cred = { 0, ~0u, ~0u };

	lock_acquire(&s->lock);
	if (s->peer_process != NULL)
		cred = (struct linux_ucred){ s->peer_cred.pid, s->peer_cred.uid,
					     s->peer_cred.gid };
	lock_release(&s->lock);
	sock_option_answer(o, &cred, sizeof(cred));
	return 0;
}

static int get_peer_groups(struct socket *s, struct sock_option *o)
{
	u32 groups[32], count, len;

	lock_acquire(&s->lock);
	count = s->peer_process == NULL ? ~0u : s->peer_group_count;
	memcpy(groups, s->peer_groups, sizeof(groups));
	lock_release(&s->lock);
	if (count == ~0u)
		return -ENODATA;
	len = count * (u32)sizeof(u32);
	if (o->len < len) {
		o->len = len;
		return -ERANGE;
	}
	sock_option_answer(o, groups, len);
	return 0;
}

static int get_peer_pidfd(struct socket *s, struct sock_option *o)
{
	struct process *p = NULL;
	int err;

	lock_acquire(&s->lock);
	if (s->peer_process != NULL)
		p = process_get(s->peer_process);
	lock_release(&s->lock);
	if (p == NULL)
		return -ENODATA;
	err = pidfd_create(p, 0, &o->file);
	process_put(p);
	if (err < 0)
		return err;
	o->fd = fd_reserve(0);
	if (o->fd < 0) {
		file_put(TAKE(o->file));
		return o->fd;
	}
	return answer_int(o, o->fd);
}

static int get_peer_name(struct socket *s, struct sock_option *o)
{
	struct sock_addr addr = { 0 };
	int err = s->proto->getname(s, true, &addr);

	if (err < 0)
		return -ENOTCONN;
	if (addr.len < o->len)
		return -EINVAL; /* Linux: only a buffer that the name fills */
	sock_option_answer(o, &addr.any, o->len);
	return 0;
}

static int get_memory(struct socket *s, struct sock_option *o)
{
	u32 info[9] = { 0 };

	lock_acquire(&s->lock);
	info[0] = (u32)s->queue_bytes;
	lock_release(&s->lock);
	info[1] = (u32)atomic_load(&s->rcvbuf);
	info[2] = (u32)atomic_load(&s->wmem);
	info[3] = (u32)atomic_load(&s->sndbuf);
	sock_option_answer(o, info, sizeof(info));
	return 0;
}

static int get_cookie(struct socket *s, struct sock_option *o)
{
	if (o->len < sizeof(s->cookie))
		return -EINVAL;
	sock_option_answer(o, &s->cookie, sizeof(s->cookie));
	return 0;
}

static int get_peer(struct socket *s, struct sock_option *o)
{
	switch (o->name) {
	case LINUX_SO_PEERCRED:
		return get_peer_cred(s, o);
	case LINUX_SO_PEERGROUPS:
		return get_peer_groups(s, o);
	case LINUX_SO_PEERPIDFD:
		return get_peer_pidfd(s, o);
	case LINUX_SO_PEERNAME:
		return get_peer_name(s, o);
	default:
		return -ENOPROTOOPT;
	}
}

static int get_int(struct socket *s, struct sock_option *o)
{
	switch (o->name) {
	case LINUX_SO_TYPE:
		return answer_int(o, s->proto->type);
	case LINUX_SO_DOMAIN:
		return answer_int(o, s->proto->family);
	case LINUX_SO_PROTOCOL:
		return answer_int(o, (s32)s->proto->protocol);
	case LINUX_SO_ERROR:
		return answer_int(o, -socket_take_error(s));
	case LINUX_SO_SNDBUF:
		return answer_int(o, atomic_load(&s->sndbuf));
	case LINUX_SO_RCVBUF:
		return answer_int(o, atomic_load(&s->rcvbuf));
	case LINUX_SO_PRIORITY:
		return answer_int(o, atomic_load(&s->priority));
	case LINUX_SO_MARK:
		return answer_int(o, atomic_load(&s->mark));
	case LINUX_SO_RCVLOWAT:
		return answer_int(o, atomic_load(&s->rcvlowat));
	case LINUX_SO_SNDLOWAT:
		return answer_int(o, 1);
	case LINUX_SO_ACCEPTCONN:
		return answer_int(o, atomic_load(&s->state) == SOCK_STATE_LISTENING);
	case LINUX_SO_PEEK_OFF:
		return answer_int(o, atomic_load(&s->peek_off));
	case LINUX_SO_BSDCOMPAT:
	case LINUX_SO_BUSY_POLL:
	case LINUX_SO_ZEROCOPY:
		return answer_int(o, 0);
	case LINUX_SO_INCOMING_CPU:
		return answer_int(o, -1);
	default:
		return get_peer(s, o);
	}
}

int socket_getopt(struct socket *s, struct sock_option *o)
{
	const struct bool_option *b = option_find(bool_options, ARRAY_SIZE(bool_options), o->name);

	if (b == NULL) {
		b = option_find(pass_options, ARRAY_SIZE(pass_options), o->name);
		if (b != NULL && s->proto->family != LINUX_AF_UNIX)
			return -EOPNOTSUPP;
	}
	if (b != NULL)
		return answer_int(o, socket_flag(s, b->flag) ? 1 : 0);
	switch (o->name) {
	case LINUX_SO_LINGER:
		return get_linger(s, o);
	case LINUX_SO_RCVTIMEO:
	case LINUX_SO_RCVTIMEO_NEW:
		return get_timeout(o, atomic_load(&s->rcvtimeo));
	case LINUX_SO_SNDTIMEO:
	case LINUX_SO_SNDTIMEO_NEW:
		return get_timeout(o, atomic_load(&s->sndtimeo));
	case LINUX_SO_MEMINFO:
		return get_memory(s, o);
	case LINUX_SO_COOKIE:
		return get_cookie(s, o);
	case LINUX_SO_BINDTODEVICE:
		o->len = 0;
		return 0;
	default:
		return get_int(s, o);
	}
}
