/*
 * Host signals: the trap entry, faults, kicks.
 *
 * OVERVIEW. A thread's alternate stack is its kernel stack, and every handler runs on it
 * with all signals open, except that of kicks: of those many may be queued, and each would
 * have its frame on top of the last one's. It opens them before it does the guest's work.
 * While the guest runs the kernel stack is empty, so a handler starts at its top; a handler
 * that interrupts the kernel continues below. The interrupted guest registers are in the
 * host's frame: they are copied to a struct regs, the kernel works on that, and they are
 * copied back; host_signal_return (hostcall.S) then makes the host load them, vector state
 * and all. A call's vector state is never touched in between, except by
 * WORK_FPU_LOADED.
 *
 * The interrupted instruction pointer says what was interrupted: the kernel's text, with a
 * few special ranges (see hostcall.S), or the guest. The stack pointer is no evidence.
 */
#include "abi/linux/signal.h"

#include "abi/errno.h"
#include "abi/linux/mman.h"
#include "abi/linux/syscall.h"
#include "kernel/boot.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/extable.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/dispatch.h"
#include "kernel/task/nursery.h"
#include "kernel/task/table.h"
#include "kernel/x86_64/fpu.h"
#include "kernel/x86_64/rewrite.h"
#include "lib/string.h"
#include "platform/linux/internal.h"
#include "platform/plat.h"

#define AUDIT_ARCH_X86_64 0xc000003eu

#define FLAG_TF 0x100u
#define TRAP_BREAKPOINT 3
/* Page fault error code. */
#define PF_WRITE 2u
#define PF_FETCH 16u

/* hostcall.S: clear the flags that the interrupted code may have set, go to on_x. */
void host_entry_sigsys(int sig, const struct linux_siginfo *info, struct linux_ucontext *uc);
void host_entry_fault(int sig, const struct linux_siginfo *info, struct linux_ucontext *uc);
void host_entry_kick(int sig, const struct linux_siginfo *info, struct linux_ucontext *uc);
void on_sigsys(int sig, const struct linux_siginfo *info, struct linux_ucontext *uc);
void on_fault(int sig, const struct linux_siginfo *info, struct linux_ucontext *uc);
void on_kick(int sig, const struct linux_siginfo *info, struct linux_ucontext *uc);

static void regs_from_host(struct regs *regs, const struct linux_sigcontext *sc)
{
	regs->r15 = sc->r15;
	regs->r14 = sc->r14;
	regs->r13 = sc->r13;
	regs->r12 = sc->r12;
	regs->bp = sc->rbp;
	regs->bx = sc->rbx;
	regs->r11 = sc->r11;
	regs->r10 = sc->r10;
	regs->r9 = sc->r9;
	regs->r8 = sc->r8;
	regs->ax = sc->rax;
	regs->cx = sc->rcx;
	regs->dx = sc->rdx;
	regs->si = sc->rsi;
	regs->di = sc->rdi;
	regs->ip = sc->rip;
	regs->cs = sc->cs;
	regs->flags = sc->eflags;
	regs->sp = sc->rsp;
	regs->ss = sc->ss;
	regs->orig_ax = (u64)-1;
}

void regs_to_host(struct linux_sigcontext *sc, const struct regs *regs)
{
	sc->r15 = regs->r15;
	sc->r14 = regs->r14;
	sc->r13 = regs->r13;
	sc->r12 = regs->r12;
	sc->rbp = regs->bp;
	sc->rbx = regs->bx;
	sc->r11 = regs->r11;
	sc->r10 = regs->r10;
	sc->r9 = regs->r9;
	sc->r8 = regs->r8;
	sc->rax = regs->ax;
	sc->rcx = regs->cx;
	sc->rdx = regs->dx;
	sc->rsi = regs->si;
	sc->rdi = regs->di;
	sc->rip = regs->ip;
	sc->eflags = regs->flags;
	sc->rsp = regs->sp;
}

/*
 * The kernel loaded another vector state into the CPU (sigreturn, exec): put it into the
 * host's frame, which is about to be loaded.
 */
static void fpu_to_host(struct thread *t, struct linux_ucontext *uc)
{
	if (!(atomic_load_relaxed(&t->work) & WORK_FPU_LOADED))
		return;
	atomic_and(&t->work, ~(u32)WORK_FPU_LOADED);
	if (uc->uc_mcontext.fpstate != 0)
		fpu_save_host((void *)uc->uc_mcontext.fpstate);
}

static void do_work(struct linux_ucontext *uc, struct regs *regs)
{
	struct thread *t = current();

	t->regs = regs;
	t->fpu_frame = (void *)uc->uc_mcontext.fpstate;
	if (atomic_load(&t->work) & ~(u32)WORK_FPU_LOADED)
		signal_return_work(t);
	fpu_to_host(t, uc);
	regs_to_host(&uc->uc_mcontext, regs);
}

/* Work that appeared after the handler had looked: called by host_signal_return. */
void trap_work(struct linux_ucontext *uc)
{
	struct regs regs;

	regs_from_host(&regs, &uc->uc_mcontext);
	do_work(uc, &regs);
}

/* The same on the way of guest_enter. */
void guest_enter_work(struct regs *regs)
{
	struct thread *t = current();

	t->regs = regs;
	t->fpu_frame = NULL;
	atomic_and(&t->work, ~(u32)WORK_FPU_LOADED);
	if (atomic_load(&t->work) != 0)
		signal_return_work(t);
}

void on_sigsys(UNUSED int sig, const struct linux_siginfo *info, struct linux_ucontext *uc)
{
	struct linux_sigcontext *sc = &uc->uc_mcontext;
	struct regs regs;

	if (in_kernel_text(sc->rip))
		panic("the jail refused host call %d made at image+0x%lx", info->sys.syscall,
		      sc->rip - (u64)__image_start);
	if (info->si_code != LINUX_SYS_SECCOMP)
		panic("SIGSYS with code %d from outside", info->si_code);
	regs_from_host(&regs, sc);
	current()->regs = &regs;
	current()->fpu_frame = (void *)sc->fpstate;
	if (info->sys.arch == AUDIT_ARCH_X86_64) {
		if (rewrite_active() && !(regs.flags & FLAG_TF))
			rewrite_trapped(regs.ip - 2, (u32)regs.ax);
		/* What the CPU's syscall instruction does; the host's frame has it not yet. */
		regs.cx = regs.ip;
		regs.r11 = regs.flags;
		regs.orig_ax = regs.ax;
		syscall_dispatch(current(), &regs);
	} else {
		syscall_dispatch_ia32(current(), &regs);
	}
	fpu_to_host(current(), uc);
	regs_to_host(sc, &regs);
}

/* Called by the entry code with what it saved; regs are on the kernel stack. */
void rewrite_syscall(struct regs *regs)
{
	struct thread *t = current();
	u64 ip = regs->ip;

	t->regs = regs;
	t->fpu_frame = NULL;
	regs->r11 = regs->flags;
	syscall_dispatch(t, regs);
	t = current();
	if (unlikely(regs->ip != ip) && !(regs->flags & FLAG_TF))
		regs->ip = rewrite_resume(regs->ip);
	if (atomic_load_relaxed(&t->work) & WORK_FPU_LOADED)
		atomic_and(&t->work, ~(u32)WORK_FPU_LOADED); /* it is in the CPU: right there */
	/* %gs may be the guest's by now. */
	if (unlikely(atomic_load_relaxed(&t->process->trap_only)))
		guest_enter(regs, t);
}

/* Work that appeared on the way out. */
void rewrite_exit_work(struct regs *regs)
{
	struct thread *t = current();
	bool entering;
	uaddr_t site = rewrite_site_of(regs->ip, &entering); /* rewrite_resume() */

	if (site != 0)
		regs->ip = site;
	t->regs = regs;
	t->fpu_frame = NULL;
	atomic_and(&t->work, ~(u32)WORK_FPU_LOADED);
	if (atomic_load(&t->work) != 0)
		signal_return_work(t);
	if (!(regs->flags & FLAG_TF))
		regs->ip = rewrite_resume(regs->ip);
}

/*
 * A signal hit kernel text. False: it has been dealt with (the frame may have been edited).
 * True: the guest was all but running, the frame now holds its registers.
 */
static bool leave_kernel_window(struct linux_ucontext *uc)
{
	struct linux_sigcontext *sc = &uc->uc_mcontext;

	if (sc->rip == (u64)rewrite_exit_jump) {
		sc->rip = current()->exit_ip;
		return true;
	}
	if (sc->rip == (u64)rewrite_quick_jump) {
		sc->rip = sc->rcx;
		return true;
	}
	if (sc->rip >= (u64)rewrite_quick_begin && sc->rip < (u64)rewrite_quick_jump) {
		sc->rip = (u64)rewrite_quick_begin;
		return false;
	}
	if (sc->rip >= (u64)rewrite_exit_begin && sc->rip < (u64)rewrite_exit_jump) {
		sc->rip = (u64)rewrite_exit_begin;
		sc->rsp = (u64)current()->regs;
		return false;
	}
	if (sc->rip == (u64)guest_enter_end) {
		sc->rip = sc->rcx;
		return true;
	}
	if (sc->rip >= (u64)host_wait_begin && sc->rip <= (u64)host_wait_syscall) {
		sc->rip = (u64)host_wait_abort;
	} else if (sc->rip >= (u64)trap_exit_begin && sc->rip <= (u64)trap_exit_syscall) {
		sc->rip = (u64)trap_exit_begin;
	} else if (sc->rip >= (u64)guest_enter_begin && sc->rip < (u64)guest_enter_end) {
		sc->rip = (u64)guest_enter_begin;
		sc->rsp = (u64)current()->regs;
		sc->r12 = (u64)current();
	}
	return false;
}

/*
 * A single step within the last steps to the guest, which have loaded its flags: the rest of
 * them is done by the host. Linux: one instruction runs before the next trap.
 */
static bool step_to_guest(struct linux_sigcontext *sc)
{
	const struct regs *regs = current()->regs;
	bool entering = sc->rip >= (u64)guest_enter_begin && sc->rip < (u64)guest_enter_end;

	if (!entering && (sc->rip < (u64)rewrite_exit_begin || sc->rip >= (u64)rewrite_exit_jump))
		return false;
	regs_to_host(sc, regs);
	if (entering) {
		sc->rcx = regs->ip;
		sc->r11 = regs->flags;
	}
	return true;
}

void on_kick(UNUSED int sig, const struct linux_siginfo *info, struct linux_ucontext *uc)
{
	struct thread *t = current();
	struct regs regs;
	bool entering;
	u64 open = 0;

	/* From the broker: a signal of the user's terminal or of nacre's caller. */
	if (info->si_code == LINUX_SI_QUEUE) {
		if (info->rt.value & BOOT_KICK_THREAD)
			host_kick_tid((s32)(info->rt.value & ~(u64)BOOT_KICK_THREAD));
		else
			signal_from_outside((int)(info->rt.value & ~(u64)BOOT_KICK_TYPED),
					    info->rt.value & BOOT_KICK_TYPED);
	}
	if (t == NULL)
		return; /* the kernel is still being built */
	/*
	 * Wherever the reaper was just then: its helper looks what was noted. Who only wakes the
	 * reaper is about to end, and then so is the helper.
	 */
	if (t->process == sandbox->reaper && info->si_code == LINUX_SI_QUEUE)
		nursery_ring();
	/* A sleeper that was about to wait must look again. */
	atomic_add(&t->wake_word, 1);
	if (in_kernel_text(uc->uc_mcontext.rip) && !leave_kernel_window(uc))
		return;
	regs_from_host(&regs, &uc->uc_mcontext);
	/* In a stub: as if the instruction it stands for had not begun. */
	uaddr_t site = rewrite_site_of(regs.ip, &entering);

	if (site != 0)
		regs.ip = site;
	host_call(LINUX_SYS_rt_sigprocmask, LINUX_SIG_SETMASK, &open, 0, 8);
	do_work(uc, &regs);
}

/* What a faulting access needed. x86: what is writable or executable can be read, too. */
static int access_of(u64 err)
{
	if (err & PF_FETCH)
		return LINUX_PROT_EXEC;
	return err & PF_WRITE ? LINUX_PROT_WRITE :
				LINUX_PROT_READ | LINUX_PROT_WRITE | LINUX_PROT_EXEC;
}

static NORETURN void kernel_fault(int sig, const struct linux_siginfo *info,
				  const struct linux_ucontext *uc)
{
	const struct linux_sigcontext *sc = &uc->uc_mcontext;

	panic("signal %d in the kernel at image+0x%lx, address 0x%lx, error %lu, sp 0x%lx, "
	      "ax 0x%lx, caller image+0x%lx",
	      sig, sc->rip - (u64)__image_start, info->fault.addr, sc->err, sc->rsp, sc->rax,
	      *(const u64 *)sc->rsp - (u64)__image_start);
}

/*
 * A single step of the guest has led into a stub or the entry code: it must not see that.
 * The instruction is put back and runs as it is, trapping.
 */
static bool step_through_entry(struct linux_ucontext *uc)
{
	struct linux_sigcontext *sc = &uc->uc_mcontext;
	bool entering;
	uaddr_t site = in_kernel_text(sc->rip) ? 0 : rewrite_site_of(sc->rip, &entering);

	if (site == 0)
		return false;
	rewrite_undo(site);
	sc->rip = site;
	return true;
}

/* Did the rewritten entry find that %gs is not ours? */
static bool gs_was_lost(int sig, const struct linux_sigcontext *sc)
{
	return (sig == LINUX_SIGILL && sc->rip == (u64)rewrite_entry_lost) ||
	       ((sig == LINUX_SIGSEGV || sig == LINUX_SIGBUS) &&
		sc->rip == (u64)rewrite_entry_check);
}

/*
 * The guest has loaded %gs by itself (wrgsbase). Its call is served from here, and from now
 * on this process enters by the trap. The entry had put rip into r11.
 */
static void serve_without_gs(struct linux_ucontext *uc)
{
	struct linux_sigcontext *sc = &uc->uc_mcontext;
	struct regs regs;

	regs_from_host(&regs, sc);
	regs.orig_ax = regs.ax;
	regs.ip = regs.cx = sc->r11;
	regs.r11 = regs.flags;
	current()->regs = &regs;
	current()->fpu_frame = (void *)sc->fpstate;
	rewrite_stop();
	syscall_dispatch(current(), &regs);
	fpu_to_host(current(), uc);
	regs_to_host(sc, &regs);
}

void on_fault(int sig, const struct linux_siginfo *info, struct linux_ucontext *uc)
{
	struct linux_sigcontext *sc = &uc->uc_mcontext;
	struct thread *t = current();
	struct regs regs;
	bool bus = false, entering;

	if (sig == LINUX_SIGTRAP && step_through_entry(uc))
		return;
	if (sig == LINUX_SIGTRAP && sc->trapno == TRAP_BREAKPOINT &&
	    rewrite_breakpoint(sc->rip - 1)) {
		sc->rip--;
		return;
	}
	if (gs_was_lost(sig, sc)) {
		serve_without_gs(uc);
		return;
	}
	/* A signal frame said to go where nothing can be: the last jump to the guest fails. */
	if (sig == LINUX_SIGSEGV &&
	    (sc->rip == (u64)rewrite_exit_jump || sc->rip == (u64)guest_enter_end))
		leave_kernel_window(uc);
	if (in_kernel_text(sc->rip)) {
		u64 fixup = extable_find(sc->rip);

		if (sig == LINUX_SIGTRAP && sc->eflags & FLAG_TF) {
			if (step_to_guest(sc))
				return;
			if (!leave_kernel_window(uc)) /* single-stepping out of the kernel */
				return;
		} else if ((sig == LINUX_SIGSEGV || sig == LINUX_SIGBUS) && fixup != 0) {
			/* Memory that can be provided is; else the copy ends with EFAULT. */
			if (!mm_fault(info->fault.addr, access_of(sc->err), &bus))
				sc->rip = fixup;
			return;
		} else {
			kernel_fault(sig, info, uc);
		}
	}
	if (sig == LINUX_SIGSEGV && sc->err & PF_FETCH && rewrite_revive(sc->rip))
		return;
	uaddr_t site = rewrite_site_of(sc->rip, &entering);

	/* In a stub: one that was taken away, or in what it runs of the program's. */
	if (site != 0) {
		sc->rip = site;
		if (sig == LINUX_SIGSEGV && (sc->err & PF_FETCH || entering))
			return;
	}
	/* Sent by somebody rather than raised by the CPU: nobody can but the host's owner. */
	if (info->si_code <= 0)
		return;
	regs_from_host(&regs, sc);
	t->regs = &regs;
	t->fpu_frame = (void *)sc->fpstate;
	if (sig == LINUX_SIGSEGV && info->si_code != LINUX_SI_KERNEL &&
	    mm_fault(info->fault.addr, access_of(sc->err), &bus))
		return;
	if (bus)
		signal_fault(t, LINUX_SIGBUS, LINUX_BUS_ADRERR, info->fault.addr,
			     sc->trapno, sc->err);
	else
		signal_fault(t, sig, info->si_code, info->fault.addr, sc->trapno, sc->err);
	do_work(uc, &regs);
}

static void install(int sig, void (*handler)(int, const struct linux_siginfo *,
					     struct linux_ucontext *), u64 flags)
{
	struct linux_sigaction sa = {
		.handler = (uaddr_t)handler,
		.flags = LINUX_SA_SIGINFO | LINUX_SA_ONSTACK | LINUX_SA_RESTORER | flags,
		.restorer = (uaddr_t)host_signal_return,
	};

	if (host_call(LINUX_SYS_rt_sigaction, sig, &sa, 0, 8) < 0)
		panic("cannot install the handler of host signal %d", sig);
}

static void ignore(int sig)
{
	struct linux_sigaction sa = { .handler = LINUX_SIG_IGN };

	if (host_call(LINUX_SYS_rt_sigaction, sig, &sa, 0, 8) < 0)
		panic("cannot ignore host signal %d", sig);
}

void host_signals_install(void)
{
	install(LINUX_SIGSYS, host_entry_sigsys, LINUX_SA_NODEFER);
	install(LINUX_SIGSEGV, host_entry_fault, LINUX_SA_NODEFER);
	install(LINUX_SIGBUS, host_entry_fault, LINUX_SA_NODEFER);
	install(LINUX_SIGFPE, host_entry_fault, LINUX_SA_NODEFER);
	install(LINUX_SIGILL, host_entry_fault, LINUX_SA_NODEFER);
	install(LINUX_SIGTRAP, host_entry_fault, LINUX_SA_NODEFER);
	install(BOOT_KICK_SIGNAL, host_entry_kick, 0);
	/* What the host says by signal when a write fails we read from the result. */
	ignore(LINUX_SIGPIPE);
	ignore(LINUX_SIGXFSZ);
	host_thread_arm();
}

void host_thread_arm(void)
{
	u64 last = (u64)__builtin_frame_address(0) | (KSTACK_SIZE - 1);
	u64 mask = 0;
	struct linux_stack_t ss = {
		.ss_sp = last + 1 - KSTACK_SIZE + PAGE_SIZE,
		.ss_size = KSTACK_SIZE - PAGE_SIZE - sizeof(struct kstack_top),
	};

	if (host_call(LINUX_SYS_sigaltstack, &ss, 0) < 0)
		panic("cannot set the kernel stack");
	host_call(LINUX_SYS_rt_sigprocmask, LINUX_SIG_SETMASK, &mask, 0, 8);
}
