/* Internet sockets: none yet. */
#include "kernel/net/inet.h"

#include "abi/errno.h"
#include "kernel/net/families.h"

int inet_init(void)
{
	return 0;
}

int inet_proto_find(UNUSED int family, UNUSED int type, UNUSED int protocol,
		    UNUSED const struct sock_proto **ret)
{
	return -EAFNOSUPPORT;
}

int inet_control_parse(UNUSED struct socket *s, UNUSED const struct linux_cmsghdr *h,
		       UNUSED const u8 *data, UNUSED size_t len, UNUSED struct sock_msg *m)
{
	return 0;
}

s64 interface_ioctl(UNUSED struct socket *s, UNUSED u32 cmd, UNUSED uaddr_t arg)
{
	return -ENOTTY;
}
