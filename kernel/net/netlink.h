/* What other parts of the kernel tell through a netlink socket. */
#ifndef NACRE_KERNEL_NET_NETLINK_H
#define NACRE_KERNEL_NET_NETLINK_H

#include "kernel/vfs/vfs.h"

/* A message that waits to be sent, with its socket: sending it cannot fail. */
struct netlink_letter;

/* -ENOTSOCK, -EINVAL: not netlink, -ENOMEM. */
MUST_USE int netlink_letter_create(const struct file *socket, const void *data, u32 len,
				   struct netlink_letter **ret);
/* Queue it at its socket, its last byte changed to this, and free it. NULL is fine. */
void netlink_letter_send(struct netlink_letter *l, u8 last);
void netlink_letter_drop(struct netlink_letter *l); /* NULL is fine */

#endif
