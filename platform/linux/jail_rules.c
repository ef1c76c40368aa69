/*
 * Every host call the jailed process may make, most frequent first. Adding a row widens the
 * attack surface: the reason goes to doc/threat-model.md, next to the others.
 */
#include "platform/linux/jail_rules.h"

#include "abi/linux/fcntl.h"
#include "abi/linux/futex.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/prctl.h"
#include "abi/linux/sched.h"
#include "abi/linux/syscall.h"
#include "wire/boot.h"

#define ANY(name) { .nr = LINUX_SYS_##name }

/* Opening for reading only, nothing created, truncated or made. */
#define OPEN_FORBIDDEN                                                            \
	(LINUX_O_ACCMODE | LINUX_O_CREAT | LINUX_O_TRUNC | LINUX_O_APPEND |       \
	 (LINUX_O_TMPFILE & ~LINUX_O_DIRECTORY) | LINUX_O_ASYNC)

const struct jail_rule jail_rules[] = {
	/* Neither requeueing nor priority inheritance: they are not needed. */
	{ .nr = LINUX_SYS_futex, .test = JAIL_ARG_ONE_OF, .arg = 1, .count = 2,
	  .low_only = true, .values = { LINUX_FUTEX_WAKE, LINUX_FUTEX_WAIT_BITSET } },
	ANY(rt_sigreturn),
	ANY(restart_syscall), /* how the host goes on with a wait after a stop */
	ANY(clock_gettime),
	ANY(read),
	ANY(write),
	ANY(pread64),
	ANY(pwrite64),
	{ .nr = LINUX_SYS_statx, .trees = true },
	{ .nr = LINUX_SYS_openat, .trees = true, .test = JAIL_ARG_NO_BITS, .arg = 2,
	  .values = { OPEN_FORBIDDEN } },
	ANY(close),
	{ .nr = LINUX_SYS_readlinkat, .trees = true },
	{ .nr = LINUX_SYS_getdents64, .trees = true },
	ANY(mmap),
	ANY(munmap),
	ANY(mprotect),
	ANY(mremap),
	ANY(madvise),
	ANY(mincore),
	ANY(lseek),
	ANY(fstat),
	ANY(fstatfs),
	ANY(ftruncate),
	ANY(fallocate),
	ANY(fsync),
	ANY(fdatasync),
	ANY(ppoll),
	{ .nr = LINUX_SYS_ioctl, .test = JAIL_ARG_ONE_OF, .arg = 1, .count = 9, .low_only = true,
	  .values = { LINUX_TCGETS, LINUX_TCSETS, LINUX_TCSETSW, LINUX_TCSETSF,
		      LINUX_TIOCGWINSZ, LINUX_FIONREAD, LINUX_TCFLSH, LINUX_TCSBRK,
		      LINUX_TIOCOUTQ } },
	ANY(getrandom),
	ANY(clock_getres),
	ANY(getrusage),
	ANY(sched_yield),
	ANY(sendmsg),
	ANY(recvmsg),
	/* The kernel's own interruption signal, to the sandbox's own processes. */
	{ .nr = LINUX_SYS_tgkill, .pid_ns = true, .test = JAIL_ARG_ONE_OF, .arg = 2, .count = 1,
	  .low_only = true, .values = { BOOT_KICK_SIGNAL } },
	/* Without a pid namespace: to end with the reaper. */
	{ .nr = LINUX_SYS_prctl, .no_pid_ns = true, .test = JAIL_ARG_ONE_OF, .arg = 0,
	  .count = 1, .low_only = true, .values = { LINUX_PR_SET_PDEATHSIG } },
	ANY(timer_create),
	ANY(timer_settime),
	ANY(timer_delete),
	ANY(rt_sigprocmask),
	ANY(sigaltstack),
	{ .nr = LINUX_SYS_arch_prctl, .test = JAIL_ARG_ONE_OF, .arg = 0, .count = 4,
	  .low_only = true,
	  .values = { LINUX_ARCH_SET_GS, LINUX_ARCH_SET_FS, LINUX_ARCH_GET_FS,
		      LINUX_ARCH_GET_GS } },
	ANY(waitid),
	/* A thread of this process, or a copy of this process: no namespace, no ptrace. */
	{ .nr = LINUX_SYS_clone, .test = JAIL_ARG_ONE_OF, .arg = 0, .count = 3,
	  .values = { HOST_CLONE_THREAD, HOST_CLONE_FIRST, HOST_CLONE_PROCESS } },
	ANY(exit),
	ANY(exit_group),
};

const u32 jail_rule_count = ARRAY_SIZE(jail_rules);
