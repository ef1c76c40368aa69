/* The raw trace: two lines a call, numbers only but for names and errnos. */
#ifndef NACRE_KERNEL_DEBUG_TRACE_H
#define NACRE_KERNEL_DEBUG_TRACE_H

#include "lib/types.h"

struct thread;

void trace_raw_enter(struct thread *t, s64 nr, const u64 *args);
void trace_raw_exit(struct thread *t, s64 nr, s64 result);

#endif
