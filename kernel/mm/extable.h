/* Instructions of the kernel that may fault on guest memory, and where to go on then. */
#ifndef NACRE_KERNEL_MM_EXTABLE_H
#define NACRE_KERNEL_MM_EXTABLE_H

#include "lib/types.h"

/* Distances from the entry itself, so that the table needs no relocation. */
struct extable_entry {
	s32 insn, fixup;
};

/* Assembler text that lists the instruction at label insn with its continuation. */
#define EXTABLE(insn, fixup)                                                      \
	".pushsection .extable, \"a\"\n\t"                                        \
	".long (" insn ") - .\n\t"                                                \
	".long (" fixup ") - . + 4\n\t"                                           \
	".popsection\n\t"

/* The continuation of the instruction at ip, or 0. */
u64 extable_find(u64 ip);

#endif
