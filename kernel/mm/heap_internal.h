/* Start-up and fork of the kernel's heaps. */
#ifndef NACRE_KERNEL_MM_HEAP_INTERNAL_H
#define NACRE_KERNEL_MM_HEAP_INTERNAL_H

#include "lib/types.h"

void heap_init(void);
/* Around the host's fork: nobody is half-way in the private heap. */
void heap_fork_lock(void);
void heap_fork_unlock(bool child);
/*
 * In a new process, before it writes to the shared heap: map the pages of the first objects, of
 * which it will touch many. A fault that reads maps 64 KiB, to be written to as well; one that
 * writes maps a single page.
 */
void heap_fork_map(void);

#endif
