/* Start-up and fork of the kernel's heaps. */
#ifndef NACRE_KERNEL_MM_HEAP_INTERNAL_H
#define NACRE_KERNEL_MM_HEAP_INTERNAL_H

#include "lib/types.h"

void heap_init(void);
/* Around the host's fork: nobody is half-way in the private heap. */
void heap_fork_lock(void);
void heap_fork_unlock(bool child);

#endif
