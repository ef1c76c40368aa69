/*
 * Network interfaces as the old ioctls show them: there is lo, and it is up.
 *
 * LINUX BEHAVIOUR. netdevice(7): the name is in, the answer goes to the same struct ifreq;
 * an unknown name or number is ENODEV. Setting what is so anyway ("ifconfig lo up") succeeds,
 * what would change something is EPERM.
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/netlink.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/families.h"
#include "lib/string.h"

#define LO_INDEX 1
#define LO_MTU 65536
#define LO_FLAGS 0x49 /* IFF_UP | IFF_LOOPBACK | IFF_RUNNING */
#define LO_HARDWARE 772 /* ARPHRD_LOOPBACK */
#define LO_ADDRESS 0x0100007f /* 127.0.0.1 as it is on the wire */
#define LO_NETMASK 0x000000ff

struct ifreq {
	char name[16];
	union {
		s32 number;
		s16 flags;
		struct linux_sockaddr_in addr;
		u8 bytes[24];
	};
};

static_assert(sizeof(struct ifreq) == 40, "Linux: struct ifreq");

struct ifconf {
	s32 len;
	u32 pad;
	uaddr_t buf;
};

static void set_addr(struct ifreq *r, u32 network_order)
{
	r->addr = (struct linux_sockaddr_in){ .sin_family = LINUX_AF_INET,
					      .sin_addr = network_order };
}

/* The answer for lo. -ENOTTY: not a question about an interface. */
static int answer(u32 cmd, struct ifreq *r)
{
	memset(r->bytes, 0, sizeof(r->bytes));
	switch (cmd) {
	case LINUX_SIOCGIFINDEX:
		r->number = LO_INDEX;
		return 0;
	case LINUX_SIOCGIFFLAGS:
		r->flags = LO_FLAGS;
		return 0;
	case LINUX_SIOCGIFMTU:
		r->number = LO_MTU;
		return 0;
	case LINUX_SIOCGIFHWADDR:
		r->addr.sin_family = LO_HARDWARE;
		return 0;
	case LINUX_SIOCGIFADDR:
		set_addr(r, LO_ADDRESS);
		return 0;
	case LINUX_SIOCGIFNETMASK:
		set_addr(r, LO_NETMASK);
		return 0;
	default:
		return -ENOTTY;
	}
}

static s64 list_all(uaddr_t arg)
{
	struct ifconf conf;
	struct ifreq r = { .name = "lo" };

	if (copy_in_struct(&conf, arg) < 0)
		return -EFAULT;
	set_addr(&r, LO_ADDRESS);
	if (conf.buf != 0) {
		bool fits = conf.len >= (s32)sizeof(r);

		if (fits && copy_out_struct(conf.buf, &r) < 0)
			return -EFAULT;
		conf.len = fits ? (s32)sizeof(r) : 0;
	} else {
		conf.len = sizeof(r);
	}
	return copy_out_struct(arg, &conf);
}

static s64 name_of_index(uaddr_t arg)
{
	struct ifreq r;

	if (copy_in_struct(&r, arg) < 0)
		return -EFAULT;
	if (r.number != LO_INDEX)
		return -ENODEV;
	memset(r.name, 0, sizeof(r.name));
	memcpy(r.name, "lo", 2);
	return copy_out_struct(arg, &r);
}

static bool changes_nothing(u32 cmd, const struct ifreq *r)
{
	if (cmd == LINUX_SIOCSIFFLAGS)
		return r->flags & LINUX_IFF_UP;
	return r->addr.sin_family == LINUX_AF_INET &&
	       r->addr.sin_addr == (cmd == LINUX_SIOCSIFADDR ? LO_ADDRESS : LO_NETMASK);
}

static s64 set(u32 cmd, uaddr_t arg)
{
	struct ifreq r;

	if (copy_in_struct(&r, arg) < 0)
		return -EFAULT;
	if (strncmp(r.name, "lo", sizeof(r.name)) != 0)
		return -ENODEV;
	return vfs_capable(LINUX_CAP_NET_ADMIN) && changes_nothing(cmd, &r) ? 0 : -EPERM;
}

s64 interface_ioctl(struct socket *s, u32 cmd, uaddr_t arg)
{
	bool inet = s->proto->family != LINUX_AF_UNIX;
	struct ifreq r, probe = { .name = "lo" };

	switch (cmd) {
	case LINUX_SIOCGIFCONF:
		return list_all(arg);
	case LINUX_SIOCGIFNAME:
		return name_of_index(arg);
	case LINUX_SIOCGIFADDR:
	case LINUX_SIOCGIFNETMASK:
		if (!inet)
			return -ENOTTY;
		break;
	case LINUX_SIOCSIFADDR:
	case LINUX_SIOCSIFNETMASK:
	case LINUX_SIOCSIFFLAGS:
		return inet || cmd == LINUX_SIOCSIFFLAGS ? set(cmd, arg) : -ENOTTY;
	}
	if (answer(cmd, &probe) < 0)
		return -ENOTTY;
	if (copy_in_struct(&r, arg) < 0)
		return -EFAULT;
	if (strncmp(r.name, "lo", sizeof(r.name)) != 0)
		return -ENODEV;
	if (answer(cmd, &r) < 0)
		return -ENOTTY;
	return copy_out_struct(arg, &r);
}
