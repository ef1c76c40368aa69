/*
 * Kernel memory.
 *
 * OVERVIEW. A heap is a window of address space cut into chunks of 64 KiB. A chunk belongs to
 * one size class and is carved into objects of that size, or is part of a large block of
 * whole chunks. The chunk table at the window's start says which; how long the large blocks
 * are is noted at its end. Freed objects go to their class's list; freed large blocks give
 * their memory back to the host.
 *
 * The first objects of each class lie in a few pages of their own before all chunks. A small
 * sandbox has nearly all its objects there, and a new process finds what it touches with a
 * few of the host's faults, which map 64 KiB each.
 *
 * LOCKING. One lock per class and one for the chunk table; all are leaves. The shared heap's
 * are in the shared window itself, the private one's where each process writes anyway. fork
 * copies the private heap while its locks are held (heap_fork_lock), so the child finds it
 * consistent.
 *
 * NOT DONE. A chunk once given to a class stays there.
 */
#include "kernel/mm/heap.h"

#include "abi/errno.h"
#include "abi/linux/mman.h"
#include "kernel/locks.h"
#include "kernel/mm/heap_internal.h"
#include "kernel/mm/zone.h"
#include "kernel/sync/lock.h"
#include "lib/list.h"
#include "lib/string.h"
#include "platform/plat.h"

#define CHUNK_SIZE 0x10000ul
#define CHUNKS_MAX 262144u
#define OBJECT_MAX 32768u
#define FIRST_PAGES 128u /* of the window, for the first objects */
#define FIRST_OBJECTS 4u /* at least so many of a class at once */
#define FIRST_GROWTHS 4u /* so often, then the class gets chunks */
#define FIRST_OBJECT_MAX 4096u
#define AROUND 0x10000ul /* what the host maps at a reader's fault */
#define CHUNKS_KEPT 4u /* freed blocks up to this size keep their memory */
#define LARGE_PAGE 0x200000ul
#define FORKS_MANY 32u /* a large page costs what some 15 processes save by it */

static const u16 class_size[] COPIED_CONST = {
	16,  32,   48,   64,   96,   128,  192,  256,  384,   512,
	768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 16384, 32768,
};

#define CLASSES ARRAY_SIZE(class_size)
#define CHUNK_FREE 0u
#define CHUNK_LARGE 254u /* first chunk of a large block, length in chunk_run */
#define CHUNK_REST 255u

struct free_object {
	struct free_object *next;
};

struct heap_class {
	struct lock lock;
	u32 carve_left;             /* objects never used so far in the newest chunk */
	u32 growths;
	char *carve;
	struct free_object *free;
} ALIGNED(64);

struct heap {
	u64 base, chunk_count; /* I */
	struct lock chunk_lock;
	u32 chunk_top;         /* chunks at and above were never used */
	u32 free_chunks;       /* below chunk_top */
	u32 first_pages;       /* from the window's start: used */
	u32 forks;             /* a */
	u64 large_next;        /* a: no large page was tried from this offset on; all ones: never */
	u8 first_class[FIRST_PAGES]; /* of each of them: class + 1 */
	struct heap_class classes[CLASSES];
	u8 *chunk_class; /* I: of each chunk, CHUNK_* or class + 1 */
	u32 *chunk_run;  /* I: of each chunk; set for the first ones of large blocks */
};

static struct heap own_heap PER_PROCESS;

static struct heap *shared_heap(void)
{
	return (struct heap *)(zone_base + ZONE_SHARED_HEAP);
}

static struct heap *private_heap(void)
{
	return &own_heap;
}

/*
 * The window: inside bytes of the caller's, the first pages, the table, the chunks, the large
 * blocks' lengths.
 */
static void heap_init_at(struct heap *h, u64 base, u64 size, u64 inside)
{
	u64 table = FIRST_PAGES * PAGE_SIZE;
	lock_rank(&h->chunk_lock, RANK_HEAP);
	for (u32 c = 0; c < CLASSES; c++)
		lock_rank(&h->classes[c].lock, RANK_HEAP_CLASS);
	u64 count = MIN(size / CHUNK_SIZE, (u64)CHUNKS_MAX);

	h->base = base;
	h->first_pages = (u32)((inside + PAGE_SIZE - 1) / PAGE_SIZE);
	h->large_next = h == shared_heap() ? LARGE_PAGE : ~(u64)0;
	h->chunk_class = (u8 *)(base + table);
	h->chunk_run = (u32 *)(base + size - count * sizeof(u32));
	h->chunk_count = count - (count * sizeof(u32) + CHUNK_SIZE - 1) / CHUNK_SIZE;
	h->chunk_top = (u32)((table + count + CHUNK_SIZE - 1) / CHUNK_SIZE);
	memset(h->chunk_class, CHUNK_REST, h->chunk_top);
}

void heap_init(void)
{
	heap_init_at(shared_heap(), zone_base + ZONE_SHARED_HEAP, ZONE_SHARED_HEAP_SIZE,
		     sizeof(struct heap));
	heap_init_at(private_heap(), zone_base + ZONE_PRIVATE_HEAP, ZONE_PRIVATE_HEAP_SIZE, 0);
}

/* A run of count chunks with the given mark, or NULL; chunk_lock is held. */
static char *chunks_take_locked(struct heap *h, u32 count, u8 mark)
{
	u32 first = h->chunk_top;

	if (h->free_chunks >= count) {
		u32 run = 0;

		for (u32 i = 0; i < h->chunk_top; i++) {
			run = h->chunk_class[i] == CHUNK_FREE ? run + 1 : 0;
			if (run == count) {
				first = i + 1 - count;
				h->free_chunks -= count;
				break;
			}
		}
	}
	if (first == h->chunk_top) {
		if (count > h->chunk_count - h->chunk_top)
			return NULL;
		h->chunk_top += count;
	}
	h->chunk_class[first] = mark;
	if (mark == CHUNK_LARGE)
		h->chunk_run[first] = count;
	for (u32 i = 1; i < count; i++)
		h->chunk_class[first + i] = CHUNK_REST;
	return (char *)(h->base + first * CHUNK_SIZE);
}

static void *large_alloc(struct heap *h, size_t size)
{
	u64 count = (size + CHUNK_SIZE - 1) / CHUNK_SIZE;

	if (count > h->chunk_count)
		return NULL;
	lock_acquire(&h->chunk_lock);
	char *p = chunks_take_locked(h, (u32)count, CHUNK_LARGE);
	lock_release(&h->chunk_lock);
	return p; /* fresh from the host, or given back by large_free: zero */
}

static void large_free(struct heap *h, char *p, u32 first)
{
	u32 count = h->chunk_run[first];

	/* Zero for the next owner; what is big is not held meanwhile. */
	if (count <= CHUNKS_KEPT ||
	    plat_advise((u64)p, count * CHUNK_SIZE,
			h == shared_heap() ? LINUX_MADV_REMOVE : LINUX_MADV_DONTNEED) < 0)
		memset(p, 0, count * CHUNK_SIZE);
	lock_acquire(&h->chunk_lock);
	for (u32 i = 0; i < count; i++)
		h->chunk_class[first + i] = CHUNK_FREE;
	h->free_chunks += count;
	lock_release(&h->chunk_lock);
}

static u32 class_of(size_t size)
{
	u32 c = 0;

	while (class_size[c] < size)
		c++;
	return c;
}

/* The same within the first pages. */
static bool first_grow_locked(struct heap *h, struct heap_class *hc, u32 c)
{
	u32 size = class_size[c], room;
	u32 pages = (u32)((FIRST_OBJECTS * size + PAGE_SIZE - 1) / PAGE_SIZE);

	if (size > FIRST_OBJECT_MAX || hc->growths == FIRST_GROWTHS)
		return false;
	hc->growths++;
	lock_acquire(&h->chunk_lock);
	room = FIRST_PAGES - h->first_pages;
	if (pages <= room) {
		hc->carve = (char *)(h->base + h->first_pages * PAGE_SIZE);
		hc->carve_left = (u32)(pages * PAGE_SIZE / size);
		memset(h->first_class + h->first_pages, (int)c + 1, pages);
		h->first_pages += pages;
	}
	lock_release(&h->chunk_lock);
	return pages <= room;
}

static_assert(ZONE_SHARED_HEAP % LARGE_PAGE == 0, "large pages");

/*
 * The shared heap has come to another 2 MiB, with p, of a chunk for small objects. Many more
 * will follow, and a large page costs the host less than a fifth of 512 faults. Those who need
 * no more than the first 2 MiB never get here.
 */
static void large_page_try(struct heap *h, const char *p)
{
	u64 at = ((u64)p - h->base) & ~(LARGE_PAGE - 1), next = atomic_load(&h->large_next);
	int err;

	if (at < next || !atomic_cas(&h->large_next, &next, at + LARGE_PAGE))
		return;
	(void)*(const volatile char *)p; /* the host wants a page to begin with */
	err = plat_advise(h->base + at, LARGE_PAGE, LINUX_MADV_COLLAPSE);
	if (err == -EINVAL)
		atomic_store(&h->large_next, ~(u64)0); /* it has none for us */
}

/* Give the class another chunk to carve; its lock is held. */
static bool class_grow_locked(struct heap *h, struct heap_class *hc, u32 c)
{
	if (first_grow_locked(h, hc, c))
		return true;
	lock_acquire(&h->chunk_lock);
	hc->carve = chunks_take_locked(h, 1, (u8)(c + 1));
	lock_release(&h->chunk_lock);
	if (hc->carve == NULL)
		return false;
	hc->carve_left = (u32)(CHUNK_SIZE / class_size[c]);
	return true;
}

/* clear: zero-filled; else an object that was used before has anything in it. */
static void *heap_alloc(struct heap *h, size_t size, bool clear)
{
	if (size > OBJECT_MAX)
		return large_alloc(h, size);

	u32 c = class_of(size);
	struct heap_class *hc = &h->classes[c];
	bool grown = false;
	void *p = NULL;

	lock_acquire(&hc->lock);
	if (hc->free != NULL) {
		p = hc->free;
		hc->free = hc->free->next;
		lock_release(&hc->lock);
		return clear ? memset(p, 0, class_size[c]) : p;
	}
	if (hc->carve_left == 0)
		grown = class_grow_locked(h, hc, c);
	if (hc->carve_left > 0) {
		p = hc->carve;
		hc->carve += class_size[c];
		hc->carve_left--;
	}
	lock_release(&hc->lock);
	if (unlikely(grown))
		large_page_try(h, p);
	return p;
}

static void heap_free(struct heap *h, void *p)
{
	if (p == NULL)
		return;
	u32 chunk = (u32)(((u64)p - h->base) / CHUNK_SIZE);

	ASSERT((u64)p >= h->base && chunk < h->chunk_top);
	u64 page = ((u64)p - h->base) / PAGE_SIZE;
	u8 mark = page < FIRST_PAGES ? h->first_class[page] : h->chunk_class[chunk];

	ASSERT(mark != CHUNK_FREE && mark != CHUNK_REST);
	if (mark == CHUNK_LARGE) {
		large_free(h, p, chunk);
		return;
	}
	struct heap_class *hc = &h->classes[mark - 1];
	struct free_object *o = p;

	lock_acquire(&hc->lock);
	o->next = hc->free;
	hc->free = o;
	lock_release(&hc->lock);
}

void *kzalloc(size_t size)
{
	return heap_alloc(shared_heap(), size, true);
}

void *kmalloc(size_t size)
{
	return heap_alloc(shared_heap(), size, false);
}

void kfree(void *p)
{
	heap_free(shared_heap(), p);
}

char *kstrdup(const char *s)
{
	return kmemdup(s, strlen(s) + 1);
}

void *kmemdup(const void *src, size_t size)
{
	void *p = kmalloc(size);

	if (p != NULL)
		memcpy(p, src, size);
	return p;
}

void *pzalloc(size_t size)
{
	return heap_alloc(private_heap(), size, true);
}

void pfree(void *p)
{
	heap_free(private_heap(), p);
}

void heap_fork_map(void)
{
	const struct heap *h = shared_heap();
	u64 end = h->base + atomic_load_relaxed(&h->first_pages) * PAGE_SIZE;

	for (u64 at = h->base; at < end; at += AROUND)
		(void)*(const volatile u8 *)at;
}

/*
 * Where many processes are made, the first 2 MiB of the shared heap become a large page: a
 * process maps it with one fault and without a page of tables.
 */
static void fork_count(void)
{
	struct heap *h = shared_heap();

	/* On a host that has none all stays as it is. */
	if (atomic_add(&h->forks, 1) + 1 == FORKS_MANY)
		(void)!plat_advise(h->base, LARGE_PAGE, LINUX_MADV_COLLAPSE);
}

void heap_fork_lock(void)
{
	struct heap *h = private_heap();

	for (u32 c = 0; c < CLASSES; c++)
		lock_acquire(&h->classes[c].lock);
	lock_acquire(&h->chunk_lock);
}

void heap_fork_unlock(bool child)
{
	struct heap *h = private_heap();

	/* The child's copy of the words still names the parent's thread. */
	if (child) {
		h->chunk_lock.word = 0;
		for (u32 c = 0; c < CLASSES; c++)
			h->classes[c].lock.word = 0;
		return;
	}
	lock_release(&h->chunk_lock);
	for (u32 c = 0; c < CLASSES; c++)
		lock_release(&h->classes[c].lock);
	fork_count();
}
