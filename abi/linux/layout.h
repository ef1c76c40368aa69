/* Compile-time checks of structure layout, for the headers of this folder. */
#ifndef NACRE_ABI_LINUX_LAYOUT_H
#define NACRE_ABI_LINUX_LAYOUT_H

#include "lib/types.h"

/* Both take the structure's name without "struct linux_". */
#define LINUX_SIZE(name, bytes)                                                        \
	static_assert(sizeof(struct linux_##name) == (bytes),                          \
		      "size of struct linux_" #name)
#define LINUX_OFFSET(name, member, bytes)                                              \
	static_assert(__builtin_offsetof(struct linux_##name, member) == (bytes),      \
		      "offset of " #member " in struct linux_" #name)

#endif
