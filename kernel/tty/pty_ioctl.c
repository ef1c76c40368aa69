/*
 * Pseudo-terminals: ioctls. See pty.h.
 *
 * LINUX BEHAVIOUR. Settings, size, session and group are the slave's whichever side is
 * asked; queues are the asked side's own. A pty's output counts as sent when it is written,
 * so TIOCOUTQ is 0 and draining does not wait. TIOCSTI is EIO unless privileged, as with the
 * sysctl dev.tty.legacy_tiocsti off.
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/tty/pty.h"
#include "kernel/vfs/fdtable.h"
#include "lib/string.h"

/* --- settings --- */

static int settings_get(void *owner, struct linux_termios2 *ret)
{
	struct pty *pty = owner;

	lock_acquire(&pty->lock);
	*ret = pty->line->termios;
	lock_release(&pty->lock);
	return 0;
}

static int settings_check(void *owner)
{
	struct pty *pty = owner;

	return tty_check_background(&pty->tty, LINUX_SIGTTOU);
}

static int settings_set(void *owner, u32 cmd, const struct linux_termios2 *t)
{
	struct pty *pty = owner;

	lock_acquire(&pty->lock);
	if (cmd == LINUX_TCSETSF)
		line_flush_input(pty->line);
	line_set_termios(pty->line, t);
	pty_unlock(pty);
	return 0;
}

static const struct tty_settings_ops settings_ops = {
	.get = settings_get,
	.check = settings_check,
	.set = settings_set,
};

static s64 soft_carrier(struct pty *pty, u32 cmd, uaddr_t arg)
{
	struct linux_termios2 t;
	s32 on;

	settings_get(pty, &t);
	if (cmd == LINUX_TIOCGSOFTCAR) {
		on = (t.c_cflag & LINUX_CLOCAL) != 0;
		return copy_out(arg, &on, sizeof(on));
	}
	if (copy_in(&on, arg, sizeof(on)) < 0)
		return -EFAULT;
	t.c_cflag = on ? t.c_cflag | LINUX_CLOCAL : t.c_cflag & ~(u32)LINUX_CLOCAL;
	return settings_set(pty, LINUX_TCSETS, &t);
}

/* --- size --- */

static s64 size_get(struct pty *pty, uaddr_t arg)
{
	struct linux_winsize size;

	lock_acquire(&pty->lock);
	size = pty->size;
	lock_release(&pty->lock);
	return copy_out_struct(arg, &size);
}

static s64 size_set(struct pty *pty, uaddr_t arg)
{
	struct linux_winsize size;
	bool changed;

	if (copy_in_struct(&size, arg) < 0)
		return -EFAULT;
	lock_acquire(&pty->lock);
	changed = memcmp(&pty->size, &size, sizeof(size)) != 0;
	pty->size = size;
	lock_release(&pty->lock);
	if (changed)
		tty_signal_foreground(&pty->tty, LINUX_SIGWINCH);
	return 0;
}

/* --- flow and queues --- */

static s64 flow(struct pty *pty, u64 what)
{
	struct line *l = pty->line;
	s64 err = tty_check_background(&pty->tty, LINUX_SIGTTOU);
	u8 key;

	if (err < 0)
		return err;
	lock_acquire(&pty->lock);
	switch (what) {
	case LINUX_TCOOFF:
		l->stopped_by_ioctl = true;
		line_stop(l);
		break;
	case LINUX_TCOON:
		if (l->stopped_by_ioctl) {
			l->stopped_by_ioctl = false;
			line_start(l);
		}
		break;
	case LINUX_TCIOFF:
	case LINUX_TCION:
		key = l->termios.c_cc[what == LINUX_TCIOFF ? LINUX_VSTOP : LINUX_VSTART];
		if (key != 0)
			line_send_key(l, key);
		break;
	default:
		err = -EINVAL;
	}
	pty_unlock(pty);
	return err;
}

static s64 slave_flush(struct pty *pty, u64 what)
{
	s64 err = tty_check_background(&pty->tty, LINUX_SIGTTOU);

	if (err < 0)
		return err;
	if (what > LINUX_TCIOFLUSH)
		return -EINVAL;
	lock_acquire(&pty->lock);
	if (what != LINUX_TCOFLUSH)
		line_flush_input(pty->line);
	if (what != LINUX_TCIFLUSH)
		line_flush_output(pty->line);
	pty_unlock(pty);
	return 0;
}

/* The master's input is what the slave wrote, its output what the slave has not read. */
static s64 master_flush(struct pty *pty, u64 what)
{
	struct line *l = pty->line;

	if (what > LINUX_TCIOFLUSH)
		return -EINVAL;
	lock_acquire(&pty->lock);
	if (what != LINUX_TCOFLUSH) {
		ring_clear(&l->out);
		line_flush_echo(l);
		l->events |= LINE_SLAVE_OUT;
	}
	if (what != LINUX_TCIFLUSH) {
		ring_clear(&l->in);
		l->events |= LINE_MASTER_OUT;
	}
	pty_unlock(pty);
	return 0;
}

static s64 put_count(uaddr_t arg, u32 count)
{
	s32 n = (s32)count;

	return copy_out(arg, &n, sizeof(n));
}

static s64 type_byte(struct pty *pty, uaddr_t arg)
{
	u8 c;

	if (!vfs_capable(LINUX_CAP_SYS_ADMIN))
		return -EIO;
	if (copy_in_struct(&c, arg) < 0)
		return -EFAULT;
	lock_acquire(&pty->lock);
	line_type(pty->line, c);
	pty_unlock(pty);
	return 0;
}

/* --- what both sides answer in the same way --- */

static s64 exclusive(struct pty *pty, u32 cmd, uaddr_t arg)
{
	bool on;

	lock_acquire(&pty->lock);
	if (cmd != LINUX_TIOCGEXCL)
		pty->exclusive = cmd == LINUX_TIOCEXCL;
	on = pty->exclusive;
	lock_release(&pty->lock);
	return cmd == LINUX_TIOCGEXCL ? put_count(arg, on) : 0;
}

static s64 set_discipline(struct pty *pty, uaddr_t arg)
{
	s64 err = tty_check_background(&pty->tty, LINUX_SIGTTOU);
	s32 n;

	if (copy_in(&n, arg, sizeof(n)) < 0)
		return -EFAULT;
	if (err < 0)
		return err;
	return n == LINUX_N_TTY ? 0 : -EINVAL;
}

static s64 common_ioctl(struct pty *pty, u32 cmd, uaddr_t arg)
{
	switch (cmd) {
	case LINUX_TIOCGWINSZ:
		return size_get(pty, arg);
	case LINUX_TIOCSWINSZ:
		return size_set(pty, arg);
	case LINUX_TIOCEXCL:
	case LINUX_TIOCNXCL:
	case LINUX_TIOCGEXCL:
		return exclusive(pty, cmd, arg);
	case LINUX_TIOCGETD:
		return put_count(arg, LINUX_N_TTY);
	case LINUX_TIOCSETD:
		return set_discipline(pty, arg);
	case LINUX_TIOCGSOFTCAR:
	case LINUX_TIOCSSOFTCAR:
		return soft_carrier(pty, cmd, arg);
	case LINUX_TCSBRK:
	case LINUX_TCSBRKP:
	case LINUX_TIOCSBRK:
	case LINUX_TIOCCBRK: /* no line to break, nothing to drain */
		return tty_check_background(&pty->tty, LINUX_SIGTTOU);
	case LINUX_TIOCOUTQ:
		return put_count(arg, 0);
	case LINUX_TCXONC:
		return flow(pty, arg);
	case LINUX_TIOCCONS:
		return -EPERM;
	default:
		return TTY_NOT_MINE;
	}
}

static s64 shared_ioctl(struct pty *pty, struct file *f, bool master, u32 cmd, uaddr_t arg)
{
	s64 n = tty_settings_ioctl(&settings_ops, pty, cmd, arg);

	if (n == TTY_NOT_MINE)
		n = tty_session_ioctl(&pty->tty, f, master, cmd, arg);
	if (n == TTY_NOT_MINE)
		n = common_ioctl(pty, cmd, arg);
	return n == TTY_NOT_MINE ? -ENOTTY : n;
}

s64 pty_slave_ioctl(struct file *f, u32 cmd, uaddr_t arg)
{
	struct pty *pty = pty_file(f)->pty;
	bool gone;
	u32 count;

	lock_acquire(&pty->lock);
	gone = pty_hung_up_locked(f);
	count = line_count(pty->line);
	lock_release(&pty->lock);
	if (gone)
		return cmd == LINUX_TIOCSPGRP ? -ENOTTY : -EIO;
	switch (cmd) {
	case LINUX_FIONREAD:
		return put_count(arg, count);
	case LINUX_TCFLSH:
		return slave_flush(pty, arg);
	case LINUX_TIOCSTI:
		return type_byte(pty, arg);
	case LINUX_TIOCGPTPEER:
		return -EIO; /* Linux: it is no master's */
	default:
		return shared_ioctl(pty, f, false, cmd, arg);
	}
}

/* --- the master's own --- */

static s64 set_flag(struct pty *pty, u32 cmd, uaddr_t arg)
{
	s32 on;

	if (copy_in(&on, arg, sizeof(on)) < 0)
		return -EFAULT;
	lock_acquire(&pty->lock);
	if (cmd == LINUX_TIOCSPTLCK) {
		pty->locked = on != 0;
	} else {
		if (on != 0 && !pty->line->packet)
			pty->line->packet_status = 0;
		pty->line->packet = on != 0;
	}
	lock_release(&pty->lock);
	return 0;
}

static s64 get_flag(struct pty *pty, u32 cmd, uaddr_t arg)
{
	bool on;

	lock_acquire(&pty->lock);
	on = cmd == LINUX_TIOCGPTLCK ? pty->locked : pty->line->packet;
	lock_release(&pty->lock);
	return put_count(arg, on);
}

static s64 send_signal(struct pty *pty, u64 sig)
{
	if (sig != LINUX_SIGINT && sig != LINUX_SIGQUIT && sig != LINUX_SIGTSTP)
		return -EINVAL;
	tty_signal_foreground(&pty->tty, (int)sig);
	return 0;
}

static s64 open_peer(struct pty *pty, u32 flags)
{
	struct file *f;
	int err = inode_open(pty->inode, flags, &f);

	return err < 0 ? err : fd_install_new(f, flags);
}

s64 pty_master_ioctl(struct file *f, u32 cmd, uaddr_t arg)
{
	struct pty *pty = pty_file(f)->pty;
	u32 count;

	switch (cmd) {
	case LINUX_TIOCGPTN:
		return put_count(arg, pty->index);
	case LINUX_TIOCSPTLCK:
	case LINUX_TIOCPKT:
		return set_flag(pty, cmd, arg);
	case LINUX_TIOCGPTLCK:
	case LINUX_TIOCGPKT:
		return get_flag(pty, cmd, arg);
	case LINUX_TIOCSIG:
		return send_signal(pty, arg);
	case LINUX_TIOCGPTPEER:
		return open_peer(pty, (u32)arg);
	case LINUX_FIONREAD:
		lock_acquire(&pty->lock);
		count = ring_used(&pty->line->out);
		lock_release(&pty->lock);
		return put_count(arg, count);
	case LINUX_TCFLSH:
		return master_flush(pty, arg);
	case LINUX_TIOCSTI:
		return -EIO;
	default:
		return shared_ioctl(pty, f, true, cmd, arg);
	}
}
