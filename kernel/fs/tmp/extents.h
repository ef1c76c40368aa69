/*
 * Where the pages of a file are in the page pool.
 *
 * A sorted array of extents, each a run of file pages in a run of pool pages; what no extent
 * covers is a hole. The caller locks.
 */
#ifndef NACRE_KERNEL_FS_TMP_EXTENTS_H
#define NACRE_KERNEL_FS_TMP_EXTENTS_H

#include "lib/types.h"

/* Allocated, but nothing was written: reads as zeros without being touched. */
#define EXTENT_UNWRITTEN 1u

struct extent {
	u64 page; /* of the file */
	u32 pages;
	u32 index; /* of the pool */
	u32 flags;
};

struct extents {
	struct extent *v;
	u32 count, space;
	u64 pages; /* in all */
};

#define PAGE_NONE (~(u64)0)

/* The first extent that ends above page: its position, or count. */
u32 extents_find(const struct extents *x, u64 page);
/* Make sure that so many insertions (a split is one) cannot fail. */
MUST_USE int extents_reserve(struct extents *x, u32 more);
/* Into a hole; needs extents_reserve(1). */
void extents_insert(struct extents *x, const struct extent *e);
/* Set the flags of the allocated pages in [from, to); needs extents_reserve(2). */
void extents_set_flags(struct extents *x, u64 from, u64 to, u32 flags);
/*
 * Free the allocated pages in [from, to); needs extents_reserve(2) unless to is PAGE_NONE.
 * keep: somebody may still look at the pages, so they stay allocated and become zero.
 */
void extents_remove(struct extents *x, u64 from, u64 to, bool keep);
/* No extent crosses the start of page afterwards; needs extents_reserve(1). */
void extents_cut(struct extents *x, u64 page);
/* Move all extents at or after page by so many pages, up or down. */
void extents_shift(struct extents *x, u64 page, s64 by);
/* Pages in [from, to) that are holes. */
u64 extents_holes(const struct extents *x, u64 from, u64 to);
void extents_fini(struct extents *x);

#endif
