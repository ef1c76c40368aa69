/*
 * The page pool: memory of files, shared by all processes of the sandbox and mappable.
 *
 * One sparse memfd (pool_fd) of ZONE_POOL_SIZE bytes, mapped in every process at
 * zone_base + ZONE_POOL. A page is named by its index; its place in the memfd is
 * index * PAGE_SIZE. Memory of allocated pages is zero until it is written.
 */
#ifndef NACRE_KERNEL_MM_POOL_H
#define NACRE_KERNEL_MM_POOL_H

#include "kernel/mm/zone.h"
#include "lib/types.h"
#include "platform/plat.h"

extern plat_fd_t pool_fd; /* the platform's */

/* Once, in the first process; again is harmless. */
MUST_USE int pool_init(void);
/*
 * A run of adjacent pages, zeroed. -ENOSPC: the pool or the sandbox's memory limit is
 * exhausted. Runs may be freed in parts.
 */
MUST_USE int pool_alloc(u32 pages, u32 *ret_index);
/*
 * At most want pages, at least one: what is there in one run. *ret_dirty: they were not
 * zeroed, the caller overwrites or clears every byte before anybody sees them.
 */
MUST_USE int pool_alloc_some(u32 want, u32 *ret_index, u32 *ret_pages, bool *ret_dirty);
void pool_free(u32 index, u32 pages);
/* Give the memory of allocated pages back to the host: they read as zero again. */
void pool_discard(u32 index, u32 pages);

/* The pages are about to be written: have the host provide them in one go. */
void pool_prefault(u32 index, u32 pages);

static inline void *pool_ptr(u32 index)
{
	return (void *)(zone_base + ZONE_POOL + (u64)index * PAGE_SIZE);
}

static inline u64 pool_offset(u32 index)
{
	return (u64)index * PAGE_SIZE;
}

/*
 * Who can do without some of its pages: called, without the pool's lock, when an allocation or
 * a reservation is about to fail; the value is how many it has freed. One, set before the
 * first fork.
 */
void pool_set_reclaim(u64 (*reclaim)(u64 pages));

/* Pages in use by files now, and how many there may be (~0: no limit). */
void pool_usage(u64 *ret_used, u64 *ret_limit);

/*
 * Count pages of guest memory that is not in the pool against the same limit; false: they
 * do not fit.
 */
MUST_USE bool pool_reserve(u64 pages);
void pool_unreserve(u64 pages);

#endif
