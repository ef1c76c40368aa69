/* What the handlers of socket calls share. */
#ifndef NACRE_KERNEL_SYS_SOCKET_H
#define NACRE_KERNEL_SYS_SOCKET_H

#include "kernel/net/socket.h"

/* The socket at fd; *ret_file holds it. -EBADF, -ENOTSOCK. */
MUST_USE int sock_fetch(int fd, struct file **ret_file, struct socket **ret);
/* An address from guest memory. -EINVAL, -EFAULT. Linux: move_addr_to_kernel. */
MUST_USE int sock_addr_fetch(uaddr_t addr, s32 len, struct sock_addr *ret);
/* ... and to it: as much as *len has room for; *len becomes its whole length. */
MUST_USE int sock_addr_store(const struct sock_addr *addr, uaddr_t to, uaddr_t len);

#endif
