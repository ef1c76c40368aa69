/* The end of the sandbox: an invariant of our own code is broken. Not reachable from input. */
#ifndef NACRE_LIB_PANIC_H
#define NACRE_LIB_PANIC_H

#include "lib/types.h"

/* Print one line and end the process abnormally. Each environment supplies its own. */
NORETURN void panic(const char *fmt, ...) PRINTF_LIKE(1, 2);

#define ASSERT(cond)                                                              \
	do {                                                                      \
		if (unlikely(!(cond)))                                            \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #cond); \
	} while (0)

#endif
