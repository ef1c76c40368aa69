/* Sockets: families, addresses, messages, options. */
#ifndef NACRE_ABI_LINUX_SOCKET_H
#define NACRE_ABI_LINUX_SOCKET_H

#include "abi/linux/layout.h"

#define LINUX_AF_UNSPEC		0
#define LINUX_AF_UNIX		1
#define LINUX_AF_LOCAL		1
#define LINUX_AF_INET		2
#define LINUX_AF_INET6		10
#define LINUX_AF_NETLINK	16
#define LINUX_AF_PACKET		17
#define LINUX_AF_ALG		38
#define LINUX_AF_VSOCK		40
#define LINUX_AF_MAX		46

#define LINUX_SOCK_STREAM	1
#define LINUX_SOCK_DGRAM	2
#define LINUX_SOCK_RAW		3
#define LINUX_SOCK_RDM		4
#define LINUX_SOCK_SEQPACKET	5
#define LINUX_SOCK_DCCP		6
#define LINUX_SOCK_PACKET	10
#define LINUX_SOCK_TYPE_MASK	0xf
#define LINUX_SOCK_CLOEXEC	02000000
#define LINUX_SOCK_NONBLOCK	04000

#define LINUX_IPPROTO_IP	0
#define LINUX_IPPROTO_ICMP	1
#define LINUX_IPPROTO_TCP	6
#define LINUX_IPPROTO_UDP	17
#define LINUX_IPPROTO_IPV6	41
#define LINUX_IPPROTO_ICMPV6	58
#define LINUX_IPPROTO_UDPLITE	136
#define LINUX_IPPROTO_RAW	255
#define LINUX_IPPROTO_MAX	263

#define LINUX_SHUT_RD	0
#define LINUX_SHUT_WR	1
#define LINUX_SHUT_RDWR	2
#define LINUX_SOMAXCONN	4096

/* Any address; no family has a longer one. */
struct linux_sockaddr_storage {
	u16 ss_family;
	u8 data[126];
} __attribute__((aligned(8)));

LINUX_SIZE(sockaddr_storage, 128);

#define LINUX_UNIX_PATH_MAX	108

struct linux_sockaddr_un {
	u16 sun_family;
	char sun_path[LINUX_UNIX_PATH_MAX]; /* first byte 0: an abstract name */
};

LINUX_SIZE(sockaddr_un, 110);
LINUX_OFFSET(sockaddr_un, sun_path, 2);

/* Ports and addresses are in network byte order. */
struct linux_sockaddr_in {
	u16 sin_family;
	u16 sin_port;
	u32 sin_addr;
	u8 pad0[8];
};

struct linux_sockaddr_in6 {
	u16 sin6_family;
	u16 sin6_port;
	u32 sin6_flowinfo;
	u8 sin6_addr[16];
	u32 sin6_scope_id;
};

/* What MSG_ERRQUEUE tells, before the address of who says so. ip(7). */
struct linux_sock_extended_err {
	u32 ee_errno;
	u8 ee_origin;
	u8 ee_type;
	u8 ee_code;
	u8 ee_pad;
	u32 ee_info;
	u32 ee_data;
};

#define LINUX_SO_EE_ORIGIN_ICMP		2
#define LINUX_SO_EE_ORIGIN_ICMP6	3

struct linux_sockaddr_nl {
	u16 nl_family;
	u16 pad0;
	u32 nl_pid;
	u32 nl_groups;
};

LINUX_SIZE(sockaddr_in, 16);
LINUX_SIZE(sockaddr_in6, 28);
LINUX_SIZE(sockaddr_nl, 12);

#define LINUX_INADDR_ANY	0x00000000U
#define LINUX_INADDR_LOOPBACK	0x7f000001U

struct linux_msghdr {
	uaddr_t msg_name;
	s32 msg_namelen;
	u32 pad0;
	uaddr_t msg_iov;
	u64 msg_iovlen;
	uaddr_t msg_control;
	u64 msg_controllen;
	u32 msg_flags;
	u32 pad1;
};

LINUX_SIZE(msghdr, 56);
LINUX_OFFSET(msghdr, msg_iov, 16);
LINUX_OFFSET(msghdr, msg_control, 32);
LINUX_OFFSET(msghdr, msg_flags, 48);

struct linux_mmsghdr {
	struct linux_msghdr msg_hdr;
	u32 msg_len;
	u32 pad0;
};

LINUX_SIZE(mmsghdr, 64);
LINUX_OFFSET(mmsghdr, msg_len, 56);

/* The data follows; each header starts at a multiple of 8. */
struct linux_cmsghdr {
	u64 cmsg_len; /* header and data, without the padding */
	s32 cmsg_level;
	s32 cmsg_type;
};

LINUX_SIZE(cmsghdr, 16);
#define LINUX_CMSG_ALIGN(len) (((len) + 7UL) & ~7UL)
#define LINUX_CMSG_SPACE(len) (sizeof(struct linux_cmsghdr) + LINUX_CMSG_ALIGN(len))
#define LINUX_CMSG_LEN(len) (sizeof(struct linux_cmsghdr) + (len))

struct linux_ucred {
	s32 pid;
	u32 uid;
	u32 gid;
};

LINUX_SIZE(ucred, 12);

struct linux_linger {
	s32 l_onoff;
	s32 l_linger;
};

LINUX_SIZE(linger, 8);

#define LINUX_SCM_RIGHTS	1
#define LINUX_SCM_CREDENTIALS	2
#define LINUX_SCM_SECURITY	3
#define LINUX_SCM_PIDFD		4
/* File descriptors in one message. */
#define LINUX_SCM_MAX_FD	253

#define LINUX_MSG_OOB		0x1
#define LINUX_MSG_PEEK		0x2
#define LINUX_MSG_DONTROUTE	0x4
#define LINUX_MSG_CTRUNC	0x8
#define LINUX_MSG_PROBE		0x10
#define LINUX_MSG_TRUNC		0x20
#define LINUX_MSG_DONTWAIT	0x40
#define LINUX_MSG_EOR		0x80
#define LINUX_MSG_WAITALL	0x100
#define LINUX_MSG_FIN		0x200
#define LINUX_MSG_SYN		0x400
#define LINUX_MSG_CONFIRM	0x800
#define LINUX_MSG_RST		0x1000
#define LINUX_MSG_ERRQUEUE	0x2000
#define LINUX_MSG_NOSIGNAL	0x4000
#define LINUX_MSG_MORE		0x8000
#define LINUX_MSG_WAITFORONE	0x10000
#define LINUX_MSG_BATCH		0x40000
#define LINUX_MSG_ZEROCOPY	0x4000000
#define LINUX_MSG_FASTOPEN	0x20000000
#define LINUX_MSG_CMSG_CLOEXEC	0x40000000

#define LINUX_SOL_IP		0
#define LINUX_SOL_SOCKET	1
#define LINUX_SOL_TCP		6
#define LINUX_SOL_UDP		17
#define LINUX_SOL_IPV6		41
#define LINUX_SOL_UDPLITE	136
#define LINUX_SOL_RAW		255
#define LINUX_SOL_PACKET	263
#define LINUX_SOL_NETLINK	270

#define LINUX_SO_DEBUG		1
#define LINUX_SO_REUSEADDR	2
#define LINUX_SO_TYPE		3
#define LINUX_SO_ERROR		4
#define LINUX_SO_DONTROUTE	5
#define LINUX_SO_BROADCAST	6
#define LINUX_SO_SNDBUF		7
#define LINUX_SO_RCVBUF		8
#define LINUX_SO_KEEPALIVE	9
#define LINUX_SO_OOBINLINE	10
#define LINUX_SO_NO_CHECK	11
#define LINUX_SO_PRIORITY	12
#define LINUX_SO_LINGER		13
#define LINUX_SO_BSDCOMPAT	14
#define LINUX_SO_REUSEPORT	15
#define LINUX_SO_PASSCRED	16
#define LINUX_SO_PEERCRED	17
#define LINUX_SO_RCVLOWAT	18
#define LINUX_SO_SNDLOWAT	19
#define LINUX_SO_RCVTIMEO	20
#define LINUX_SO_SNDTIMEO	21
#define LINUX_SO_BINDTODEVICE	25
#define LINUX_SO_ATTACH_FILTER	26
#define LINUX_SO_DETACH_FILTER	27
#define LINUX_SO_PEERNAME	28
#define LINUX_SO_TIMESTAMP	29
#define LINUX_SO_ACCEPTCONN	30
#define LINUX_SO_PEERSEC	31
#define LINUX_SO_SNDBUFFORCE	32
#define LINUX_SO_RCVBUFFORCE	33
#define LINUX_SO_PASSSEC	34
#define LINUX_SO_TIMESTAMPNS	35
#define LINUX_SO_MARK		36
#define LINUX_SO_TIMESTAMPING	37
#define LINUX_SO_PROTOCOL	38
#define LINUX_SO_DOMAIN		39
#define LINUX_SO_RXQ_OVFL	40
#define LINUX_SO_PEEK_OFF	42
#define LINUX_SO_LOCK_FILTER	44
#define LINUX_SO_SELECT_ERR_QUEUE	45
#define LINUX_SO_BUSY_POLL	46
#define LINUX_SO_INCOMING_CPU	49
#define LINUX_SO_MEMINFO	55
#define LINUX_SO_COOKIE		57
#define LINUX_SO_PEERGROUPS	59
#define LINUX_SO_ZEROCOPY	60
#define LINUX_SO_RCVTIMEO_NEW	66
#define LINUX_SO_SNDTIMEO_NEW	67
#define LINUX_SO_PASSPIDFD	76
#define LINUX_SO_PEERPIDFD	77

#define LINUX_TCP_NODELAY	1
#define LINUX_TCP_MAXSEG	2
#define LINUX_TCP_CORK		3
#define LINUX_TCP_KEEPIDLE	4
#define LINUX_TCP_KEEPINTVL	5
#define LINUX_TCP_KEEPCNT	6
#define LINUX_TCP_SYNCNT	7
#define LINUX_TCP_LINGER2	8
#define LINUX_TCP_DEFER_ACCEPT	9
#define LINUX_TCP_WINDOW_CLAMP	10
#define LINUX_TCP_INFO		11
#define LINUX_TCP_QUICKACK	12
#define LINUX_TCP_CONGESTION	13
#define LINUX_TCP_USER_TIMEOUT	18
#define LINUX_TCP_FASTOPEN	23
#define LINUX_TCP_NOTSENT_LOWAT	25
#define LINUX_TCP_FASTOPEN_CONNECT	30
#define LINUX_UDP_CORK		1
#define LINUX_UDPLITE_SEND_CSCOV	10
#define LINUX_UDPLITE_RECV_CSCOV	11
#define LINUX_IP_TOS		1
#define LINUX_IP_TTL		2
#define LINUX_IP_HDRINCL	3
#define LINUX_IP_OPTIONS	4
#define LINUX_IP_ROUTER_ALERT	5
#define LINUX_IP_RECVOPTS	6
#define LINUX_IP_RETOPTS	7
#define LINUX_IP_PKTINFO	8
#define LINUX_IP_MTU_DISCOVER	10
#define LINUX_IP_RECVERR	11
#define LINUX_IP_RECVTTL	12
#define LINUX_IP_RECVTOS	13
#define LINUX_IP_MTU		14
#define LINUX_IP_FREEBIND	15
#define LINUX_IP_TRANSPARENT	19
#define LINUX_IP_RECVORIGDSTADDR	20
#define LINUX_IP_MINTTL		21
#define LINUX_IP_NODEFRAG	22
#define LINUX_IP_BIND_ADDRESS_NO_PORT	24
#define LINUX_IP_MULTICAST_IF	32
#define LINUX_IP_MULTICAST_TTL	33
#define LINUX_IP_MULTICAST_LOOP	34
#define LINUX_IP_ADD_MEMBERSHIP	35
#define LINUX_IP_DROP_MEMBERSHIP	36
#define LINUX_IP_MULTICAST_ALL	49
#define LINUX_IPV6_UNICAST_HOPS	16
#define LINUX_IPV6_MULTICAST_IF	17
#define LINUX_IPV6_MULTICAST_HOPS	18
#define LINUX_IPV6_MULTICAST_LOOP	19
#define LINUX_IPV6_JOIN_GROUP	20
#define LINUX_IPV6_LEAVE_GROUP	21
#define LINUX_IPV6_MTU_DISCOVER	23
#define LINUX_IPV6_MTU		24
#define LINUX_IPV6_RECVERR	25
#define LINUX_IPV6_V6ONLY	26
#define LINUX_IPV6_RECVPKTINFO	49
#define LINUX_IPV6_PKTINFO	50
#define LINUX_IPV6_RECVHOPLIMIT	51
#define LINUX_IPV6_HOPLIMIT	52
#define LINUX_IPV6_RECVHOPOPTS	53
#define LINUX_IPV6_RECVRTHDR	56
#define LINUX_IPV6_RECVDSTOPTS	58
#define LINUX_IPV6_RECVPATHMTU	60
#define LINUX_IPV6_DONTFRAG	62
#define LINUX_IPV6_RECVTCLASS	66
#define LINUX_IPV6_TCLASS	67
#define LINUX_IPV6_FREEBIND	78

#endif
