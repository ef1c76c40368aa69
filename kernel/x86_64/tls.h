/* The guest's FS and GS bases. They are in the CPU while the kernel runs: it uses neither. */
#ifndef NACRE_KERNEL_X86_64_TLS_H
#define NACRE_KERNEL_X86_64_TLS_H

#include "lib/types.h"

void tls_get(u64 *ret_fs, u64 *ret_gs);
/* base must be a canonical user address: checked by the caller. */
void tls_set_fs(u64 base);
void tls_set_gs(u64 base);
/*
 * A new program starts: under a profile whose GS base is not the guest's it is set over memory
 * as a platform has it there. -ENOMEM.
 */
MUST_USE int tls_program_start(void);
/* The calling thread starts guest code: with the rewritten entry %gs leads to it. */
void tls_thread_start(void);

#endif
