/*
 * Host threads and processes behind guest threads and processes.
 *
 * OVERVIEW. Kernel stacks are slots of the zone, private memory of each process, mapped on
 * first use and reused. A slot is free when the host has cleared the tid word that its last
 * thread was created with, which happens after the thread's last instruction on it. The
 * slots' descriptions and their count are private memory, so a forked child starts with a copy
 * in which only its own slot is in use.
 */
#include "abi/errno.h"
#include "abi/linux/mman.h"
#include "abi/linux/prctl.h"
#include "abi/linux/sched.h"
#include "abi/linux/signal.h"
#include "abi/linux/syscall.h"
#include "abi/linux/time.h"
#include "kernel/boot.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/heap_internal.h"
#include "kernel/mm/zone.h"
#include "kernel/sync/lock.h"
#include "lib/string.h"
#include "platform/linux/channel.h"
#include "platform/linux/internal.h"
#include "platform/linux/jail_rules.h"
#include "platform/plat.h"

#define SLOTS_NEAR (1 + (u32)(ZONE_STACKS_SIZE / KSTACK_SIZE))
#define SLOTS_MAX (SLOTS_NEAR + (u32)(ZONE_MORE_STACKS_SIZE / KSTACK_SIZE))
#define SLOTS_FIRST 16u
#define SLOTS_FEW 8u /* the reaper's, from whom blanks are forked, and some for vfork */

/* The first ones lie where a new process writes anyway. */
struct slot {
	u32 tid;               /* of the host, 0: free; cleared by the host */
	struct thread *thread; /* who ended there last: put by the next user */
	void (*entry)(struct thread *);
};

static struct lock slot_lock PER_PROCESS;
static u32 slot_count PER_PROCESS; /* mapped so far */
static bool had_threads PER_PROCESS; /* host threads besides the first */
static struct slot first_slots[SLOTS_FIRST] PER_PROCESS;
static bool pid_namespace; /* all processes end with the reaper */

static struct slot *slot_get(u32 slot)
{
	static_assert(SLOTS_MAX * sizeof(struct slot) <= ZONE_PRIVATE_END - ZONE_SLOTS, "room");
	return slot < SLOTS_FIRST ? &first_slots[slot] :
				    (struct slot *)(zone_base + ZONE_SLOTS) + slot;
}

static u64 slot_base(u32 slot)
{
	if (slot == 0)
		return zone_base + ZONE_FIRST_STACK;
	return slot < SLOTS_NEAR ?
		       zone_base + ZONE_STACKS + (slot - 1) * KSTACK_SIZE :
		       zone_base + ZONE_MORE_STACKS + (slot - SLOTS_NEAR) * KSTACK_SIZE;
}

static u32 slot_index(void)
{
	u64 at = (u64)__builtin_frame_address(0) - zone_base;

	if (at < ZONE_STACKS)
		return 0;
	return at < ZONE_MORE_STACKS ?
		       1 + (u32)((at - ZONE_STACKS) / KSTACK_SIZE) :
		       SLOTS_NEAR + (u32)((at - ZONE_MORE_STACKS) / KSTACK_SIZE);
}

static struct kstack_top *slot_top(u32 slot)
{
	return (struct kstack_top *)(slot_base(slot) + KSTACK_SIZE) - 1;
}

void kstack_init_first(void)
{
	slot_count = 1;
	slot_get(0)->tid = 1;
	pid_namespace = boot_block()->flags & BOOT_PID_NS;
}

/* Reserve a slot; slot_lock is held. -1: none left or no memory. */
static int slot_alloc_locked(void)
{
	for (u32 i = 0; i < slot_count; i++) {
		struct slot *s = slot_get(i);

		if (atomic_load(&s->tid) == 0) {
			s->tid = ~0u;
			thread_put(TAKE(s->thread));
			return (int)i;
		}
	}
	if (slot_count == SLOTS_MAX)
		return -1;
	if (plat_map(slot_base(slot_count) + PAGE_SIZE, KSTACK_SIZE - PAGE_SIZE,
		     LINUX_PROT_READ | LINUX_PROT_WRITE,
		     LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS, -1, 0) < 0)
		return -1;
	slot_get(slot_count)->tid = ~0u;
	return (int)slot_count++;
}

/*
 * First C code of a new host thread, on its kernel stack. It has no alternate stack yet: a
 * kick goes on where it is, which is the same stack.
 */
NORETURN void host_thread_start(void)
{
	struct thread *t = current();

	/* By itself: who made it may be slow, and it could not be kicked meanwhile. */
	atomic_xchg(&t->host_tid, (s32)slot_get(slot_index())->tid);
	host_thread_arm();
	slot_get(slot_index())->entry(t);
	plat_thread_exit();
}

int plat_thread_create(struct thread *t, void (*entry)(struct thread *))
{
	lock_acquire(&slot_lock);
	int slot = slot_alloc_locked();
	lock_release(&slot_lock);
	if (slot < 0)
		return -EAGAIN;
	struct kstack_top *top = slot_top((u32)slot);
	struct slot *s = slot_get((u32)slot);

	*top = (struct kstack_top){ .thread = t };
	t->kstack = top;
	s->entry = entry;
	had_threads = true;
	s64 tid = host_clone(HOST_CLONE_THREAD, top, &s->tid);

	if (tid < 0)
		atomic_store(&s->tid, 0);
	return tid < 0 ? (int)tid : 0;
}

void plat_thread_leaving(void)
{
	atomic_store(&slot_get(slot_index())->thread, current());
}

struct thread *plat_thread_take_left(void)
{
	for (u32 i = 0; i < slot_count; i++) {
		struct slot *s = slot_get(i);
		struct thread *t = s->thread == NULL ? NULL : atomic_xchg(&s->thread, NULL);

		if (t != NULL && t != current())
			return t;
	}
	return NULL;
}

NORETURN void plat_thread_exit(void)
{
	struct thread *t = current();

	if (t->kick_timer > 0)
		host_call(LINUX_SYS_timer_delete, t->kick_timer - 1);
	/* The slot becomes another thread's when the host clears its word, after our last step. */
	for (;;)
		host_call(LINUX_SYS_exit, 0);
}

NORETURN void plat_thread_abandon(void)
{
	for (;;)
		host_call(LINUX_SYS_exit, 0);
}

/* t runs here from now on. */
static void slot_adopt(u32 slot, struct thread *t, s32 kick_timer)
{
	struct kstack_top *top = slot_top(slot);

	top->thread = t;
	t->kstack = top;
	t->host_tid = (s32)slot_get(slot)->tid;
	t->kick_timer = kick_timer;
}

void plat_thread_become(struct thread *t)
{
	u32 slot = slot_index();

	slot_get(slot)->thread = NULL; /* who was about to end is the caller's to put */
	slot_adopt(slot, t, current()->kick_timer);
}

bool plat_thread_only(void)
{
	return !had_threads && slot_count <= SLOTS_FEW;
}

int plat_process_fork(struct thread *child, enum plat_fork kind)
{
	u32 slot = slot_index();

	lock_acquire(&slot_lock);
	/* CLONE_CHILD_SETTID: the child finds its host tid in its copy of the slot's word. */
	s64 pid = host_call(LINUX_SYS_clone,
			    kind == PLAT_FORK_GUEST ? HOST_CLONE_PROCESS : HOST_CLONE_FIRST, 0, 0,
			    &slot_get(slot)->tid, 0);

	if (pid == 0) {
		struct kstack_top *top = slot_top(slot);

		heap_fork_map();
		slot_adopt(slot, child, 0); /* timers are not inherited */
		had_threads = false;
		top->calls = top->host_calls = 0;
		memset(top->locks_held, 0, sizeof(top->locks_held));
		slot_lock.word = 0;
		for (u32 i = 0; i < slot_count; i++)
			if (i != slot && (slot_get(i)->tid != 0 || slot_get(i)->thread != NULL))
				*slot_get(i) = (struct slot){ 0 }; /* thread: the parent's to put */
		/*
		 * In a pid namespace all end with the reaper. Where it has ended already the broker
		 * has, too, or will kill the group: the hello fails.
		 */
		if (!pid_namespace)
			host_call(LINUX_SYS_prctl, LINUX_PR_SET_PDEATHSIG, LINUX_SIGKILL, 0, 0, 0);
		if (kind != PLAT_FORK_FIRST && channel_forked(child->host_tid) < 0)
			plat_process_exit(125);
		return 0;
	}
	lock_release(&slot_lock);
	return (int)pid;
}

NORETURN void plat_process_exit(int status)
{
	if (status == 0)
		channel_last();
	for (;;)
		host_call(LINUX_SYS_exit_group, status);
}

/* A timer that fires at once interrupts exactly one thread of this process, and no other's. */
static void kick_own(struct thread *t)
{
	s32 timer = atomic_load(&t->kick_timer) - 1;

	if (timer < 0) {
		struct linux_sigevent ev = {
			.sigev_signo = BOOT_KICK_SIGNAL,
			.sigev_notify = LINUX_SIGEV_THREAD_ID,
			.sigev_un.tid = t->host_tid,
		};
		s32 none = 0;

		if (host_call(LINUX_SYS_timer_create, LINUX_CLOCK_MONOTONIC, &ev, &timer) < 0)
			return; /* the thread is gone */
		if (!atomic_cas(&t->kick_timer, &none, timer + 1)) {
			host_call(LINUX_SYS_timer_delete, timer);
			timer = none - 1;
		}
	}
	struct linux_itimerspec soon = { .it_value = { .tv_nsec = 1 } };

	host_call(LINUX_SYS_timer_settime, timer, 0, &soon, 0);
}

void plat_kick(struct thread *t)
{
	if (atomic_load(&t->host_tid) == 0)
		return; /* not running yet: it looks before it does */
	if (t->process == current()->process ||
	    t->process->host_pid == current()->process->host_pid)
		kick_own(t);
	else if (pid_namespace)
		host_call(LINUX_SYS_tgkill, t->process->host_pid, t->host_tid, BOOT_KICK_SIGNAL);
	else
		channel_kick(t->process->host_pid, BOOT_KICK_THREAD | (u32)t->tid);
}

void plat_reaper_wake(void)
{
	if (pid_namespace) /* of which the reaper is process 1 */
		host_call(LINUX_SYS_tgkill, 1, 1, BOOT_KICK_SIGNAL);
}

void host_kick_tid(s32 tid)
{
	for (u32 i = 0; i < slot_count; i++) {
		struct thread *t = slot_top(i)->thread;

		if (slot_get(i)->tid != 0 && t != NULL && t->tid == tid && t != current())
			kick_own(t);
	}
}

NORETURN void plat_guest_enter(struct regs *regs)
{
	guest_enter(regs, current());
}

NORETURN void plat_guest_start(const struct regs *regs)
{
	/* fpstate 0: the host loads the initial vector state. */
	struct linux_ucontext uc = { .uc_flags = 0 };

	regs_to_host(&uc.uc_mcontext, regs);
	uc.uc_mcontext.cs = 0x33; /* 64-bit user code and data: the host's only ones */
	uc.uc_mcontext.ss = 0x2b;
	host_frame_enter(&uc);
}

/* --- coroutines --- */

/* hostcall.S: save the callee-saved registers, switch to stack, run start(t). */
int host_switch(void **save_sp, void *stack, struct thread *t, void (*start)(struct thread *));
NORETURN void host_switch_back(void *sp);

static void switched_start(struct thread *t)
{
	host_thread_arm();
	slot_get(slot_index())->entry(t);
}

int plat_switch_run(struct plat_switch *sw, struct thread *t, void (*main)(struct thread *))
{
	u64 all = ~(u64)0;

	lock_acquire(&slot_lock);
	int slot = slot_alloc_locked();
	lock_release(&slot_lock);
	if (slot < 0)
		return -EAGAIN;
	struct kstack_top *top = slot_top((u32)slot);

	*top = (struct kstack_top){ .thread = t };
	t->kstack = top;
	slot_get((u32)slot)->entry = main;
	sw->slot = (u32)slot;
	/* Between the stacks a signal would find the wrong one. */
	host_call(LINUX_SYS_rt_sigprocmask, LINUX_SIG_SETMASK, &all, 0, 8);
	host_switch(&sw->sp, top, t, switched_start);
	host_thread_arm();
	struct kstack_top *own = (struct kstack_top *)current()->kstack;

	own->calls += top->calls;
	own->host_calls += top->host_calls;
	atomic_store(&slot_get((u32)slot)->tid, 0);
	return 0;
}

void plat_switch_hold(void)
{
	u64 all = ~(u64)0;

	host_call(LINUX_SYS_rt_sigprocmask, LINUX_SIG_SETMASK, &all, 0, 8);
}

NORETURN void plat_switch_back(struct plat_switch *sw)
{
	plat_switch_hold();
	host_switch_back(sw->sp);
}

u64 plat_segment_get(bool gs)
{
	u64 base = 0;

	host_call(LINUX_SYS_arch_prctl, gs ? LINUX_ARCH_GET_GS : LINUX_ARCH_GET_FS, &base);
	return base;
}

void plat_segment_set(bool gs, u64 base)
{
	host_call(LINUX_SYS_arch_prctl, gs ? LINUX_ARCH_SET_GS : LINUX_ARCH_SET_FS, base);
}

void plat_yield(void)
{
	host_call(LINUX_SYS_sched_yield);
}
