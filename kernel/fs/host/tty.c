/*
 * ioctls of the user's terminal and other streams.
 *
 * OVERVIEW. A table says what may be asked of the host, how large the argument is and which
 * way it goes; everything else is refused here. The argument passes through kernel memory,
 * so the host never sees a guest address. Process groups and sessions are the sandbox's own
 * numbers: the host knows nothing of them and is not asked.
 *
 * LINUX BEHAVIOUR. TIOCSTI and TIOCLINUX are EPERM: input is not faked. The window size is
 * the user's: one that is set from inside is seen inside only, and only until the user's
 * changes.
 *
 * NOT DONE. TCXONC and speeds without a code, which the jail does not let through.
 */
#include "abi/linux/ioctl.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/tty/tty.h"
#include "lib/string.h"

#define ARG_MAX_SIZE 64u

enum arg_kind {
	ARG_VALUE, /* the number in arg; it changes something */
	ARG_OUT,   /* written to the guest */
	ARG_REFUSED,
};

static const struct stream_ioctl {
	u32 cmd;
	enum arg_kind kind;
	u32 size;
} terminal_ioctls[] = {
	{ LINUX_FIONREAD, ARG_OUT, sizeof(s32) },
	{ LINUX_TIOCOUTQ, ARG_OUT, sizeof(s32) },
	{ LINUX_TCSBRK, ARG_VALUE, 0 },
	{ LINUX_TCFLSH, ARG_VALUE, 0 },
	{ LINUX_TIOCSTI, ARG_REFUSED, 0 },
	{ LINUX_TIOCLINUX, ARG_REFUSED, 0 },
	{ LINUX_TIOCSETD, ARG_REFUSED, 0 },
};

static s64 ioctl_host(plat_fd_t fd, u32 cmd, void *arg)
{
	s64 n = plat_file_ioctl(fd, cmd, arg);

	return n == -EINTR ? -ERESTARTSYS : n;
}

static s64 ioctl_out(plat_fd_t fd, u32 cmd, u32 size, uaddr_t arg)
{
	u8 buf[ARG_MAX_SIZE] ALIGNED(8) = { 0 };
	s64 n = ioctl_host(fd, cmd, buf);

	if (n < 0)
		return n;
	return copy_out(arg, buf, size) < 0 ? -EFAULT : n;
}

s64 host_stream_ioctl(plat_fd_t fd, u32 cmd, uaddr_t arg)
{
	if (cmd == LINUX_FIONREAD || cmd == LINUX_TIOCOUTQ)
		return ioctl_out(fd, cmd, sizeof(s32), arg);
	return -ENOTTY;
}

/* --- the window's size --- */

static bool same_size(const struct linux_winsize *a, const struct linux_winsize *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static s64 size_get(struct host_terminal *ht, plat_fd_t fd, struct linux_winsize *ret)
{
	s64 err = ioctl_host(fd, LINUX_TIOCGWINSZ, ret);

	if (err < 0)
		return err;
	lock_acquire(&ht->lock);
	if (ht->resized && same_size(&ht->host, ret))
		*ret = ht->guest;
	else
		ht->resized = false;
	lock_release(&ht->lock);
	return 0;
}

static s64 size_set(struct host_terminal *ht, plat_fd_t fd, uaddr_t arg)
{
	struct linux_winsize host, old, new;
	s64 err;

	if (copy_in_struct(&new, arg) < 0)
		return -EFAULT;
	err = size_get(ht, fd, &old);
	if (err == 0)
		err = ioctl_host(fd, LINUX_TIOCGWINSZ, &host);
	if (err < 0)
		return err;
	lock_acquire(&ht->lock);
	ht->resized = true;
	ht->host = host;
	ht->guest = new;
	lock_release(&ht->lock);
	if (!same_size(&old, &new))
		tty_signal_foreground(&ht->tty, LINUX_SIGWINCH);
	return 0;
}

/* --- settings --- */

struct terminal {
	struct host_terminal *ht;
	plat_fd_t fd;
};

static int settings_get(void *owner, struct linux_termios2 *ret)
{
	const struct terminal *t = owner;
	struct linux_termios old;
	s64 err = ioctl_host(t->fd, LINUX_TCGETS, &old);

	*ret = (struct linux_termios2){ 0 };
	memcpy(ret, &old, sizeof(old));
	tty_settings_speeds(ret);
	return (int)err;
}

static int settings_check(void *owner)
{
	const struct terminal *t = owner;

	return user_tty_check(&t->ht->tty, LINUX_SIGTTOU);
}

static int settings_set(void *owner, u32 cmd, const struct linux_termios2 *t)
{
	const struct terminal *terminal = owner;
	struct linux_termios old;

	if ((t->c_cflag & LINUX_CBAUD) == LINUX_BOTHER)
		return -EINVAL;
	memcpy(&old, t, sizeof(old));
	return (int)ioctl_host(terminal->fd, cmd, &old);
}

static const struct tty_settings_ops settings_ops = {
	.get = settings_get,
	.check = settings_check,
	.set = settings_set,
};

bool host_tty_stops_writes(plat_fd_t fd)
{
	struct linux_termios t;

	return plat_file_ioctl(fd, LINUX_TCGETS, &t) == 0 && (t.c_lflag & LINUX_TOSTOP);
}

/* --- the rest --- */

static s64 table_ioctl(struct terminal *t, u32 cmd, uaddr_t arg)
{
	s32 line_discipline = LINUX_N_TTY;
	struct linux_winsize size;
	s64 err;

	if (cmd == LINUX_TIOCGETD)
		return copy_out(arg, &line_discipline, sizeof(line_discipline));
	if (cmd == LINUX_TIOCSWINSZ)
		return size_set(t->ht, t->fd, arg);
	if (cmd == LINUX_TIOCGWINSZ) {
		err = size_get(t->ht, t->fd, &size);
		return err < 0 ? err : copy_out_struct(arg, &size);
	}
	for (size_t i = 0; i < ARRAY_SIZE(terminal_ioctls); i++) {
		const struct stream_ioctl *row = &terminal_ioctls[i];

		if (row->cmd != cmd)
			continue;
		if (row->kind == ARG_REFUSED)
			return -EPERM;
		if (row->kind == ARG_OUT)
			return ioctl_out(t->fd, cmd, row->size, arg);
		err = settings_check(t);
		return err < 0 ? err : ioctl_host(t->fd, cmd, (void *)(uintptr_t)(u32)arg);
	}
	return -ENOTTY;
}

s64 host_terminal_ioctl(struct host_terminal *ht, struct file *f, plat_fd_t fd, u32 cmd,
			uaddr_t arg)
{
	struct terminal t = { .ht = ht, .fd = fd };
	s64 n = tty_settings_ioctl(&settings_ops, &t, cmd, arg);

	if (n == TTY_NOT_MINE)
		n = tty_session_ioctl(&ht->tty, f, false, cmd, arg);
	return n == TTY_NOT_MINE ? table_ioctl(&t, cmd, arg) : n;
}
