/* Choosing calls by name, class and pattern: strace's -e trace= expressions. */
#ifndef NACRE_TRACE_SELECT_H
#define NACRE_TRACE_SELECT_H

#include "abi/linux/syscall.h"
#include "lib/types.h"

#define CALL_WORDS ((LINUX_SYS_LIMIT + 63) / 64)

/*
 * Set the bits of calls that an expression names: "openat,close", "%file" or "file", "all",
 * "none", "/^get", "!futex" for all but those, "?name" for names that need not exist. NULL, or
 * the word that means nothing.
 */
const char *select_calls(const char *expression, u64 calls[CALL_WORDS]);

#endif
