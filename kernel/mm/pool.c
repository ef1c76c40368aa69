/*
 * The page pool: which pages of the sandbox's shared memory file are free. See pool.h.
 *
 * OVERVIEW. The pool grows from below (top). What is freed below top is kept as runs, in
 * lists by size, joined with its neighbours: every page has a descriptor, and a free run
 * marks its first and its last one. The descriptors are an array at the start of the pool
 * itself, which is sparse, so nothing is set up and only what was freed costs memory.
 *
 * Freed pages are not zero. Small runs wait in a short list of dirty runs: they are handed
 * out again to callers that overwrite them, which saves the host two calls and a fault; when
 * the list is full its older half is given back to the host (punched out) and becomes free.
 *
 * LIFETIME. The pool lives as long as the sandbox. Its control block is in the shared heap,
 * where every process has been anyway: ends of memory mappings are accounted for in it.
 *
 * LOCKING. pool.lock, a leaf. Not held while pages are cleared or punched out.
 */
#include "kernel/mm/pool.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "kernel/boot.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/sync/lock.h"
#include "lib/string.h"

#define POOL_PAGES ((u32)(ZONE_POOL_SIZE / PAGE_SIZE))
#define CLASS_COUNT 64u
#define CLASS_EXACT 16u /* runs of 1 to 16 pages have a list each, then two a doubling */
#define CLASS_TRIES 8u /* own class's runs looked at before a larger one is split */
#define DIRTY_RUNS 64u
#define DIRTY_PAGES 2048u
#define DIRTY_RUN_MAX 512u /* a larger run goes back to the host at once */
#define PREFAULT_MIN 4u /* below that as many faults cost less than a call */
#define CLEAR_MAX 16u /* up to here clearing is cheaper than fresh pages */

struct run {
	u32 index, pages;
};

enum { RUN_FIRST = 1, RUN_LAST = 2 };

/* Of a page; meaningful at both ends of a free run, else state is zero. */
struct descriptor {
	u32 state;
	u32 pages;
	u32 next, prev; /* in the list of its class; 0: none. First page only */
};

#define DESCRIPTOR_PAGES \
	((u32)((u64)POOL_PAGES * sizeof(struct descriptor) / PAGE_SIZE))

struct pool {
	struct lock lock;
	u32 top; /* pages from here on were never used or are like new */
	u64 used, limit;
	u64 classes; /* bit: the list is not empty */
	u32 lists[CLASS_COUNT];
	struct run dirty[DIRTY_RUNS]; /* oldest first */
	u32 dirty_count, dirty_pages;
};

static struct pool *control;

static u64 (*pool_reclaim)(u64 pages);

static struct pool *the_pool(void)
{
	return control;
}

static struct descriptor *descriptor(u32 index)
{
	return (struct descriptor *)pool_ptr(0) + index;
}

int pool_init(void)
{
	const struct boot_block *b = boot_block();
	u64 limit = b->memory_limit;

	struct pool *p = control != NULL ? control : kzalloc(sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	*p = (struct pool){ 0 };
	control = p;
	if (b->ram_total != 0)
		limit = MIN(limit, b->ram_total);
	lock_rank(&p->lock, RANK_POOL);
	p->top = DESCRIPTOR_PAGES; /* their own pages are never free */
	p->limit = limit == ~(u64)0 ? limit : limit / PAGE_SIZE;
	return 0;
}

void pool_usage(u64 *ret_used, u64 *ret_limit)
{
	*ret_used = atomic_load(&the_pool()->used);
	*ret_limit = the_pool()->limit;
}

/* --- free runs, under the lock --- */

static u32 class_of(u32 pages)
{
	u32 log;

	if (pages <= CLASS_EXACT)
		return pages - 1;
	log = 31 - (u32)__builtin_clz(pages);
	return CLASS_EXACT + (log - 4) * 2 + (pages >> (log - 1) & 1);
}

static void list_run(struct pool *p, u32 index, u32 pages)
{
	struct descriptor *d = descriptor(index), *last = descriptor(index + pages - 1);
	u32 class = class_of(pages);

	*d = (struct descriptor){ .state = RUN_FIRST,
				  .pages = pages,
				  .next = p->lists[class] };
	if (d->next != 0)
		descriptor(d->next)->prev = index;
	last->state |= RUN_LAST;
	last->pages = pages;
	p->lists[class] = index;
	p->classes |= (u64)1 << class;
}

static void unlist_run(struct pool *p, u32 index)
{
	struct descriptor *d = descriptor(index);
	u32 class = class_of(d->pages), pages = d->pages;

	if (d->next != 0)
		descriptor(d->next)->prev = d->prev;
	if (d->prev != 0)
		descriptor(d->prev)->next = d->next;
	else
		p->lists[class] = d->next;
	if (p->lists[class] == 0)
		p->classes &= ~((u64)1 << class);
	descriptor(index + pages - 1)->state = 0;
	d->state = 0;
}

/* A zero run becomes free: joined with its neighbours, or part of what is above top. */
static void insert_run(struct pool *p, u32 index, u32 pages)
{
	struct descriptor *d = descriptor(index - 1);

	if (d->state & RUN_LAST) {
		u32 before = d->pages;

		unlist_run(p, index - before);
		index -= before;
		pages += before;
	}
	if (index + pages < p->top && descriptor(index + pages)->state & RUN_FIRST) {
		u32 after = descriptor(index + pages)->pages;

		unlist_run(p, index + pages);
		pages += after;
	}
	if (index + pages == p->top)
		p->top = index;
	else
		list_run(p, index, pages);
}

/* A listed run of at least that many pages; 0: none. */
static u32 find_run(const struct pool *p, u32 pages)
{
	u32 class = class_of(pages), index = p->lists[class];
	u64 larger;

	for (u32 i = 0; index != 0 && i < CLASS_TRIES; i++) {
		if (descriptor(index)->pages >= pages)
			return index;
		index = descriptor(index)->next;
	}
	larger = class + 1 < CLASS_COUNT ? p->classes >> (class + 1) << (class + 1) : 0;
	return larger == 0 ? 0 : p->lists[__builtin_ctzll(larger)];
}

static int take_clean(struct pool *p, u32 pages, u32 *ret_index)
{
	u32 index = find_run(p, pages), rest;

	if (index != 0) {
		rest = descriptor(index)->pages - pages;
		unlist_run(p, index);
		if (rest != 0)
			list_run(p, index + pages, rest);
	} else {
		if (pages > POOL_PAGES - p->top)
			return -ENOSPC;
		index = p->top;
		p->top += pages;
	}
	*ret_index = index;
	return 0;
}

/* The newest dirty run, or as much of it as is wanted. */
static u32 take_dirty(struct pool *p, u32 want, u32 *ret_index)
{
	struct run *r = &p->dirty[p->dirty_count - 1];
	u32 pages = MIN(want, r->pages);

	*ret_index = r->index;
	r->index += pages;
	r->pages -= pages;
	p->dirty_pages -= pages;
	if (r->pages == 0)
		p->dirty_count--;
	return pages;
}

/* --- giving back to the host, without the lock --- */

void pool_discard(u32 index, u32 pages)
{
	int err = plat_file_allocate(
		pool_fd, LINUX_FALLOC_FL_PUNCH_HOLE | LINUX_FALLOC_FL_KEEP_SIZE,
		pool_offset(index), (u64)pages * PAGE_SIZE);

	if (err < 0)
		memset(pool_ptr(index), 0, (size_t)pages * PAGE_SIZE);
}

void pool_prefault(u32 index, u32 pages)
{
	if (pages >= PREFAULT_MIN)
		plat_advise((uaddr_t)pool_ptr(index), (size_t)pages * PAGE_SIZE,
			    LINUX_MADV_POPULATE_WRITE);
}

static void sort_runs(struct run *runs, u32 count)
{
	for (u32 i = 1; i < count; i++) {
		struct run r = runs[i];
		u32 at = i;

		for (; at > 0 && runs[at - 1].index > r.index; at--)
			runs[at] = runs[at - 1];
		runs[at] = r;
	}
}

/* Neighbours become one; the new count. */
static u32 join_runs(struct run *runs, u32 count)
{
	u32 out = 0;

	sort_runs(runs, count);
	for (u32 i = 0; i < count; i++) {
		if (out > 0 &&
		    runs[out - 1].index + runs[out - 1].pages == runs[i].index)
			runs[out - 1].pages += runs[i].pages;
		else
			runs[out++] = runs[i];
	}
	return out;
}

/* Take the older half of the dirty runs out. Under the lock. */
static u32 collect_dirty(struct pool *p, struct run *runs)
{
	u32 count = MAX(p->dirty_count / 2, 1u);

	if (p->dirty_count < DIRTY_RUNS && p->dirty_pages <= DIRTY_PAGES)
		return 0;
	for (u32 i = 0; i < count; i++) {
		runs[i] = p->dirty[i];
		p->dirty_pages -= runs[i].pages;
	}
	p->dirty_count -= count;
	memmove(p->dirty, p->dirty + count, p->dirty_count * sizeof(struct run));
	return count;
}

static void clean_runs(struct pool *p, struct run *runs, u32 count)
{
	count = join_runs(runs, count);
	for (u32 i = 0; i < count; i++)
		pool_discard(runs[i].index, runs[i].pages);
	lock_acquire(&p->lock);
	for (u32 i = 0; i < count; i++)
		insert_run(p, runs[i].index, runs[i].pages);
	lock_release(&p->lock);
}

/* --- the interface --- */

/* Pages that the limit leaves. Under the lock. */
static u64 room(const struct pool *p)
{
	return p->used >= p->limit ? 0 : p->limit - p->used;
}

/* Charge pages against the limit. Under the lock. */
static int charge(struct pool *p, u32 pages)
{
	if (pages > room(p))
		return -ENOSPC;
	p->used += pages;
	return 0;
}

void pool_set_reclaim(u64 (*reclaim)(u64 pages))
{
	pool_reclaim = reclaim;
}

/* Is it worth another try? */
static bool reclaimed(u64 pages)
{
	return pool_reclaim != NULL && pool_reclaim(pages) != 0;
}

static bool reserve(u64 pages)
{
	struct pool *p = the_pool();

	lock_acquire(&p->lock);
	bool fits = pages <= room(p);

	if (fits)
		p->used += pages;
	lock_release(&p->lock);
	return fits;
}

bool pool_reserve(u64 pages)
{
	return reserve(pages) || (reclaimed(pages) && reserve(pages));
}

void pool_unreserve(u64 pages)
{
	struct pool *p = the_pool();

	lock_acquire(&p->lock);
	p->used -= pages;
	lock_release(&p->lock);
}

static int alloc_run(u32 pages, u32 *ret_index)
{
	struct pool *p = the_pool();
	bool clear = false;
	int err;

	lock_acquire(&p->lock);
	err = charge(p, pages);
	if (err == 0 && pages <= CLEAR_MAX && p->dirty_count != 0 &&
	    p->dirty[p->dirty_count - 1].pages >= pages) {
		take_dirty(p, pages, ret_index);
		clear = true;
	} else if (err == 0) {
		err = take_clean(p, pages, ret_index);
		if (err < 0)
			p->used -= pages;
	}
	lock_release(&p->lock);
	if (clear)
		memset(pool_ptr(*ret_index), 0, (size_t)pages * PAGE_SIZE);
	return err;
}

int pool_alloc(u32 pages, u32 *ret_index)
{
	int err = alloc_run(pages, ret_index);

	return err == -ENOSPC && reclaimed(pages) ? alloc_run(pages, ret_index) : err;
}

static int alloc_some(u32 want, u32 *ret_index, u32 *ret_pages, bool *ret_dirty)
{
	struct pool *p = the_pool();
	u32 got = want;
	bool dirty;
	int err;

	lock_acquire(&p->lock);
	got = (u32)MIN((u64)want, room(p));
	err = got == 0 ? -ENOSPC : 0;
	dirty = err == 0 && p->dirty_count != 0;
	if (dirty) {
		got = take_dirty(p, got, ret_index);
	} else if (err == 0) {
		err = take_clean(p, got, ret_index);
		/* No room above and no run as large: take whatever there is. */
		while (err < 0 && got > 1) {
			got = got / 2;
			err = take_clean(p, got, ret_index);
		}
	}
	if (err == 0) {
		p->used += got;
		*ret_pages = got;
		*ret_dirty = dirty;
	}
	lock_release(&p->lock);
	return err;
}

int pool_alloc_some(u32 want, u32 *ret_index, u32 *ret_pages, bool *ret_dirty)
{
	int err = alloc_some(want, ret_index, ret_pages, ret_dirty);

	if (err == -ENOSPC && reclaimed(want))
		err = alloc_some(want, ret_index, ret_pages, ret_dirty);
	return err;
}

void pool_free(u32 index, u32 pages)
{
	struct pool *p = the_pool();
	struct run runs[DIRTY_RUNS];
	u32 count;

	if (pages > DIRTY_RUN_MAX) {
		lock_acquire(&p->lock);
		p->used -= pages;
		lock_release(&p->lock);
		runs[0] = (struct run){ .index = index, .pages = pages };
		clean_runs(p, runs, 1);
		return;
	}
	lock_acquire(&p->lock);
	p->used -= pages;
	p->dirty[p->dirty_count++] = (struct run){ .index = index, .pages = pages };
	p->dirty_pages += pages;
	count = collect_dirty(p, runs);
	lock_release(&p->lock);
	if (count != 0)
		clean_runs(p, runs, count);
}
