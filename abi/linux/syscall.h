/* The numbers of all calls: LINUX_SYS_read and so on. */
#ifndef NACRE_ABI_LINUX_SYSCALL_H
#define NACRE_ABI_LINUX_SYSCALL_H

enum {
#define SYSCALL(nr, name, level, nargs, args, note) LINUX_SYS_##name = nr,
#include "abi/syscalls.def"
#undef SYSCALL
};

/* One past the newest number; the gap 337..423 and 512..547 (x32) answers ENOSYS. */
#define LINUX_SYS_LIMIT	470

/* Set in the number by x32 programs; such calls answer ENOSYS. */
#define LINUX_X32_SYSCALL_BIT	0x40000000

#endif
