/* The jailed process from its clone until it runs on its own; see ahead.c. */
#ifndef NACRE_BROKER_AHEAD_H
#define NACRE_BROKER_AHEAD_H

#include <sched.h>

#include "broker/windows.h"
#include "lib/types.h"

/* The namespaces of the best jail; a network of its own comes with any. */
#define CHILD_BEST_FLAGS \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

/* Those that only clone can make; the child makes the others itself. */
#define CLONE_BY_PARENT (CLONE_NEWUSER | CLONE_NEWPID)

enum child_stage {
	CHILD_NEW,
	CHILD_TIED, /* it dies with us, and opens no descriptors */
	CHILD_MOUNTS, /* its mounts are private copies, its other namespaces but the network made */
};

/* Where the program of `nacre` starts: clones the first child if one may be wanted. */
void ahead_start(const long *sp);
/* To be called before descriptors are looked at: the child has none open of its own then. */
void ahead_settle(void);

/*
 * A child with these namespaces: the one that was started ahead, or a new one, which shares
 * our memory and descriptors and has a session of its own. Its pid, or -errno.
 */
int child_begin(unsigned long flags);
/* Wait until it has come so far. 0, or -errno: namespaces are refused, or it was killed. */
int child_wait(enum child_stage stage);
/*
 * Have it call run(arg), which is to execute a program or exit, with our libc. Returns when it
 * has done either; from then on it is the caller's, to wait for.
 */
void child_go(void (*run)(void *arg), void *arg);
/*
 * For the child: what has been done to its mounts meanwhile, NULL: nothing. It is waited for. If
 * windows were not covered, cover.error says why; child_mounts_end() is to be called in any case:
 * drop: the child has made cover.where its root, the one of before is to go.
 */
struct child_mounts {
	const char *windows; /* all that there are: windows_next() */
	struct cover cover;
};
const struct child_mounts *child_mounts(void);
void child_mounts_end(bool drop);
/* For the child: has it a network namespace of its own, or does the host refuse one? */
bool child_network(void);
/* End the child, if there is one that was not told to go, and wait for its end. */
void child_discard(void);

#endif
