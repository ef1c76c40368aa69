/*
 * The broker gives up, once the jail runs, what serving requests does not need.
 *
 * It keeps the user's rights over files, because :rw trees are changed with them, but can no
 * longer start programs, or processes other than copies of itself (text.c), trace, mount, open
 * sockets or load anything into the host's kernel. A list of what is denied, not of what is
 * allowed: the libc around us may choose its calls.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/session.h"

#define COPY_FLAGS (0x1000u /* CLONE_PIDFD */ | SIGCHLD)

/* clang-format off */
static const u16 denied[] = {
	SYS_execve, SYS_execveat, SYS_fork, SYS_vfork, 435 /* clone3 */,
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare,
	428 /* open_tree */, 429 /* move_mount */, 430 /* fsopen */, 442 /* mount_setattr */,
	SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
	SYS_kexec_file_load, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_reboot,
	SYS_swapon, SYS_swapoff, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
	SYS_add_key, SYS_keyctl, SYS_request_key, SYS_iopl, SYS_ioperm,
	SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_acct, SYS_quotactl,
	SYS_setuid, SYS_setgid, SYS_setresuid, SYS_setresgid, SYS_setreuid, SYS_setregid,
	SYS_setgroups, 425 /* io_uring_setup */, 426, 427, 438 /* pidfd_getfd */,
	SYS_personality,
};
/* clang-format on */

#define CALLS_MAX 250 /* a jump of a filter reaches 255 instructions */
static_assert(ARRAY_SIZE(denied) <= CALLS_MAX, "a filter's jumps reach no further");

/* From now on the calls of a list give one result (SECCOMP_RET_x), all others another. */
static void filter_calls(const u16 *calls, u16 count, u32 listed, u32 others)
{
	struct sock_filter code[CALLS_MAX + 6];
	struct sock_fprog program = { .filter = code };
	u16 n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						 AUDIT_ARCH_X86_64, 1, 0);
	code[n++] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (u16 i = 0; i < count; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 calls[i], (u8)(count - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, listed);
	program.len = n;
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* clone makes copies of the process or nothing: no call has all flags. */
static void filter_clone(bool copies)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, copies ? COPY_FLAGS : ~0u, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = { .filter = code, .len = ARRAY_SIZE(code) };

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* As fork(), which sets a word in the child, besides. */
pid_t process_copy(int *ret_pidfd)
{
	return (pid_t)syscall(SYS_clone, COPY_FLAGS, NULL, ret_pidfd, NULL, 0);
}

#define CAP_BIT(cap) (1u << (cap))

/* Of root's capabilities keep those that concern files of the lent trees. */
static void drop_capabilities(const struct session *s)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { 0 };
	u32 keep = CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_KILL);

	for (u32 i = 0; i < s->tree_count; i++)
		if (s->trees[i].writable)
			keep |= CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_CHOWN) |
				CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID);
	if (syscall(SYS_capget, &header, data) < 0)
		return;
	data[0].effective &= keep;
	data[0].permitted &= keep;
	data[1].effective = data[1].permitted = 0;
	data[0].inheritable = data[1].inheritable = 0;
	syscall(SYS_capset, &header, data);
}

void broker_seal(const struct session *s)
{
	umask(0); /* modes arrive with the guest's own mask applied */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	drop_capabilities(s);
	filter_clone(s->texts_wanted);
	filter_calls(denied, ARRAY_SIZE(denied), SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW);
}

/* clang-format off */
static const u16 formatter_calls[] = {
	SYS_read, SYS_write, SYS_poll, SYS_ppoll, SYS_futex, SYS_nanosleep, SYS_clock_nanosleep,
	SYS_clock_gettime, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk,
	SYS_restart_syscall, SYS_rt_sigreturn, SYS_exit, SYS_exit_group, SYS_getrandom,
	SYS_mprotect,
};
/* clang-format on */

static_assert(ARRAY_SIZE(formatter_calls) <= CALLS_MAX, "a filter's jumps reach no further");

static void drop_all_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[2] = { 0 };

	syscall(SYS_capset, &header, none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void formatter_seal(void)
{
	drop_all_capabilities();
	filter_calls(formatter_calls, ARRAY_SIZE(formatter_calls), SECCOMP_RET_ALLOW,
		     SECCOMP_RET_ERRNO | EPERM);
}

void prover_seal(void)
{
	static const u16 calls[] = { SYS_pread64, SYS_exit_group };

	drop_all_capabilities();
	filter_calls(calls, ARRAY_SIZE(calls), SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS);
}
