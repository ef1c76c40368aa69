/* Compile-time proof that offsets.h agrees with the structures. */
#include "kernel/x86_64/offsets.h"

#include "kernel/task/task.h"

#define CHECK_OFFSET(type, member, value)                                         \
	static_assert(offsetof(struct type, member) == (value), #type "." #member)

CHECK_OFFSET(thread, self, THREAD_SELF);
CHECK_OFFSET(thread, work, THREAD_WORK);
CHECK_OFFSET(thread, magic, THREAD_MAGIC_AT);
CHECK_OFFSET(thread, kstack, THREAD_KSTACK);
CHECK_OFFSET(thread, exit_ip, THREAD_EXIT_IP);
CHECK_OFFSET(thread, exit_sp, THREAD_EXIT_SP);
CHECK_OFFSET(linux_ucontext, uc_mcontext.rip, UC_RIP);
CHECK_OFFSET(regs, r15, REGS_R15);
CHECK_OFFSET(regs, r12, REGS_R12);
CHECK_OFFSET(regs, bx, REGS_BX);
CHECK_OFFSET(regs, r11, REGS_R11);
CHECK_OFFSET(regs, ax, REGS_AX);
CHECK_OFFSET(regs, dx, REGS_DX);
CHECK_OFFSET(regs, di, REGS_DI);
CHECK_OFFSET(regs, ip, REGS_IP);
CHECK_OFFSET(regs, flags, REGS_FLAGS);
CHECK_OFFSET(regs, sp, REGS_SP);
CHECK_OFFSET(kstack_top, host_calls, 8);
static_assert(KSTACK_MASK == KSTACK_SIZE - 1, "kernel stack slots");
static_assert(KSTACK_TOP_SIZE == sizeof(struct kstack_top), "kernel stack top");
static_assert(WORK_INTERRUPTS == (WORK_SIGNAL | WORK_EXIT | WORK_EXEC | WORK_STOP), "work");
