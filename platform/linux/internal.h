/* What the files of platform/linux share among themselves. */
#ifndef NACRE_PLATFORM_LINUX_INTERNAL_H
#define NACRE_PLATFORM_LINUX_INTERNAL_H

#include "abi/linux/signal.h"
#include "kernel/task/task.h"
#include "lib/types.h"
#include "platform/linux/host.h"

/* The image and its parts: linker symbols. */
extern char __image_start[] HIDDEN, __image_end[] HIDDEN;
extern char __kernel_text_start[] HIDDEN, __kernel_text_end[] HIDDEN;

/* hostcall.S */
extern char host_wait_begin[] HIDDEN, host_wait_syscall[] HIDDEN, host_wait_abort[] HIDDEN;
extern char trap_exit_begin[] HIDDEN, trap_exit_syscall[] HIDDEN;
extern char guest_enter_begin[] HIDDEN, guest_enter_end[] HIDDEN;
/* kernel/x86_64/entry.S */
extern char rewrite_entry_check[] HIDDEN, rewrite_entry_lost[] HIDDEN;
extern char rewrite_exit_begin[] HIDDEN, rewrite_exit_jump[] HIDDEN;
extern char rewrite_quick_begin[] HIDDEN, rewrite_quick_jump[] HIDDEN;
void rewrite_syscall(struct regs *regs);
void rewrite_exit_work(struct regs *regs);
void host_signal_return(void);
NORETURN void host_frame_enter(struct linux_ucontext *uc);
NORETURN void guest_enter(const struct regs *regs, struct thread *t);
s64 host_clone(u64 flags, void *stack, u32 *tid_word);
NORETURN void host_thread_start(void);
void trap_work(struct linux_ucontext *uc);
void guest_enter_work(struct regs *regs);

static inline bool in_kernel_text(u64 ip)
{
	return ip - (u64)__kernel_text_start < (u64)(__kernel_text_end - __kernel_text_start);
}

/* signal.c */
void regs_to_host(struct linux_sigcontext *sc, const struct regs *regs);
void host_signals_install(void);
/* Make the calling thread's kernel stack its host alternate stack; all host signals open. */
void host_thread_arm(void);

/* seccomp.c: no way back. */
MUST_USE int seccomp_install(void);

/* file.c */
void host_trees_init(void);
/* Is a host directory read by the jailed process itself? */
bool host_trees_direct(void);

/* thread.c */
/* For the broker's kicks: interrupt the thread of this process with that guest tid. No locks. */
void host_kick_tid(s32 tid);
void kstack_init_first(void);

#endif
