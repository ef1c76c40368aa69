/* Kernel memory: the shared heap (same address in all processes) and the private one. */
#ifndef NACRE_KERNEL_MM_HEAP_H
#define NACRE_KERNEL_MM_HEAP_H

#include "lib/types.h"

/*
 * Shared heap: for everything another process may have to see (files, dentries, tasks).
 * Zero-filled, 16-byte aligned; NULL when the sandbox is out of kernel memory.
 */
MUST_USE void *kzalloc(size_t size);
/* The same with anything in it: for buffers that are filled at once. */
MUST_USE void *kmalloc(size_t size);
void kfree(void *p); /* NULL is fine */
MUST_USE char *kstrdup(const char *s);
MUST_USE void *kmemdup(const void *src, size_t size);

/* Private heap: for what concerns this process's own memory only (VMAs). */
MUST_USE void *pzalloc(size_t size);
void pfree(void *p);

static inline void auto_kfree(void *p)
{
	kfree(*(void **)p);
}

/* Freed at the end of the scope unless TAKEn. */
#define AUTO_KFREE __attribute__((cleanup(auto_kfree)))

/* Hand the value on: yields p and leaves NULL behind. */
#define TAKE(p)                                                                   \
	({                                                                        \
		__typeof__(p) taken_ = (p);                                       \
		(p) = NULL;                                                       \
		taken_;                                                           \
	})

#endif
