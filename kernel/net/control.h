/* Control messages (cmsg): from the guest's buffer and into it. */
#ifndef NACRE_KERNEL_NET_CONTROL_H
#define NACRE_KERNEL_NET_CONTROL_H

#include "kernel/net/socket.h"

/* Linux: /proc/sys/net/core/optmem_max, the most control bytes one message may have. */
#define CONTROL_MAX 131072u

/*
 * Read the control messages of len bytes at control (kernel memory) into m. On failure m.scm
 * may hold descriptors all the same: scm_fini(). -EINVAL, -EBADF, -EPERM, -ESRCH, -ENOMEM.
 */
MUST_USE int control_parse(struct socket *s, const u8 *control, size_t len, struct sock_msg *m);

/* Where control messages are stored in guest memory, and what is left of it. */
struct control_out {
	uaddr_t at;
	u64 left;
};

/*
 * Store what came with the message: notes, credentials, descriptors, which become the
 * caller's. What does not fit sets LINUX_MSG_CTRUNC. A bad address is no error, as on Linux.
 */
void control_store(struct socket *s, struct sock_msg *m, struct control_out *out);

#endif
