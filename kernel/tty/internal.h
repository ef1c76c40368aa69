/* What the files of kernel/tty share: the sandbox's terminals, in the shared heap. */
#ifndef NACRE_KERNEL_TTY_INTERNAL_H
#define NACRE_KERNEL_TTY_INTERNAL_H

#include "kernel/sync/lock.h"
#include "kernel/tty/tty.h"

struct inode;
struct super;

struct terminals {
	struct lock lock;     /* l: the names of devpts */
	struct super *super;  /* I */
	struct inode *ptmx;   /* I */
	struct inode **names; /* l: inodes of /dev/pts/N, referenced; NULL: free */
	u32 count;            /* l: of names */
	struct tty *user;     /* a: the controlling terminal of the first process, NULL: none */
};

extern struct terminals *terminals; /* set before the first fork */

/* tty becomes the controlling terminal of the caller, a session leader. task_lock is held. */
void tty_take_locked(struct tty *tty);

#endif
