/* Where the pages of a file are. See extents.h. */
#include "kernel/fs/tmp/extents.h"

#include "abi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/pool.h"
#include "lib/string.h"

#define SPACE_MIN 4u

static u64 extent_end(const struct extent *e)
{
	return e->page + e->pages;
}

u32 extents_find(const struct extents *x, u64 page)
{
	u32 low = 0, high = x->count;

	/* Most accesses are at the end. */
	if (high != 0 && extent_end(&x->v[high - 1]) <= page)
		return high;
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (extent_end(&x->v[mid]) <= page)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int extents_reserve(struct extents *x, u32 more)
{
	u32 space = MAX(x->space * 2, SPACE_MIN);
	struct extent *v;

	if (x->count + more <= x->space)
		return 0;
	if (x->count > 0x40000000u)
		return -EFBIG;
	while (space < x->count + more)
		space *= 2;
	v = kzalloc(space * sizeof(*v));
	if (v == NULL)
		return -ENOMEM;
	if (x->count != 0)
		memcpy(v, x->v, x->count * sizeof(*v));
	kfree(x->v);
	x->v = v;
	x->space = space;
	return 0;
}

static void open_gap(struct extents *x, u32 at)
{
	memmove(&x->v[at + 1], &x->v[at], (x->count - at) * sizeof(*x->v));
	x->count++;
}

static void close_gap(struct extents *x, u32 at, u32 n)
{
	memmove(&x->v[at], &x->v[at + n], (x->count - at - n) * sizeof(*x->v));
	x->count -= n;
}

static bool joins(const struct extent *a, const struct extent *b)
{
	return extent_end(a) == b->page && a->index + a->pages == b->index &&
	       a->flags == b->flags && a->pages <= ~(u32)0 - b->pages;
}

/* Make one of the extents at and at + 1 if they are neighbours everywhere. */
static bool join_at(struct extents *x, u32 at)
{
	if (at + 1 >= x->count || !joins(&x->v[at], &x->v[at + 1]))
		return false;
	x->v[at].pages += x->v[at + 1].pages;
	close_gap(x, at + 1, 1);
	return true;
}

void extents_insert(struct extents *x, const struct extent *e)
{
	u32 at = extents_find(x, e->page);

	x->pages += e->pages;
	if (at > 0 && joins(&x->v[at - 1], e)) {
		x->v[--at].pages += e->pages;
	} else {
		open_gap(x, at);
		x->v[at] = *e;
	}
	join_at(x, at);
}

/* No extent crosses the start of page afterwards. Its position is that of what follows. */
static u32 split(struct extents *x, u64 page)
{
	u32 at = extents_find(x, page), before;

	if (at == x->count || x->v[at].page >= page)
		return at;
	before = (u32)(page - x->v[at].page);
	open_gap(x, at);
	x->v[at].pages = before;
	x->v[at + 1].page += before;
	x->v[at + 1].pages -= before;
	x->v[at + 1].index += before;
	return at + 1;
}

void extents_cut(struct extents *x, u64 page)
{
	split(x, page);
}

void extents_set_flags(struct extents *x, u64 from, u64 to, u32 flags)
{
	u32 first = extents_find(x, from), at;
	bool differs = false;

	for (at = first; at < x->count && x->v[at].page < to; at++)
		differs = differs || x->v[at].flags != flags;
	if (!differs)
		return;
	first = split(x, from);
	at = split(x, to);
	for (u32 i = first; i < at; i++)
		x->v[i].flags = flags;
	/* From the end on, so that the positions below stay what they are. */
	for (u32 i = MIN(at, x->count); i-- > (first == 0 ? 0 : first - 1);)
		join_at(x, i);
}

void extents_remove(struct extents *x, u64 from, u64 to, bool keep)
{
	u32 first, last;

	first = extents_find(x, from);
	if (first == x->count || x->v[first].page >= to)
		return;
	if (x->v[first].page < from && to == PAGE_NONE) {
		/* Only the end is cut off: no split, so that a truncation cannot fail. */
		struct extent *e = &x->v[first];
		u32 cut = (u32)(extent_end(e) - from);

		if (keep) {
			pool_discard(e->index + e->pages - cut, cut);
		} else {
			pool_free(e->index + e->pages - cut, cut);
			e->pages -= cut;
			x->pages -= cut;
		}
		first++;
		last = x->count;
	} else if (to == PAGE_NONE) {
		last = x->count;
	} else {
		first = split(x, from);
		last = split(x, to);
	}
	for (u32 i = first; i < last; i++) {
		if (keep) {
			pool_discard(x->v[i].index, x->v[i].pages);
			continue;
		}
		pool_free(x->v[i].index, x->v[i].pages);
		x->pages -= x->v[i].pages;
	}
	if (!keep && last > first)
		close_gap(x, first, last - first);
}

void extents_shift(struct extents *x, u64 page, s64 by)
{
	for (u32 i = extents_find(x, page); i < x->count; i++)
		x->v[i].page += (u64)by;
}

u64 extents_holes(const struct extents *x, u64 from, u64 to)
{
	u64 holes = to - from;

	for (u32 i = extents_find(x, from); i < x->count && x->v[i].page < to; i++)
		holes -= MIN(extent_end(&x->v[i]), to) - MAX(x->v[i].page, from);
	return holes;
}

void extents_fini(struct extents *x)
{
	extents_remove(x, 0, PAGE_NONE, false);
	kfree(x->v);
	*x = (struct extents){ 0 };
}
