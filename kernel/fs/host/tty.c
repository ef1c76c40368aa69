/*
 * ioctls of the user's terminal and other streams.
 *
 * OVERVIEW. A table says what may be asked of the host, how large the argument is and which
 * way it goes; everything else is refused here. The argument passes through kernel memory,
 * so the host never sees a guest address. Process groups and sessions are the sandbox's own
 * numbers: the host knows nothing of them and is not asked.
 *
 * LINUX BEHAVIOUR. TIOCSTI and TIOCLINUX are EPERM: input is not faked. The window size is
 * the user's and is not set from inside (EPERM).
 *
 * NOT DONE. Job control: the foreground group is remembered and told, but reading from the
 * background stops nobody.
 */
#include "abi/linux/ioctl.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/mm/uaccess.h"
#include "kernel/task/task.h"
#include "lib/string.h"

#define ARG_MAX_SIZE 64u

enum arg_kind {
	ARG_NONE,  /* passed by value: the number in arg */
	ARG_IN,    /* read from the guest */
	ARG_OUT,   /* written to the guest */
	ARG_REFUSED,
};

static const struct stream_ioctl {
	u32 cmd;
	enum arg_kind kind;
	u32 size;
} stream_ioctls[] = {
	{ LINUX_TCGETS, ARG_OUT, sizeof(struct linux_termios) },
	{ LINUX_TCSETS, ARG_IN, sizeof(struct linux_termios) },
	{ LINUX_TCSETSW, ARG_IN, sizeof(struct linux_termios) },
	{ LINUX_TCSETSF, ARG_IN, sizeof(struct linux_termios) },
	{ LINUX_TIOCGWINSZ, ARG_OUT, sizeof(struct linux_winsize) },
	{ LINUX_FIONREAD, ARG_OUT, sizeof(s32) },
	{ LINUX_TIOCOUTQ, ARG_OUT, sizeof(s32) },
	{ LINUX_TCSBRK, ARG_NONE, 0 },
	{ LINUX_TCFLSH, ARG_NONE, 0 },
	{ LINUX_TIOCSWINSZ, ARG_REFUSED, 0 },
	{ LINUX_TIOCSTI, ARG_REFUSED, 0 },
	{ LINUX_TIOCLINUX, ARG_REFUSED, 0 },
	{ LINUX_TIOCSETD, ARG_REFUSED, 0 },
};

static const struct stream_ioctl *ioctl_find(u32 cmd)
{
	for (size_t i = 0; i < ARRAY_SIZE(stream_ioctls); i++)
		if (stream_ioctls[i].cmd == cmd)
			return &stream_ioctls[i];
	return NULL;
}

static s64 ioctl_host(plat_fd_t fd, u32 cmd, void *arg)
{
	s64 n = plat_file_ioctl(fd, cmd, arg);

	return n == -EINTR ? -ERESTARTSYS : n;
}

static s64 ioctl_pass(plat_fd_t fd, const struct stream_ioctl *row, uaddr_t arg)
{
	u8 buf[ARG_MAX_SIZE] ALIGNED(8) = { 0 };
	s64 n;

	switch (row->kind) {
	case ARG_NONE:
		return ioctl_host(fd, row->cmd, (void *)(uintptr_t)(u32)arg);
	case ARG_IN:
		n = copy_in(buf, arg, row->size);
		return n < 0 ? n : ioctl_host(fd, row->cmd, buf);
	case ARG_OUT:
		n = ioctl_host(fd, row->cmd, buf);
		if (n < 0)
			return n;
		return copy_out(arg, buf, row->size) < 0 ? -EFAULT : n;
	default:
		return -EPERM;
	}
}

/* --- the newer form of the settings, with speeds as numbers: made from the old --- */

static const u32 baud_rates[32] = {
	0,      50,     75,      110,     134,     150,     200,     300,
	600,    1200,   1800,    2400,    4800,    9600,    19200,   38400,
	0,      57600,  115200,  230400,  460800,  500000,  576000,  921600,
	1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
};

static u32 baud_rate(u32 cflag)
{
	return baud_rates[(cflag & 017) | (cflag & LINUX_CBAUDEX ? 020 : 0)];
}

static s64 tty_get_settings2(plat_fd_t fd, uaddr_t arg)
{
	struct linux_termios2 t2 = { 0 };
	struct linux_termios t;
	s64 err = ioctl_host(fd, LINUX_TCGETS, &t);

	if (err < 0)
		return err;
	memcpy(&t2, &t, sizeof(t));
	t2.c_ospeed = baud_rate(t.c_cflag);
	t2.c_ispeed = t2.c_ospeed;
	return copy_out_struct(arg, &t2);
}

/* A speed that has no code of its own is not set. */
static s64 tty_set_settings2(plat_fd_t fd, u32 cmd, uaddr_t arg)
{
	struct linux_termios2 t2;
	struct linux_termios t;

	if (copy_in_struct(&t2, arg) < 0)
		return -EFAULT;
	if ((t2.c_cflag & LINUX_CBAUD) == LINUX_BOTHER)
		return -EINVAL;
	memcpy(&t, &t2, sizeof(t));
	return ioctl_host(fd, cmd - LINUX_TCSETS2 + LINUX_TCSETS, &t);
}

/* --- what belongs to the sandbox, not to the host --- */

static struct tty_state {
	s32 foreground; /* a: process group; 0: the first one */
} *tty_state; /* shared heap; set before the first guest process is copied */

int host_tty_init(void)
{
	if (tty_state == NULL)
		tty_state = kzalloc(sizeof(*tty_state));
	return tty_state == NULL ? -ENOMEM : 0;
}

static bool is_terminal(plat_fd_t fd)
{
	struct linux_termios t;

	return plat_file_ioctl(fd, LINUX_TCGETS, &t) == 0;
}

static s64 tty_set_foreground(uaddr_t arg)
{
	s32 group;

	if (copy_in(&group, arg, sizeof(group)) < 0)
		return -EFAULT;
	if (group <= 0)
		return -EINVAL;
	atomic_store(&tty_state->foreground, group);
	return 0;
}

static s64 tty_get_foreground(uaddr_t arg)
{
	s32 group = atomic_load(&tty_state->foreground);

	if (group == 0)
		group = current()->process->pgid;
	return copy_out(arg, &group, sizeof(group));
}

static s64 tty_own_ioctl(u32 cmd, uaddr_t arg)
{
	s32 sid = current()->process->sid, line_discipline = LINUX_N_TTY;

	switch (cmd) {
	case LINUX_TIOCGPGRP:
		return tty_get_foreground(arg);
	case LINUX_TIOCSPGRP:
		return tty_set_foreground(arg);
	case LINUX_TIOCGSID:
		return copy_out(arg, &sid, sizeof(sid));
	case LINUX_TIOCGETD:
		return copy_out(arg, &line_discipline, sizeof(line_discipline));
	case LINUX_TIOCSCTTY: /* it is the controlling terminal already */
		return 0;
	default:
		return -ENOTTY;
	}
}

s64 host_stream_ioctl(plat_fd_t fd, u32 cmd, uaddr_t arg)
{
	const struct stream_ioctl *row = ioctl_find(cmd);

	if (row != NULL && row->kind == ARG_REFUSED)
		return is_terminal(fd) ? -EPERM : -ENOTTY;
	if (row != NULL)
		return ioctl_pass(fd, row, arg);
	switch (cmd) {
	case LINUX_TCGETS2:
		return tty_get_settings2(fd, arg);
	case LINUX_TCSETS2:
	case LINUX_TCSETSW2:
	case LINUX_TCSETSF2:
		return tty_set_settings2(fd, cmd, arg);
	default:
		return is_terminal(fd) ? tty_own_ioctl(cmd, arg) : -ENOTTY;
	}
}
