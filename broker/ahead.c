/*
 * The jailed process's beginning, before this program's own.
 *
 * OVERVIEW. Namespaces take the host as long as all else before the jail runs, so the process
 * that makes them is cloned by the first instructions of `nacre run`, ahead of the libc's, and
 * makes them on another processor while the libc, the options and the trees are seen to. It
 * shares this program's memory and descriptors: no page tables are copied for it, and it sees
 * what is prepared meanwhile. When all is, child_go() has it run a function of ours, with our
 * libc, and waits like vfork until it has executed a program or ended. Until then it makes the
 * network namespace, which takes longest, while a process of its own, the maker, which has its
 * own descriptors, covers windows into the host's kernel (windows.c). Once the child lives in the
 * new root, the maker drops the old one: that takes as long as the host has processes, and a wait
 * for all of its processors.
 *
 * LIFETIME. One child at a time. It dies with us from its first steps on. ahead_settle() and
 * child_discard() see to it that none is left that was not wanted. The maker dies with the
 * child, which is process 1 of its pid namespace. It ends when the old root is dropped, or else
 * with a status; the kernel waits for that before it closes the jail (plat_jail()).
 *
 * LOCKING. The child opens and closes descriptors up to CHILD_TIED, which is waited for
 * before we do. Only one of the two is in the libc at a time: the child until child_go(), and we
 * during it, use bare calls and struct child. Everything before the libc is ready must also do
 * without relocated pointers, the stack protector and functions of others.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/ahead.h"
#include "broker/bare.h"

#define ARCH_SET_FS 0x1002
#define STACK_SIZE 0x20000
#define MAKER_STACK_SIZE 0x2000
#define LIBC_DATA 0xd000
#define SIGNALS_SIZE 8 /* of the host's own mask */

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

extern const char __ehdr_start[] HIDDEN;

static struct child {
	u32 present; /* a: the host writes 0 and wakes when the child has executed or ended */
	u32 stage; /* a: enum child_stage */
	u32 go; /* a: run main */
	s32 pid; /* 0: none */
	unsigned long flags; /* as asked for */
	int parent; /* pidfd of ours, or -1 */
	s32 error; /* from CHILD_MOUNTS on: why there are no namespaces, or 0 */
	bool network; /* the child's: it has one of its own */
	u32 maker_present; /* a: the host writes 0 and wakes when the maker has ended */
	u32 maker_stage; /* a: enum maker_stage */
	struct child_mounts mounts; /* from MAKER_COVERED on */
	void *thread; /* our thread pointer, which the libc's functions need */
	void (*main)(void *arg);
	void *arg;
} child;

enum maker_stage {
	MAKER_NONE,
	MAKER_NEW,
	MAKER_COVERED, /* it has covered the windows, or could not, and waits */
	MAKER_DROP, /* it is to drop the old root, and end */
	MAKER_END, /* it is to end */
};

static char child_stack[STACK_SIZE] __attribute__((aligned(4096)));
static char maker_stack[MAKER_STACK_SIZE] __attribute__((aligned(4096)));

static inline void word_set(u32 *word, u32 value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
	call(SYS_futex, (long)word, FUTEX_WAKE, 1, 0, 0);
}

static inline u32 word_get(const u32 *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Whatever ended the wait: the caller looks again. */
static inline void word_wait(u32 *word, u32 seen)
{
	call(SYS_futex, (long)word, FUTEX_WAIT, seen, 0, 0);
}

/* A process that shares our memory and calls start, which does not return. */
static inline long clone_on(void *stack_top, unsigned long flags, u32 *present, void (*start)(void))
{
	register long r10 __asm__("r10") = (long)present, r8 __asm__("r8") = 0;
	long r = SYS_clone;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%6\n"
			 "1:"
			 : "+a"(r)
			 : "D"(flags), "S"(stack_top), "d"(0), "r"(r10), "r"(r8), "r"(start)
			 : "rcx", "r11", "memory");
	return r;
}

/* --- in the child --- */

/* We may have gone before PR_SET_PDEATHSIG took effect. */
static inline bool parent_is_gone(void)
{
	struct pollfd parent = { .fd = child.parent, .events = POLLIN };

	if (child.parent < 0)
		return false;
	bool gone = call(SYS_poll, (long)&parent, 1, 0, 0, 0) > 0;

	call(SYS_close, child.parent, 0, 0, 0, 0);
	return gone;
}

/* The mounts are the child's own from here on: the host's changes do not reach it. */
static inline long mounts_part(unsigned long flags)
{
	return flags & CLONE_NEWNS ? call(SYS_mount, 0, (long)"/", 0, MS_REC | MS_PRIVATE, 0) : 0;
}

/* The child lives in the new root, which lies at where in the maker's. */
static inline long old_root_drop(const char *where)
{
	long r = call(SYS_chdir, (long)where, 0, 0, 0, 0);

	if (r == 0)
		r = call(SYS_pivot_root, (long)".", (long)".", 0, 0, 0);
	if (r == 0)
		return call(SYS_umount2, (long)".", MNT_DETACH, 0, 0, 0);
	/* Linux: the initial ramfs cannot be pivoted away from. */
	return r == -EINVAL ? 0 : r;
}

/* The host takes 5 us for each mount it lists. */
static inline long windows_close(struct child_mounts *ret)
{
	char *text;
	long r = windows_read("/proc/self/mountinfo", &text);

	if (r >= 0) {
		windows_find(text);
		ret->windows = text;
		/* Who may not, by a filter of calls, cannot drop the old root: better known now. */
		r = call(SYS_pivot_root, 0, 0, 0, 0, 0);
	}
	if (r != -EFAULT)
		return ret->cover.error = r < 0 ? (s32)-r : EPERM;
	return windows_cover(ret->windows, &ret->cover);
}

BEFORE_LIBC static void maker_first(void)
{
	u32 order;
	long r = 0;

	windows_close(&child.mounts);
	word_set(&child.maker_stage, MAKER_COVERED);
	while ((order = word_get(&child.maker_stage)) == MAKER_COVERED)
		word_wait(&child.maker_stage, MAKER_COVERED);
	if (order == MAKER_DROP)
		r = old_root_drop(child.mounts.cover.where);
	call(SYS_exit_group, r == 0 ? 0 : 1, 0, 0, 0, 0);
	__builtin_unreachable();
}

static inline long maker_begin(void)
{
	long r;

	child.maker_stage = MAKER_NEW;
	child.maker_present = 1;
	r = clone_on(maker_stack + MAKER_STACK_SIZE, CLONE_VM | CLONE_CHILD_CLEARTID,
		     &child.maker_present, maker_first);
	if (r < 0)
		child.maker_stage = MAKER_NONE;
	return r < 0 ? r : 0;
}

/* No capability is to be regained; those that there are now are still needed. */
static inline void capabilities_bound(void)
{
	call(SYS_prctl, PR_SET_SECUREBITS,
	     SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
		     SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
		     SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
	     0, 0, 0);
	/* Up to the host's last one; without CAP_SETPCAP none can be dropped. */
	for (long cap = 0; call(SYS_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
}

BEFORE_LIBC static void child_first(void)
{
	unsigned long flags = child.flags & ~(unsigned long)CLONE_BY_PARENT;
	long r = 0;

	call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (parent_is_gone())
		call(SYS_exit_group, 1, 0, 0, 0, 0);
	word_set(&child.stage, CHILD_TIED);
	call(SYS_setsid, 0, 0, 0, 0, 0);
	if (flags != 0)
		r = call(SYS_unshare, (long)flags, 0, 0, 0, 0);
	if (r == 0)
		r = mounts_part(flags);
	if (r == 0 && flags & CLONE_NEWNS)
		r = maker_begin();
	child.error = (s32)-r;
	word_set(&child.stage, CHILD_MOUNTS);
	if (r == 0 && flags != 0)
		child.network = call(SYS_unshare, CLONE_NEWNET, 0, 0, 0, 0) == 0;
	capabilities_bound();
	while (word_get(&child.go) == 0)
		word_wait(&child.go, 0);
	call(SYS_arch_prctl, ARCH_SET_FS, (long)child.thread, 0, 0, 0);
	child.main(child.arg);
	call(SYS_exit_group, 1, 0, 0, 0, 0);
	__builtin_unreachable();
}

/* --- in the parent --- */

/* No signal reaches the child: it arranges its signals when it is on its own. */
BEFORE_LIBC static long child_clone(unsigned long flags)
{
	u64 all = ~(u64)0, old = 0;
	long r;

	child.flags = flags;
	child.stage = CHILD_NEW;
	child.go = 0;
	child.error = 0;
	child.network = false;
	child.maker_stage = MAKER_NONE;
	child.mounts = (struct child_mounts){ .windows = NULL };
	child.present = 1;
	call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&all, (long)&old, SIGNALS_SIZE, 0);
	r = clone_on(child_stack + STACK_SIZE,
		     (flags & CLONE_BY_PARENT) | CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID |
			     SIGCHLD,
		     &child.present, child_first);
	call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&old, 0, SIGNALS_SIZE, 0);
	child.pid = r < 0 ? 0 : (s32)r;
	return r;
}

/*
 * What the libc's start writes to, made present at once: the pages would come one by one, and
 * each that was first read would be taken from the child's processor, too, to be copied. The
 * libc's own variables are the last ones.
 */
static inline void data_populate(void)
{
	const ElfW(Ehdr) *header = (const void *)__ehdr_start;
	const ElfW(Phdr) *ph = (const void *)(__ehdr_start + header->e_phoff);

	for (u32 i = 0; i < header->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD || !(ph[i].p_flags & PF_W))
			continue;
		u64 base = (u64)__ehdr_start + ph[i].p_vaddr;
		u64 start = base & ~(u64)4095, data = ((base + ph[i].p_filesz) | 4095) + 1;
		u64 end = (base + ph[i].p_memsz + 4095) & ~(u64)4095;
		u64 last = end - data < LIBC_DATA ? data : end - LIBC_DATA;

		call(SYS_madvise, (long)start, (long)(data - start), MADV_POPULATE_WRITE, 0, 0);
		call(SYS_madvise, (long)last, (long)(end - last), MADV_POPULATE_WRITE, 0, 0);
	}
}

static inline bool wants_child(long argc, const char *const *argv)
{
	if (argc < 3 || (!same(argv[1], "run") && !same(argv[1], "trace")))
		return false;
	/* No descriptor of ours may take the number of a closed standard one. */
	for (int fd = 0; fd < 3; fd++)
		if (call(SYS_fcntl, fd, F_GETFD, 0, 0, 0) < 0)
			return false;
	return true;
}

/* The stack as the host's execve leaves it: argc, argv. */
BEFORE_LIBC void ahead_start(const long *sp)
{
	long self;

	if (!wants_child(sp[0], (const char *const *)(sp + 1)))
		return;
	self = call(SYS_pidfd_open, call(SYS_getpid, 0, 0, 0, 0, 0), 0, 0, 0, 0);
	if (self < 0)
		return;
	child.parent = (int)self;
	data_populate();
	if (child_clone(CHILD_BEST_FLAGS) < 0)
		call(SYS_close, self, 0, 0, 0, 0);
}

/* Where the program starts, instead of at the libc's own _start. */
__asm__(".text\n"
	".globl nacre_start\n"
	".type nacre_start, @function\n"
	"nacre_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rbx\n"
	"	mov %rdx, %r12\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call ahead_start\n"
	"	mov %rbx, %rsp\n"
	"	mov %r12, %rdx\n"
	"	jmp _start\n"
	".size nacre_start, . - nacre_start\n");

/* Instead of what libcrypto does before main(): see store/host/digest.c. */
void __wrap_OPENSSL_cpuid_setup(void);
void __wrap_OPENSSL_cpuid_setup(void)
{
}

int child_begin(unsigned long flags)
{
	if (child.pid != 0 && child.flags == flags)
		return child.pid;
	child_discard();
	return (int)child_clone(flags);
}

int child_wait(enum child_stage stage)
{
	u32 seen;

	/* Who was killed from outside gets no further. */
	while ((seen = word_get(&child.stage)) < stage && word_get(&child.present) != 0) {
		struct timespec step = { .tv_nsec = 100000000 };

		call(SYS_futex, (long)&child.stage, FUTEX_WAIT, seen, (long)&step, 0);
	}
	return seen < stage ? -ESRCH : stage < CHILD_MOUNTS ? 0 : -child.error;
}

void ahead_settle(void)
{
	/* One that was killed is found out later. */
	if (child.pid != 0 && child_wait(CHILD_TIED) < 0)
		child_discard();
	child.parent = -1;
}

const struct child_mounts *child_mounts(void)
{
	u32 seen;

	while ((seen = word_get(&child.maker_stage)) == MAKER_NEW &&
	       word_get(&child.maker_present) != 0)
		word_wait(&child.maker_stage, seen);
	return seen == MAKER_COVERED && child.mounts.windows != NULL ? &child.mounts : NULL;
}

void child_mounts_end(bool drop)
{
	if (word_get(&child.maker_stage) != MAKER_NONE)
		word_set(&child.maker_stage, drop ? MAKER_DROP : MAKER_END);
}

bool child_network(void)
{
	return child.network;
}

void child_go(void (*run)(void *arg), void *arg)
{
	child.thread = __builtin_thread_pointer();
	child.main = run;
	child.arg = arg;
	word_set(&child.go, 1);
	while (word_get(&child.present) != 0)
		word_wait(&child.present, 1);
	child.pid = 0;
}

void child_discard(void)
{
	if (child.pid == 0)
		return;
	kill(child.pid, SIGKILL);
	while (waitpid(child.pid, NULL, 0) < 0 && errno == EINTR)
		;
	child.pid = 0;
}
