/*
 * refuse PROGRAM [ARG...]: runs it on a host that refuses namespaces, mounts or Landlock.
 *
 * REFUSE_CLONE: a mask of flags of clone and unshare; REFUSE_LANDLOCK, REFUSE_MOUNT,
 * REFUSE_PIVOT: set or not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LANDLOCK_CREATE_RULESET 444
#define NEVER 0xffffu

#define STMT(code, k) (struct sock_filter)BPF_STMT(code, k)
#define JUMP(test, k, yes, no) (struct sock_filter)BPF_JUMP(BPF_JMP | (test) | BPF_K, k, yes, no)

int main(int argc, char **argv)
{
	const char *mask = getenv("REFUSE_CLONE");
	unsigned int flags = mask == NULL ? 0 : (unsigned int)strtoul(mask, NULL, 0);
	struct sock_filter code[] = {
		STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		JUMP(BPF_JEQ, SYS_clone, 5, 0),
		JUMP(BPF_JEQ, SYS_unshare, 4, 0),
		JUMP(BPF_JEQ, getenv("REFUSE_LANDLOCK") ? LANDLOCK_CREATE_RULESET : NEVER, 6, 0),
		JUMP(BPF_JEQ, getenv("REFUSE_MOUNT") ? SYS_mount : NEVER, 4, 0),
		JUMP(BPF_JEQ, getenv("REFUSE_PIVOT") ? SYS_pivot_root : NEVER, 4, 0),
		STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		JUMP(BPF_JSET, flags, 1, 2),
		STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	/* An ordinary user may only filter itself once it can gain nothing by exec. */
	if (argc < 2 || (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0) {
		perror("refuse");
		return 2;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 2;
}
