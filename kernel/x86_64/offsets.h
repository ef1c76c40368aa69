/* Numbers that assembly code shares with C; checked against the structures in offsets.c. */
#ifndef NACRE_KERNEL_X86_64_OFFSETS_H
#define NACRE_KERNEL_X86_64_OFFSETS_H

#define THREAD_SELF 0
#define THREAD_WORK 8
#define THREAD_MAGIC_AT 16
#define THREAD_KSTACK 24
#define THREAD_EXIT_IP 32
#define THREAD_EXIT_SP 40

/* Nothing a guest has by accident at this place of memory of its own. */
#define THREAD_MAGIC 0x6e61c2e5

/* Calls of lower numbers may be quick ones. */
#define QUICK_LIMIT 256

#define KSTACK_MASK 0x1ffff
#define KSTACK_TOP_SIZE 80
/* From the last byte of a kernel stack slot, which is rsp | KSTACK_MASK. */
#define KSTACK_LAST_THREAD (1 - KSTACK_TOP_SIZE)
#define KSTACK_LAST_HOST_CALLS (1 - KSTACK_TOP_SIZE + 8)

/* Work that ends a host wait: everything but RESTORE_MASK and FPU_LOADED. */
#define WORK_INTERRUPTS 0x1b

/* struct linux_ucontext */
#define UC_RIP 168

/* struct regs */
#define REGS_R15 0
#define REGS_R14 8
#define REGS_R13 16
#define REGS_R12 24
#define REGS_BP 32
#define REGS_BX 40
#define REGS_R11 48
#define REGS_R10 56
#define REGS_R9 64
#define REGS_R8 72
#define REGS_AX 80
#define REGS_CX 88
#define REGS_DX 96
#define REGS_SI 104
#define REGS_DI 112
#define REGS_ORIG_AX 120
#define REGS_IP 128
#define REGS_CS 136
#define REGS_FLAGS 144
#define REGS_SP 152

#endif
