/*
 * The broker gives up, once the jail runs, what serving requests does not need.
 *
 * It keeps the user's rights over files, because :rw trees are changed with them, but can no
 * longer start programs, or processes other than copies of itself (text.c), trace, mount, open
 * sockets or load anything into the host's kernel (store/host/fence.c).
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/session.h"
#include "store/host/fence.h"

#define COPY_FLAGS (0x1000u /* CLONE_PIDFD */ | SIGCHLD)

/* As fork(), which sets a word in the child, besides. */
pid_t process_copy(int *ret_pidfd)
{
	return (pid_t)syscall(SYS_clone, COPY_FLAGS, NULL, ret_pidfd, NULL, 0);
}

#define CAP_BIT(cap) (1u << (cap))

/* Of root's capabilities keep those that concern files of the lent trees. */
static void drop_capabilities(const struct session *s)
{
	u32 keep = CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_KILL);

	for (u32 i = 0; i < s->tree_count; i++)
		if (s->trees[i].writable)
			keep |= CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_CHOWN) |
				CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID);
	fence_capabilities(keep);
}

void broker_seal(const struct session *s)
{
	umask(0); /* modes arrive with the guest's own mask applied */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	drop_capabilities(s);
	fence_common_calls(false, s->texts_wanted ? COPY_FLAGS : 0);
}

/* clang-format off */
static const u16 formatter_calls[] = {
	SYS_read, SYS_write, SYS_poll, SYS_ppoll, SYS_futex, SYS_nanosleep, SYS_clock_nanosleep,
	SYS_clock_gettime, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk,
	SYS_restart_syscall, SYS_rt_sigreturn, SYS_exit, SYS_exit_group, SYS_getrandom,
	SYS_mprotect,
};
/* clang-format on */

static void drop_all_capabilities(void)
{
	fence_capabilities(0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void formatter_seal(void)
{
	drop_all_capabilities();
	fence_calls(formatter_calls, ARRAY_SIZE(formatter_calls), SECCOMP_RET_ALLOW,
		    SECCOMP_RET_ERRNO | EPERM);
}

void prover_seal(void)
{
	static const u16 calls[] = { SYS_pread64, SYS_exit_group };

	drop_all_capabilities();
	fence_calls(calls, ARRAY_SIZE(calls), SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS);
}
