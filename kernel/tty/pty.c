/* Pseudo-terminals: how pairs come and go. See pty.h. */
#include "kernel/tty/pty.h"

#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/signal/signal.h"
#include "kernel/task/task.h"

/* --- life --- */

static int pty_tty_open(struct tty *tty, struct file *file)
{
	return pty_open_slave(tty_pty(tty), file);
}

static void pty_destroy(struct tty *tty)
{
	struct pty *pty = tty_pty(tty);

	kfree(pty->line);
	kfree(pty);
}

static const struct tty_ops pty_tty_ops = {
	.open = pty_tty_open,
	.hangup = pty_hangup,
	.destroy = pty_destroy,
};

static struct pty *pty_create(void)
{
	struct pty *pty = kzalloc(sizeof(*pty));
	struct linux_termios2 t;

	if (pty == NULL)
		return NULL;
	pty->line = kzalloc(sizeof(*pty->line));
	if (pty->line == NULL) {
		kfree(pty);
		return NULL;
	}
	tty_init_common(&pty->tty, &pty_tty_ops, 0);
	line_init(pty->line);
	tty_settings_default(&t);
	line_set_termios(pty->line, &t);
	pty->line->events = 0; /* nobody is there to be told */
	pty->locked = true;
	waitq_init_io(&pty->slave_wait);
	waitq_init_io(&pty->master_wait);
	waitq_init(&pty->slave_reads.wait);
	waitq_init(&pty->slave_writes.wait);
	waitq_init(&pty->master_writes.wait);
	return pty;
}

static struct pty_file *pty_file_create(struct pty *pty)
{
	struct pty_file *pf = kzalloc(sizeof(*pf));

	if (pf == NULL)
		return NULL;
	tty_get(&pty->tty);
	pf->pty = pty;
	return pf;
}

static void pty_file_destroy(struct pty_file *pf)
{
	tty_put(&pf->pty->tty);
	kfree(pf);
}

/* --- what follows a change --- */

static u32 slave_key(u32 events)
{
	u32 key = 0;

	if (events & LINE_SLAVE_IN)
		key |= LINUX_POLLIN | LINUX_POLLRDNORM;
	if (events & LINE_SLAVE_OUT)
		key |= LINUX_POLLOUT | LINUX_POLLWRNORM;
	return key;
}

static u32 master_key(u32 events)
{
	u32 key = 0;

	if (events & LINE_MASTER_IN)
		key |= LINUX_POLLIN | LINUX_POLLRDNORM;
	if (events & LINE_MASTER_OUT)
		key |= LINUX_POLLOUT | LINUX_POLLWRNORM;
	if (events & LINE_MASTER_PACKET)
		key |= LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLPRI;
	return key;
}

void pty_unlock(struct pty *pty)
{
	u32 events = pty->line->events, signals = pty->line->signals;
	u32 slave = slave_key(events), master = master_key(events);

	pty->line->events = pty->line->signals = 0;
	lock_release(&pty->lock);
	if (slave != 0)
		waitq_wake(&pty->slave_wait, ~0u, slave);
	if (master != 0)
		waitq_wake(&pty->master_wait, ~0u, master);
	for (int sig = 1; signals >> (sig - 1) != 0; sig++)
		if (signals & SIG_BIT(sig))
			tty_signal_foreground(&pty->tty, sig);
}

/* --- the slave --- */

int pty_open_slave(struct pty *pty, struct file *file)
{
	struct pty_file *pf = pty_file_create(pty);
	int err = 0;

	if (pf == NULL)
		return -ENOMEM;
	lock_acquire(&pty->lock);
	if (pty->locked || pty->master_gone)
		err = -EIO;
	else if (pty->exclusive && !vfs_capable(LINUX_CAP_SYS_ADMIN))
		err = -EBUSY;
	if (err == 0) {
		pty->slaves++;
		pty->slave_gone = false;
		pf->hangups = pty->hangups;
	}
	lock_release(&pty->lock);
	if (err < 0) {
		pty_file_destroy(pf);
		return err;
	}
	file->private = pf;
	file->ops = &pty_slave_ops;
	tty_open_controlling(&pty->tty, file);
	return 0;
}

void pty_slave_release(struct file *f)
{
	struct pty_file *pf = pty_file(f);
	struct pty *pty = pf->pty;
	bool last;

	lock_acquire(&pty->lock);
	last = --pty->slaves == 0;
	pty->slave_gone |= last;
	if (last)
		pty->exclusive = false;
	lock_release(&pty->lock);
	if (last)
		waitq_wake_all(&pty->master_wait);
	pty_file_destroy(pf);
}

/* master: it is the master's end, after which there is no slave to be opened again. */
static void hang_up(struct pty *pty, bool master)
{
	struct linux_termios2 t;

	tty_settings_default(&t);
	lock_acquire(&pty->lock);
	pty->master_gone |= master;
	pty->hangups++;
	pty->exclusive = false;
	line_flush_input(pty->line);
	/* Linux: TTY_DRIVER_RESET_TERMIOS. */
	line_set_termios(pty->line, &t);
	if (master)
		pty->line->packet = false;
	pty->line->events = 0;
	lock_release(&pty->lock);
	waitq_wake_all(&pty->slave_wait);
	waitq_wake_all(&pty->master_wait);
	tty_disconnect(&pty->tty, master);
}

void pty_hangup(struct tty *tty)
{
	hang_up(tty_pty(tty), false);
}

/* --- the master --- */

int ptmx_open(struct file *file)
{
	struct pty *pty = pty_create();
	struct pty_file *pf;
	int err = -ENOMEM;

	if (pty == NULL)
		return -ENOMEM;
	pf = pty_file_create(pty);
	if (pf != NULL)
		err = devpts_add(pty);
	if (err < 0) {
		if (pf != NULL)
			pty_file_destroy(pf);
	} else {
		file->private = pf;
		file->ops = &pty_master_ops;
	}
	tty_put(&pty->tty); /* the file has it now */
	return err;
}

void pty_master_release(struct file *f)
{
	struct pty_file *pf = pty_file(f);

	devpts_remove(pf->pty);
	hang_up(pf->pty, true);
	pty_file_destroy(pf);
}
