/*
 * Signal frames.
 *
 * LINUX BEHAVIOUR (arch/x86/kernel/signal.c, signal_64.c). From the interrupted stack
 * pointer down: 128 bytes of red zone (not on a fresh alternate stack), the vector state on
 * 64 bytes, struct linux_rt_sigframe at 8 modulo 16, so that the handler sees the stack as
 * after a call. The siginfo is written for SA_SIGINFO only. A frame that would leave the
 * alternate stack is not built.
 *
 * NOT DONE. rt_sigreturn to another code segment than the 64-bit user one gives
 * SIGSEGV: there is no 32-bit mode here.
 */
#include "kernel/x86_64/sigframe.h"

#include "abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/x86_64/fpu.h"
#include "lib/string.h"

#define FLAG_CF 0x1ul
#define FLAG_PF 0x4ul
#define FLAG_AF 0x10ul
#define FLAG_ZF 0x40ul
#define FLAG_SF 0x80ul
#define FLAG_TF 0x100ul
#define FLAG_DF 0x400ul
#define FLAG_OF 0x800ul
#define FLAG_RF 0x10000ul
#define FLAG_AC 0x40000ul
/* What a program may set through a frame. */
#define FLAGS_RESTORED                                                            \
	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_TF | FLAG_DF |    \
	 FLAG_OF | FLAG_RF | FLAG_AC)

#define USER_CS 0x33u
#define USER_DS 0x2bu
#define RPL_USER 3u
#define TRAP_GENERAL_PROTECTION 13u

/* --- alternate stack --- */

static bool within_altstack(const struct thread *t, u64 sp)
{
	return sp > t->altstack.ss_sp && sp - t->altstack.ss_sp <= t->altstack.ss_size;
}

/* A stack that disarms itself is never "in use": the handler may switch away from it. */
bool altstack_contains(const struct thread *t, u64 sp)
{
	if (t->altstack.ss_flags & (s32)LINUX_SS_AUTODISARM)
		return false;
	return within_altstack(t, sp);
}

int altstack_set(struct thread *t, const struct linux_stack_t *new, u64 sp)
{
	struct linux_stack_t *ss = &t->altstack;
	s32 mode = new->ss_flags & ~(s32)LINUX_SS_AUTODISARM;

	if (altstack_contains(t, sp))
		return -EPERM;
	if (mode != LINUX_SS_DISABLE && mode != LINUX_SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (ss->ss_sp == new->ss_sp && ss->ss_size == new->ss_size &&
	    ss->ss_flags == new->ss_flags)
		return 0;
	if (mode == LINUX_SS_DISABLE) {
		*ss = (struct linux_stack_t){ .ss_flags = new->ss_flags };
		return 0;
	}
	if (new->ss_size < LINUX_MINSIGSTKSZ)
		return -ENOMEM;
	*ss = (struct linux_stack_t){
		.ss_sp = new->ss_sp,
		.ss_flags = new->ss_flags,
		.ss_size = new->ss_size,
	};
	return 0;
}

/* --- building --- */

struct frame_place {
	uaddr_t frame;
	uaddr_t fpstate;
};

static bool place_frame(const struct thread *t, u64 sa_flags, struct frame_place *ret)
{
	u64 sp = t->regs->sp;
	bool nested = altstack_contains(t, sp);
	bool entering = false;

	sp -= LINUX_REDZONE_SIZE;
	if ((sa_flags & LINUX_SA_ONSTACK) && t->altstack.ss_size != 0 &&
	    !altstack_contains(t, sp)) {
		sp = t->altstack.ss_sp + t->altstack.ss_size;
		entering = true;
	}
	sp = ALIGN_DOWN(sp - fpu_frame_size(), 64ul);
	ret->fpstate = sp;
	sp = ALIGN_DOWN(sp - sizeof(struct linux_rt_sigframe), 16ul) - 8;
	ret->frame = sp;
	return !((nested || entering) && !within_altstack(t, sp));
}

static void fill_context(const struct thread *t, struct linux_sigcontext *sc, u64 mask)
{
	const struct regs *r = t->regs;

	*sc = (struct linux_sigcontext){
		.r8 = r->r8, .r9 = r->r9, .r10 = r->r10, .r11 = r->r11,
		.r12 = r->r12, .r13 = r->r13, .r14 = r->r14, .r15 = r->r15,
		.rdi = r->di, .rsi = r->si, .rbp = r->bp, .rbx = r->bx,
		.rdx = r->dx, .rax = r->ax, .rcx = r->cx, .rsp = r->sp,
		.rip = r->ip, .eflags = r->flags,
		.cs = USER_CS, .ss = USER_DS,
		.err = t->fault_err, .trapno = t->fault_trapno,
		.oldmask = mask, .cr2 = t->fault_cr2,
	};
}

int sigframe_build(struct thread *t, const struct signal_delivery *d, u64 mask)
{
	struct regs *r = t->regs;
	bool with_info = d->action.flags & LINUX_SA_SIGINFO;
	struct linux_rt_sigframe f;
	struct frame_place place;

	if (!(d->action.flags & LINUX_SA_RESTORER))
		return -EFAULT;
	if (!place_frame(t, d->action.flags, &place))
		return -EFAULT;
	if (fpu_copy_out(place.fpstate) < 0)
		return -EFAULT;
	f.pretcode = d->action.restorer;
	f.uc.uc_flags = LINUX_UC_SIGCONTEXT_SS | LINUX_UC_STRICT_RESTORE_SS |
			(fpu_has_xsave() ? LINUX_UC_FP_XSTATE : 0);
	f.uc.uc_link = 0;
	f.uc.uc_stack = t->altstack;
	fill_context(t, &f.uc.uc_mcontext, mask);
	f.uc.uc_mcontext.fpstate = place.fpstate;
	f.uc.uc_sigmask = mask;
	if (with_info)
		f.info = d->info;
	if (copy_out(place.frame, &f,
		     with_info ? sizeof(f) : offsetof(struct linux_rt_sigframe, info)) < 0)
		return -EFAULT;

	r->di = (u64)d->info.si_signo;
	r->ax = 0;
	r->si = place.frame + offsetof(struct linux_rt_sigframe, info);
	r->dx = place.frame + offsetof(struct linux_rt_sigframe, uc);
	r->ip = d->action.handler;
	r->sp = place.frame;
	r->cs = USER_CS;
	r->ss = USER_DS;
	r->flags &= ~(FLAG_DF | FLAG_RF | FLAG_TF);
	fpu_reset();
	return 0;
}

/* --- returning --- */

static void load_context(struct thread *t, const struct linux_sigcontext *sc)
{
	struct regs *r = t->regs;

	r->r8 = sc->r8;
	r->r9 = sc->r9;
	r->r10 = sc->r10;
	r->r11 = sc->r11;
	r->r12 = sc->r12;
	r->r13 = sc->r13;
	r->r14 = sc->r14;
	r->r15 = sc->r15;
	r->di = sc->rdi;
	r->si = sc->rsi;
	r->bp = sc->rbp;
	r->bx = sc->rbx;
	r->dx = sc->rdx;
	r->ax = sc->rax;
	r->cx = sc->rcx;
	r->sp = sc->rsp;
	r->ip = sc->rip;
	r->flags = (r->flags & ~FLAGS_RESTORED) | (sc->eflags & FLAGS_RESTORED);
	r->orig_ax = (u64)-1;
	r->cs = USER_CS;
	r->ss = USER_DS;
}

/* Selectors the CPU would not return to user mode with. A strict frame's ss counts, too. */
static bool selectors_ok(const struct linux_sigcontext *sc, u64 uc_flags)
{
	if ((sc->cs | RPL_USER) != USER_CS)
		return false;
	return !(uc_flags & LINUX_UC_STRICT_RESTORE_SS) || (sc->ss | RPL_USER) == USER_DS;
}

static void bad_frame(struct thread *t)
{
	t->regs->ax = 0; /* Linux: the failed call's result */
	t->regs->orig_ax = (u64)-1;
	signal_force_kernel(LINUX_SIGSEGV);
}

void sigframe_return(struct thread *t)
{
	uaddr_t frame = t->regs->sp - sizeof(uaddr_t);
	struct linux_ucontext uc;

	if (copy_in_struct(&uc, frame + offsetof(struct linux_rt_sigframe, uc)) < 0) {
		bad_frame(t);
		return;
	}
	t->restart_fn = NULL;
	signal_set_mask(uc.uc_sigmask);
	/* Linux: all errors but a fault are silent; on the stack itself nothing changes. */
	(void)!altstack_set(t, &uc.uc_stack, t->regs->sp);
	load_context(t, &uc.uc_mcontext);
	if (fpu_copy_in(uc.uc_mcontext.fpstate) < 0)
		bad_frame(t);
	else if (!selectors_ok(&uc.uc_mcontext, uc.uc_flags))
		signal_fault(t, LINUX_SIGSEGV, LINUX_SI_KERNEL, 0, TRAP_GENERAL_PROTECTION, 0);
}
