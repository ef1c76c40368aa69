/* The jail's list of host calls as data; doc/threat-model.md is checked against it. */
#ifndef NACRE_PLATFORM_LINUX_JAIL_RULES_H
#define NACRE_PLATFORM_LINUX_JAIL_RULES_H

#include "lib/types.h"

enum jail_test {
	JAIL_ANY,         /* harmless with any arguments */
	JAIL_ARG_NO_BITS, /* argument arg must have none of the bits values[0] (low half) */
	JAIL_ARG_ONE_OF,  /* argument arg must be one of values */
};

struct jail_rule {
	u16 nr;
	u8 test; /* enum jail_test */
	u8 arg;
	u8 count;
	bool trees;    /* only when host directories are lent directly */
	bool pid_ns;   /* only in a pid namespace of the sandbox's own */
	bool no_pid_ns; /* only without one */
	bool low_only; /* ONE_OF: the host ignores the argument's high half */
	u32 values[20];
};

/*
 * The only flags of clone: a thread; the first process; further ones, all children of the
 * reaper.
 */
#define HOST_CLONE_THREAD                                                         \
	(LINUX_CLONE_VM | LINUX_CLONE_FS | LINUX_CLONE_FILES | LINUX_CLONE_SIGHAND | \
	 LINUX_CLONE_THREAD | LINUX_CLONE_SYSVSEM | LINUX_CLONE_CHILD_SETTID |    \
	 LINUX_CLONE_CHILD_CLEARTID)
#define HOST_CLONE_FIRST (LINUX_CLONE_CHILD_SETTID | 17u) /* SIGCHLD */
#define HOST_CLONE_PROCESS (LINUX_CLONE_PARENT | HOST_CLONE_FIRST)

extern const struct jail_rule jail_rules[];
extern const u32 jail_rule_count;

#endif
