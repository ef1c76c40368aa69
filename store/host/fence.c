/*
 * What a process gives up: see fence.h. A list of calls that are denied, not of those that are
 * allowed, where the libc around us may choose its calls.
 */
#include "store/host/fence.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1

#define FS_RIGHTS_1 ((1ull << 13) - 1) /* all of version 1 */
#define FS_REFER (1ull << 13) /* 2 */
#define FS_TRUNCATE (1ull << 14) /* 3 */
#define NET_TCP 3ull /* 4: bind and connect */
#define FS_IOCTL_DEV (1ull << 15) /* 5 */
#define SCOPE_SOCKET_SIGNAL 3ull /* 6 */

/* clang-format off */
#define MAKERS 4
static const u16 denied[] = {
	SYS_clone, SYS_fork, SYS_vfork, 435 /* clone3 */, /* the first MAKERS, clone before all */
	SYS_execve, SYS_execveat,
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

#define CALLS_MAX 250 /* jumps over half of the search reach no further */
#define GROUP 4
static_assert(ARRAY_SIZE(denied) <= CALLS_MAX, "a filter's jumps reach no further");

struct filter {
	struct sock_filter code[8 + 2 * CALLS_MAX];
	u16 len;
};

static void emit(struct filter *f, u16 code, u32 k, u8 yes, u8 no)
{
	f->code[f->len++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

/*
 * What a sorted list says of the number that is loaded. A search, not a chain: the host asks a
 * new filter about every number there is, which takes it 0.1 ms with a chain of 60.
 */
static void emit_search(struct filter *f, const u16 *calls, u16 count, u32 listed, u32 others)
{
	u16 half = count / 2, at = f->len;

	if (count > GROUP) {
		emit(f, BPF_JMP | BPF_JGE | BPF_K, calls[half], 0, 0);
		emit_search(f, calls, half, listed, others);
		f->code[at].jt = (u8)(f->len - at - 1);
		emit_search(f, calls + half, (u16)(count - half), listed, others);
		return;
	}
	for (u16 i = 0; i < count; i++)
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, calls[i], (u8)(count - i), 0);
	emit(f, BPF_RET | BPF_K, others, 0, 0);
	emit(f, BPF_RET | BPF_K, listed, 0, 0);
}

/* clone with exactly these flags is let through; no call has all flags. */
static void emit_clone(struct filter *f, u32 flags)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
	emit(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]), 0, 0);
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1);
	emit(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	emit(f, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
}

static void sort(u16 *list, u16 count)
{
	for (u16 i = 1; i < count; i++) {
		u16 call = list[i], at = i;

		for (; at > 0 && list[at - 1] > call; at--)
			list[at] = list[at - 1];
		list[at] = call;
	}
}

static void fence(const u16 *calls, u16 count, u32 listed, u32 others, u32 clone_flags)
{
	u16 sorted[CALLS_MAX];
	struct filter f = { .len = 0 };
	struct sock_fprog program = { .filter = f.code };

	memcpy(sorted, calls, count * sizeof(calls[0]));
	sort(sorted, count);
	emit(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	emit(&f, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	emit(&f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	emit(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	if (clone_flags != 0)
		emit_clone(&f, clone_flags);
	emit_search(&f, sorted, count, listed, others);
	program.len = f.len;
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

void fence_calls(const u16 *calls, u16 count, u32 listed, u32 others)
{
	fence(calls, count, listed, others, 0);
}

void fence_common_calls(bool threads, u32 clone_flags)
{
	u16 skip = threads ? MAKERS : clone_flags != 0 ? 1 : 0;

	fence(denied + skip, (u16)(ARRAY_SIZE(denied) - skip), SECCOMP_RET_ERRNO | EPERM,
	      SECCOMP_RET_ALLOW, clone_flags);
}

void fence_capabilities(u32 keep)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return;
	data[0].effective &= keep;
	data[0].permitted &= keep;
	data[1].effective = data[1].permitted = 0;
	data[0].inheritable = data[1].inheritable = 0;
	syscall(SYS_capset, &header, data);
}

/* --- Landlock --- */

struct ruleset {
	u64 fs, net, scoped;
};

struct path_beneath {
	u64 allowed;
	s32 parent;
} PACKED;

int fence_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

u64 fence_all_rights(void)
{
	int abi = fence_landlock_abi();

	return FS_RIGHTS_1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
	       (abi >= 5 ? FS_IOCTL_DEV : 0);
}

int fence_ruleset(void)
{
	struct ruleset rules = { .fs = fence_all_rights() };
	int abi = fence_landlock_abi();
	size_t size = sizeof(rules.fs);

	if (abi >= 4) {
		rules.net = NET_TCP;
		size = offsetof(struct ruleset, scoped);
	}
	if (abi >= 6) {
		rules.scoped = SCOPE_SOCKET_SIGNAL;
		size = sizeof(rules);
	}
	return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

bool fence_allow(int ruleset, int fd, u64 rights)
{
	struct path_beneath rule = { .allowed = rights, .parent = fd };

	return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
}

bool fence_enter(int ruleset)
{
	return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}
