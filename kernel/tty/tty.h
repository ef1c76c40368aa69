/*
 * Terminals: sessions, job control, pseudo-terminals.
 *
 * OVERVIEW. A struct tty is what a session can have as its controlling terminal: the slave
 * of a pty pair (pty.h) or the terminal nacre was started from (user_tty.c). jobctl.c knows
 * sessions and foreground groups and nothing of bytes; line.c is the line discipline and
 * knows nothing of processes; pty*.c put the two together; devpts.c gives them names. The
 * user's terminal has the host's line discipline: its bytes and settings go through
 * kernel/fs/host, only its session is ours.
 *
 * LIFETIME. A tty is counted by its files and its inode. process.tty does not count: what is
 * hung up is first taken away from its session, and a master's close hangs up the slave.
 *
 * LOCKING. Legend: I immutable, a atomic, t task_lock, l pty.lock. pty.lock is outside of
 * the heap's lock and of nothing else: queues are woken, signals sent and task_lock taken
 * after its release. task_lock is taken without it.
 *
 * LINUX BEHAVIOUR. drivers/tty: tty_io.c, tty_jobctrl.c, n_tty.c, pty.c as observed, termios(3),
 * ioctl_tty(2), credentials(7).
 *
 * NOT DONE. SIGIO (O_ASYNC), line disciplines other than N_TTY, virtual consoles, the termios
 * lock (TIOCSLCKTRMIOS), audit of input. Several instances of devpts: there is one.
 */
#ifndef NACRE_KERNEL_TTY_TTY_H
#define NACRE_KERNEL_TTY_TTY_H

#include "abi/linux/ioctl.h"
#include "lib/atomic.h"
#include "lib/types.h"

struct file;
struct fs_type;
struct inode;
struct inode_ops;
struct process;
struct tty;

struct tty_ops {
	/* Make file an open file of the terminal: sets ops, private. */
	int (*open)(struct tty *tty, struct file *file);
	/* Everybody who has it open finds it gone. NULL: that cannot be. */
	void (*hangup)(struct tty *tty);
	/* The last reference is gone. */
	void (*destroy)(struct tty *tty);
};

struct tty {
	struct ref ref;
	const struct tty_ops *ops; /* I */
	u64 rdev;                  /* I: DEV() form */
	s32 session;               /* t: whose controlling terminal it is, 0: nobody's */
	s32 pgrp;                  /* t, read atomically: foreground group, 0: none */
	bool dead;                 /* t: will not be anybody's any more */
};

/* Before the first process is forked, when the view of files is built. */
MUST_USE int tty_init(void);
/* The first guest process leads its session; the user's terminal, if there is one, is its. */
void tty_first_process(void);

void tty_init_common(struct tty *tty, const struct tty_ops *ops, u64 rdev);
static inline struct tty *tty_get(struct tty *tty)
{
	ref_get(&tty->ref);
	return tty;
}
void tty_put(struct tty *tty); /* NULL is fine */

/* --- jobctl.c --- */

/*
 * May the caller do what sig stands for: SIGTTIN read, SIGTTOU change settings? In the
 * background its group gets sig and the call is to be repeated (-ERESTARTSYS); -EIO when
 * that would not stop it. Linux: __tty_check_change.
 */
MUST_USE int tty_check_background(struct tty *tty, int sig);
/* Is the caller in a background group of its own terminal tty? */
bool tty_is_background(const struct tty *tty);
/* What tty_check_background() does when it is known that the caller is in the background. */
MUST_USE int tty_in_background(int sig);
/* file was opened without O_NOCTTY: a session leader without a terminal gets this one. */
void tty_open_controlling(struct tty *tty, const struct file *file);
/* The calling process's controlling terminal, with a reference; NULL: none. */
MUST_USE struct tty *tty_current(void);
/* Open /dev/tty. -ENXIO: the caller has none. */
MUST_USE int tty_open_current(struct file *file);
/* Signals for the foreground group. */
void tty_signal_foreground(struct tty *tty, int sig);
/*
 * The terminal is gone or taken away: it is nobody's, its session's leader gets SIGHUP and
 * SIGCONT. for_good: it never comes back.
 */
void tty_disconnect(struct tty *tty, bool for_good);
/* The leader of a session ends: the session loses its terminal. Linux: disassociate_ctty. */
void tty_leader_exit(struct process *p);
/* A signal for the sandbox. typed: at the user's terminal, not sent by somebody. */
void tty_signal_from_outside(int sig, bool typed);
/*
 * For /proc: the terminal's number as stat shows it (0: none) and its foreground group (-1:
 * none). task_lock is held.
 */
void tty_describe_locked(const struct process *p, u32 *ret_number, s32 *ret_pgrp);

/*
 * The ioctls of sessions and groups, TTY_NOT_MINE for all others. master: f is the master of
 * the pair whose slave tty is.
 */
#define TTY_NOT_MINE (-515)
MUST_USE s64 tty_session_ioctl(struct tty *tty, struct file *f, bool master, u32 cmd,
			       uaddr_t arg);

/* --- settings.c: the forms of struct termios --- */

struct tty_settings_ops {
	int (*get)(void *owner, struct linux_termios2 *ret);
	/* May the caller change settings? */
	int (*check)(void *owner);
	/* cmd: LINUX_TCSETS, TCSETSW or TCSETSF. */
	int (*set)(void *owner, u32 cmd, const struct linux_termios2 *t);
};

/* TCGETS, TCSETS*, TCGETS2, TCGETA ...; TTY_NOT_MINE for others. */
MUST_USE s64 tty_settings_ioctl(const struct tty_settings_ops *ops, void *owner, u32 cmd,
				uaddr_t arg);
/* What a new terminal starts with. */
void tty_settings_default(struct linux_termios2 *t);
/* Fill in the speeds that the older forms only have as codes. */
void tty_settings_speeds(struct linux_termios2 *t);

/* --- user_tty.c: the terminal nacre was started from --- */

/* The terminal of the first process, borrowed; NULL: none. */
struct tty *user_tty(void);
/* A standard stream is this terminal: the first such one becomes the controlling terminal. */
void user_tty_adopt(struct tty *tty);
/*
 * May the caller read it (SIGTTIN) or change its settings (SIGTTOU)? As
 * tty_check_background(), and it also asks whether nacre itself is in the foreground.
 */
MUST_USE int user_tty_check(struct tty *tty, int sig);

/* --- devpts.c --- */

extern const struct fs_type devpts_fs_type;
/*
 * A node for a user's terminal under the lowest free name: inode (referenced) with the given
 * operations and private. The name stays for ever.
 */
MUST_USE int devpts_add_user(struct tty *tty, u32 mode, u32 uid, u32 gid, struct inode **ret);

/* --- pty.c --- */

/* The open operation of /dev/ptmx. */
MUST_USE int ptmx_open(struct file *file);

#endif
