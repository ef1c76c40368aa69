/* What a process gives up for good: system calls, files, capabilities. Of the host's helpers. */
#ifndef NACRE_STORE_HOST_FENCE_H
#define NACRE_STORE_HOST_FENCE_H

#include <stdbool.h>

#include "lib/types.h"

/* From now on the calls of a list, 1 to 250, give one result (SECCOMP_RET_x), others another. */
void fence_calls(const u16 *calls, u16 count, u32 listed, u32 others);
/*
 * No programs, tracing, mounts, sockets of its own, other users, nor anything that is loaded into
 * the host's kernel: EPERM. Processes neither, by fork and the like, unless threads; without
 * them clone works with exactly clone_flags, where that is not 0, as its flags' lower half.
 */
void fence_common_calls(bool threads, u32 clone_flags);
/* Keep only these of root's capabilities (1 << CAP_x, below 32). */
void fence_capabilities(u32 keep);

/* --- Landlock --- */

#define FENCE_READ_FILE (1ull << 2)
#define FENCE_READ_DIR (1ull << 3)

/* 0: not there, or switched off. */
int fence_landlock_abi(void);
/* A ruleset that handles everything the host knows, with nothing allowed; -1. Needs an ABI. */
int fence_ruleset(void);
/* ... all rights that such a ruleset handles for files. */
u64 fence_all_rights(void);
MUST_USE bool fence_allow(int ruleset, int fd, u64 rights);
/* Needs no_new_privs. */
MUST_USE bool fence_enter(int ruleset);

#endif
