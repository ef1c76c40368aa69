/* Kernel memory from calloc, where sanitizers see every block; failures on demand. */
#include <stdlib.h>

#include "kernel/mm/heap.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "platform/fake/fake.h"
#include "platform/fake/internal.h"

/* No kernel object is larger; a size beyond is an overflow of somebody's arithmetic. */
#define BLOCK_MAX (1ul << 30)

static u64 live;
static u64 fail_in = ~0ull;

void fake_fail_allocation(u64 n)
{
	atomic_store(&fail_in, n);
}

u64 fake_heap_live(void)
{
	return atomic_load(&live);
}

static bool must_fail(void)
{
	u64 n = atomic_load(&fail_in);

	return n != ~0ull && atomic_sub(&fail_in, 1) == 0;
}

WEAK void *kzalloc(size_t size)
{
	void *p = must_fail() || size > BLOCK_MAX ? NULL :
						    calloc(1, MAX(size, (size_t)1));

	if (p != NULL)
		atomic_add(&live, 1);
	return p;
}

WEAK void *kmalloc(size_t size)
{
	return kzalloc(size);
}

WEAK void kfree(void *p)
{
	if (p == NULL)
		return;
	atomic_sub(&live, 1);
	free(p);
}

WEAK char *kstrdup(const char *s)
{
	return kmemdup(s, strlen(s) + 1);
}

WEAK void *kmemdup(const void *src, size_t size)
{
	void *p = kzalloc(size);

	if (p != NULL && size > 0)
		memcpy(p, src, size);
	return p;
}

WEAK void *pzalloc(size_t size)
{
	return kzalloc(size);
}

WEAK void pfree(void *p)
{
	kfree(p);
}
