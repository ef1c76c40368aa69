/*
 * Pseudo-terminals: /dev/ptmx and /dev/pts/N.
 *
 * OVERVIEW. A pair is one object. Its master, made by opening /dev/ptmx, is one open file
 * (and its duplicates); its slave may be opened as often as wanted, by the name in devpts.
 *
 * LIFETIME. Counted by the master, each slave file, and the inode of the name. The pair's own
 * reference to that inode goes when the master closes, and with it the name.
 *
 * LOCKING. See tty.h. Reads, and writes, of one side are one at a time: who takes a turn may
 * sleep with it, the lock is only held while bytes move.
 */
#ifndef NACRE_KERNEL_TTY_PTY_H
#define NACRE_KERNEL_TTY_PTY_H

#include "kernel/sync/lock.h"
#include "kernel/sync/waitq.h"
#include "kernel/tty/line.h"
#include "kernel/tty/tty.h"
#include "kernel/vfs/vfs.h"

/* Who may read or write now. */
struct turn {
	u32 taken; /* a */
	struct waitq wait;
};

struct pty {
	struct tty tty;            /* the slave as a controlling terminal; has the count */
	u32 index;                 /* I: N of /dev/pts/N */
	struct inode *inode;       /* devpts lock: the slave's node, until the master closes */
	struct lock lock;          /* l */
	struct line *line;         /* I; its contents l */
	struct linux_winsize size; /* l */
	u32 slaves;                /* l: open slave files, dead ones too */
	bool slave_gone;           /* l: there was one, and the last was closed */
	bool master_gone;          /* l */
	bool locked;               /* l: TIOCSPTLCK: the slave may not be opened */
	bool exclusive;            /* l: TIOCEXCL */
	u32 hangups;               /* l: so often everybody lost the slave */
	struct waitq slave_wait, master_wait;
	struct turn slave_reads, slave_writes, master_writes;
};

/* file->private of both sides. */
struct pty_file {
	struct pty *pty; /* counted */
	u32 hangups;     /* I: pty.hangups when it was opened; another value: it is hung up */
};

static inline struct pty_file *pty_file(const struct file *f)
{
	return f->private;
}

static inline struct pty *tty_pty(struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}

/* pty->lock held: has f lost the slave? */
static inline bool pty_hung_up_locked(const struct file *f)
{
	const struct pty_file *pf = pty_file(f);

	return pf->hangups != pf->pty->hangups;
}

/* --- pty.c --- */

/* Make file an open slave. -EIO: locked, or the master is gone. */
MUST_USE int pty_open_slave(struct pty *pty, struct file *file);
/* Release the lock, then wake and signal as the line's events say. */
void pty_unlock(struct pty *pty);
/* Take the slave away from everybody who has it open. */
void pty_hangup(struct tty *tty);

/* --- pty_io.c --- */

extern const struct file_ops pty_master_ops, pty_slave_ops;
MUST_USE int turn_take(struct turn *turn, const struct file *f);
void turn_end(struct turn *turn);

/* --- pty_ioctl.c --- */

s64 pty_master_ioctl(struct file *f, u32 cmd, uaddr_t arg);
s64 pty_slave_ioctl(struct file *f, u32 cmd, uaddr_t arg);

/* --- devpts.c --- */

/* Give the pair an index and a name. -ENOSPC: there are too many. */
MUST_USE int devpts_add(struct pty *pty);
/* The name is gone. */
void devpts_remove(struct pty *pty);

/* --- release, for pty_io.c's tables --- */
void pty_master_release(struct file *f);
void pty_slave_release(struct file *f);

#endif
