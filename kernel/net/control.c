/*
 * Control messages. See control.h.
 *
 * LINUX BEHAVIOUR. net/core/scm.c: a header that is too short or too long is EINVAL, levels
 * that are not known are passed over; descriptors are stored until the buffer is full, a
 * number cannot be had or the memory is bad, and the rest is closed.
 */
#include "kernel/net/control.h"

#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/inet.h"
#include "kernel/net/packet.h"
#include "kernel/obj/pidfd.h"
#include "kernel/task/task.h"
#include "kernel/vfs/fdtable.h"
#include "lib/string.h"

#define HEADER sizeof(struct linux_cmsghdr)

/* --- parsing --- */

static int parse_rights(const u8 *data, size_t len, struct scm *scm)
{
	u32 count = (u32)(len / sizeof(s32));
	struct scm_fds *fds = scm->fds;

	if (count == 0)
		return 0;
	if (count > LINUX_SCM_MAX_FD || (fds != NULL && fds->count + count > LINUX_SCM_MAX_FD))
		return -EINVAL;
	if (fds == NULL) {
		/* Room for all: more may come in the same message. */
		fds = scm->fds = scm_fds_create(LINUX_SCM_MAX_FD);
		if (fds == NULL)
			return -ENOMEM;
	}
	for (u32 i = 0; i < count; i++) {
		struct file *f;
		s32 fd;

		memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
		f = fd_get_any(fd);
		if (f == NULL)
			return -EBADF;
		fds->files[fds->count++] = f;
	}
	return 0;
}

static bool cred_allowed(const struct linux_ucred *u)
{
	const struct process *p = current()->process;
	const struct cred *c = &p->cred;

	return (u->pid == p->pid || vfs_capable(LINUX_CAP_SYS_ADMIN)) &&
	       (u->uid == c->uid || u->uid == c->euid || u->uid == c->suid ||
		vfs_capable(LINUX_CAP_SETUID)) &&
	       (u->gid == c->gid || u->gid == c->egid || u->gid == c->sgid ||
		vfs_capable(LINUX_CAP_SETGID));
}

static int parse_credentials(const u8 *data, size_t len, struct scm *scm)
{
	struct linux_ucred u;

	if (len != sizeof(u))
		return -EINVAL;
	memcpy(&u, data, sizeof(u));
	if (!cred_allowed(&u))
		return -EPERM;
	if (u.pid != current()->process->pid) {
		struct process *p = process_find(u.pid);

		if (p == NULL)
			return -ESRCH;
		process_put(p);
	}
	if (u.uid == ~0u || u.gid == ~0u)
		return -EINVAL;
	scm->cred = (struct sock_cred){ u.pid, u.uid, u.gid };
	return 0;
}

static int parse_one(struct socket *s, const struct linux_cmsghdr *h, const u8 *data,
		     struct sock_msg *m)
{
	size_t len = h->cmsg_len - HEADER;

	if (s->proto->family != LINUX_AF_UNIX)
		return inet_control_parse(s, h, data, len, m);
	if (h->cmsg_level != LINUX_SOL_SOCKET)
		return 0;
	switch (h->cmsg_type) {
	case LINUX_SCM_RIGHTS:
		return parse_rights(data, len, &m->scm);
	case LINUX_SCM_CREDENTIALS:
		return parse_credentials(data, len, &m->scm);
	default:
		return -EINVAL;
	}
}

int control_parse(struct socket *s, const u8 *control, size_t len, struct sock_msg *m)
{
	size_t at = 0;

	/* Linux: CMSG_FIRSTHDR, CMSG_OK, CMSG_NXTHDR. */
	while (len - at >= HEADER) {
		struct linux_cmsghdr h;
		size_t step;
		int err;

		memcpy(&h, control + at, HEADER);
		if (h.cmsg_len < HEADER || h.cmsg_len > len - at)
			return -EINVAL;
		err = parse_one(s, &h, control + at + HEADER, m);
		if (err < 0)
			return err;
		step = LINUX_CMSG_ALIGN(h.cmsg_len);
		if (step > len - at)
			break;
		at += step;
	}
	return 0;
}

/* --- storing --- */

/* Linux: put_cmsg. */
static void put(struct control_out *out, struct sock_msg *m, s32 level, s32 type,
		const void *data, u32 len)
{
	struct linux_cmsghdr h = { HEADER + len, level, type };
	u64 space = LINUX_CMSG_SPACE(len);

	if (out->at == 0 || out->left < HEADER) {
		m->ret_flags |= LINUX_MSG_CTRUNC;
		return;
	}
	if (out->left < h.cmsg_len) {
		m->ret_flags |= LINUX_MSG_CTRUNC;
		h.cmsg_len = out->left;
	}
	if (copy_out_struct(out->at, &h) < 0 ||
	    copy_out(out->at + HEADER, data, h.cmsg_len - HEADER) < 0)
		return;
	space = MIN(space, out->left);
	out->at += space;
	out->left -= space;
}

/* One descriptor to the guest. Linux: receive_fd. */
static int receive_fd(struct file *f, uaddr_t at, u32 flags)
{
	s32 fd = fd_reserve(0);

	if (fd < 0)
		return fd;
	if (copy_out(at, &fd, sizeof(fd)) < 0) {
		fd_unreserve(fd);
		return -EFAULT;
	}
	fd_install(fd, file_get(f), flags);
	return 0;
}

/* Linux: scm_detach_fds. */
static void store_rights(struct sock_msg *m, struct control_out *out)
{
	u32 flags = m->flags & LINUX_MSG_CMSG_CLOEXEC ? LINUX_O_CLOEXEC : 0;
	struct scm_fds *fds = m->scm.fds;
	u64 fit = out->at == 0 || out->left <= HEADER ? 0 : (out->left - HEADER) / sizeof(s32);
	u32 count = (u32)MIN(fit, (u64)fds->count), done = 0;

	while (done < count &&
	       receive_fd(fds->files[done], out->at + HEADER + done * sizeof(s32), flags) == 0)
		done++;
	if (done != 0) {
		struct linux_cmsghdr h = { HEADER + done * sizeof(s32), LINUX_SOL_SOCKET,
					   LINUX_SCM_RIGHTS };
		u64 space = MIN(LINUX_CMSG_SPACE(done * sizeof(s32)), out->left);

		if (copy_out_struct(out->at, &h) == 0) {
			out->at += space;
			out->left -= space;
		}
	}
	if (done < fds->count)
		m->ret_flags |= LINUX_MSG_CTRUNC;
	scm_fini(&m->scm);
}

/* Linux: scm_pidfd_recv. A process that has ended is told as the error's number. */
static void store_pidfd(struct sock_msg *m, struct control_out *out)
{
	struct process *p;
	struct file *f = NULL;
	s32 fd = -ESRCH;

	if (out->at == 0 || out->left < LINUX_CMSG_LEN(sizeof(fd))) {
		m->ret_flags |= LINUX_MSG_CTRUNC;
		return;
	}
	p = process_find(m->scm.cred.pid);
	if (p != NULL) {
		fd = pidfd_create(p, 0, &f);
		process_put(p);
		if (fd == 0)
			fd = fd_install_new(f, LINUX_O_CLOEXEC);
	}
	put(out, m, LINUX_SOL_SOCKET, LINUX_SCM_PIDFD, &fd, sizeof(fd));
}

void control_store(struct socket *s, struct sock_msg *m, struct control_out *out)
{
	for (u32 i = 0; i < m->note_count; i++)
		put(out, m, m->notes[i].level, m->notes[i].type, m->notes[i].data,
		    m->notes[i].len);
	if (s->proto->family != LINUX_AF_UNIX || m->no_packet)
		return;
	if (socket_flag(s, SOCK_FLAG_PASSCRED)) {
		struct linux_ucred u = { m->scm.cred.pid, m->scm.cred.uid, m->scm.cred.gid };

		put(out, m, LINUX_SOL_SOCKET, LINUX_SCM_CREDENTIALS, &u, sizeof(u));
	}
	if (m->scm.fds != NULL)
		store_rights(m, out);
	if (socket_flag(s, SOCK_FLAG_PASSPIDFD))
		store_pidfd(m, out);
}
