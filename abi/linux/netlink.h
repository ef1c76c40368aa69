/* Netlink: messages about interfaces, addresses and routes. */
#ifndef NACRE_ABI_LINUX_NETLINK_H
#define NACRE_ABI_LINUX_NETLINK_H

#include "abi/linux/layout.h"

#define LINUX_NETLINK_ROUTE	0

struct linux_nlmsghdr {
	u32 nlmsg_len; /* header and payload */
	u16 nlmsg_type;
	u16 nlmsg_flags;
	u32 nlmsg_seq;
	u32 nlmsg_pid;
};

LINUX_SIZE(nlmsghdr, 16);

#define LINUX_NLMSG_ALIGN(len)	(((len) + 3U) & ~3U)
#define LINUX_NLMSG_NOOP	1
#define LINUX_NLMSG_ERROR	2
#define LINUX_NLMSG_DONE	3
#define LINUX_NLMSG_MIN_TYPE	16

#define LINUX_NLM_F_REQUEST	0x1
#define LINUX_NLM_F_MULTI	0x2
#define LINUX_NLM_F_ACK		0x4
#define LINUX_NLM_F_DUMP	0x300

/* Families of four: new, delete, get, set. */
#define LINUX_RTM_NEWLINK	16
#define LINUX_RTM_GETLINK	18
#define LINUX_RTM_NEWADDR	20
#define LINUX_RTM_GETADDR	22
#define LINUX_RTM_GETROUTE	26
#define LINUX_RTM_KIND_GET	2 /* (type - 16) % 4 */

struct linux_nlattr {
	u16 nla_len; /* header and value, without padding */
	u16 nla_type;
};

LINUX_SIZE(nlattr, 4);

struct linux_ifinfomsg {
	u8 ifi_family;
	u8 pad0;
	u16 ifi_type;
	s32 ifi_index;
	u32 ifi_flags;
	u32 ifi_change;
};

LINUX_SIZE(ifinfomsg, 16);

#define LINUX_IFLA_ADDRESS	1
#define LINUX_IFLA_BROADCAST	2
#define LINUX_IFLA_IFNAME	3
#define LINUX_IFLA_MTU		4
#define LINUX_IFLA_QDISC	6
#define LINUX_IFLA_TXQLEN	13
#define LINUX_IFLA_OPERSTATE	16

struct linux_ifaddrmsg {
	u8 ifa_family;
	u8 ifa_prefixlen;
	u8 ifa_flags;
	u8 ifa_scope;
	u32 ifa_index;
};

LINUX_SIZE(ifaddrmsg, 8);

#define LINUX_IFA_ADDRESS	1
#define LINUX_IFA_LOCAL		2
#define LINUX_IFA_LABEL		3
#define LINUX_IFA_F_PERMANENT	0x80
#define LINUX_RT_SCOPE_HOST	254

#define LINUX_ARPHRD_LOOPBACK	772
#define LINUX_IFF_UP		0x1
#define LINUX_IFF_LOOPBACK	0x8
#define LINUX_IFF_RUNNING	0x40
#define LINUX_IFF_LOWER_UP	0x10000

#endif
