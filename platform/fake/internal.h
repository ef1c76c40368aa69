/* What the files of platform/fake share. */
#ifndef NACRE_PLATFORM_FAKE_INTERNAL_H
#define NACRE_PLATFORM_FAKE_INTERNAL_H

#include "lib/types.h"

struct thread;

#define WEAK __attribute__((weak))

/* perror() and abort(): the test's environment is broken. */
NORETURN void fake_die(const char *what);

void fake_memory_init(bool identity);
void fake_memory_fini(void);
void fake_threads_init(void);
void fake_random_seed(u64 seed);

#endif
