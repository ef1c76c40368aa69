/*
 * The VMA array: lookup, insertion, splitting, room search.
 *
 * A sorted array beats a tree here: lookups are a binary search over adjacent memory and
 * programs have tens to a few thousand VMAs, so the memmove of an insertion is cheap.
 */
#include "kernel/mm/vma.h"

#include "abi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/pool.h"
#include "kernel/vfs/vfs.h"
#include "lib/string.h"

u32 vma_lower_bound(const struct mm *mm, uaddr_t addr)
{
	u32 lo = 0, hi = mm->count;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (mm->vmas[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct vma *vma_find(struct mm *mm, uaddr_t addr)
{
	u32 i = vma_lower_bound(mm, addr);

	return i < mm->count && mm->vmas[i].start <= addr ? &mm->vmas[i] : NULL;
}

int vma_reserve(struct mm *mm, u32 extra)
{
	if (mm->count + extra > MM_VMAS_MAX)
		return -ENOMEM;
	if (mm->count + extra <= mm->space)
		return 0;
	u32 space = MAX(mm->space * 2, mm->count + extra + 32);
	struct vma *bigger = kzalloc(space * sizeof(*bigger));

	if (bigger == NULL)
		return -ENOMEM;
	if (mm->count > 0)
		memcpy(bigger, mm->vmas, mm->count * sizeof(*bigger));
	kfree(mm->vmas);
	mm->vmas = bigger;
	mm->space = space;
	return 0;
}

static void insert_at(struct mm *mm, u32 i, const struct vma *v)
{
	ASSERT(mm->count < mm->space);
	memmove(&mm->vmas[i + 1], &mm->vmas[i], (mm->count - i) * sizeof(*v));
	mm->vmas[i] = *v;
	mm->count++;
}

static void remove_at(struct mm *mm, u32 i)
{
	mm->count--;
	memmove(&mm->vmas[i], &mm->vmas[i + 1], (mm->count - i) * sizeof(mm->vmas[0]));
}

void vma_split(struct mm *mm, uaddr_t addr)
{
	u32 i = vma_lower_bound(mm, addr);

	if (i == mm->count || mm->vmas[i].start >= addr)
		return;
	struct vma upper = mm->vmas[i];

	upper.offset += addr - upper.start;
	upper.start = addr;
	if (upper.file != NULL)
		file_get(upper.file);
	mm->vmas[i].end = addr;
	insert_at(mm, i + 1, &upper);
}

static bool mergeable(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->prot == b->prot && a->flags == b->flags &&
	       a->file == b->file && a->share_id == b->share_id &&
	       ((a->file == NULL && a->share_id == 0) ||
		a->offset + (a->end - a->start) == b->offset);
}

void vma_merge_around(struct mm *mm, uaddr_t start, uaddr_t end)
{
	u32 i = vma_lower_bound(mm, start == 0 ? 0 : start - 1);

	while (i + 1 < mm->count && mm->vmas[i].start <= end) {
		struct vma *a = &mm->vmas[i];

		if (!mergeable(a, a + 1)) {
			i++;
			continue;
		}
		struct file *spare = a[1].file;

		a->end = a[1].end;
		remove_at(mm, i + 1);
		/* Never the last reference: a holds one of its own. */
		if (spare != NULL)
			file_put(spare);
	}
}

/* Memory the process may fill on its own account, so it counts against --memory. */
static bool is_committed(const struct vma *v)
{
	return (v->prot & LINUX_PROT_WRITE) && !(v->flags & (VMA_NORESERVE | VMA_STACK)) &&
	       (!(v->flags & VMA_SHARED) || v->file == NULL);
}

u64 vma_commit_of(const struct vma *v)
{
	return is_committed(v) ? (v->end - v->start) >> PAGE_SHIFT : 0;
}

static bool counts_as_data(const struct vma *v)
{
	return (v->prot & LINUX_PROT_WRITE) && !(v->flags & (VMA_SHARED | VMA_STACK));
}

void vma_insert(struct mm *mm, const struct vma *v)
{
	u64 pages = (v->end - v->start) >> PAGE_SHIFT;

	insert_at(mm, vma_lower_bound(mm, v->start), v);
	mm->pages += pages;
	mm->peak_pages = MAX(mm->peak_pages, mm->pages);
	if (v->flags & VMA_LOCKED)
		mm->locked_pages += pages;
	if (counts_as_data(v))
		mm->data_pages += pages;
	mm->committed_pages += vma_commit_of(v);
}

bool vma_commit(struct mm *mm)
{
	if (mm->committed_pages > mm->charged_pages) {
		if (!pool_reserve(mm->committed_pages - mm->charged_pages))
			return false;
	} else if (mm->committed_pages < mm->charged_pages) {
		pool_unreserve(mm->charged_pages - mm->committed_pages);
	}
	mm->charged_pages = mm->committed_pages;
	return true;
}

void vma_account_protect(struct mm *mm, struct vma *v, int prot)
{
	u64 pages = (v->end - v->start) >> PAGE_SHIFT;

	if (counts_as_data(v))
		mm->data_pages -= pages;
	mm->committed_pages -= vma_commit_of(v);
	v->prot = prot;
	mm->committed_pages += vma_commit_of(v);
	if (counts_as_data(v))
		mm->data_pages += pages;
}

u32 vma_cut(struct mm *mm, uaddr_t start, uaddr_t end, struct file **ret_files, u32 max_files)
{
	u32 first, n = 0, files = 0;

	vma_split(mm, start);
	vma_split(mm, end);
	first = vma_lower_bound(mm, start);
	while (first + n < mm->count && mm->vmas[first + n].start < end && files < max_files) {
		struct vma *v = &mm->vmas[first + n];
		u64 pages = (v->end - v->start) >> PAGE_SHIFT;

		mm->pages -= pages;
		if (v->flags & VMA_LOCKED)
			mm->locked_pages -= pages;
		if (counts_as_data(v))
			mm->data_pages -= pages;
		mm->committed_pages -= vma_commit_of(v);
		if (v->file != NULL)
			ret_files[files++] = v->file;
		n++;
	}
	mm->count -= n;
	memmove(&mm->vmas[first], &mm->vmas[first + n], (mm->count - first) * sizeof(mm->vmas[0]));
	return files;
}

bool vma_range_free(const struct mm *mm, uaddr_t start, uaddr_t end)
{
	u32 i = vma_lower_bound(mm, start);

	return i == mm->count || mm->vmas[i].start >= end;
}

/* The highest place for len bytes that ends at or below top and starts at or above bottom. */
static uaddr_t room_below(const struct mm *mm, u64 len, u64 align, uaddr_t bottom, uaddr_t top)
{
	u32 i = vma_lower_bound(mm, top);
	uaddr_t end = top;

	if (i < mm->count && mm->vmas[i].start < top)
		end = mm->vmas[i].start;
	for (;;) {
		uaddr_t low = i == 0 ? bottom : MAX(bottom, mm->vmas[i - 1].end);

		if (end >= len && end - len >= low) {
			uaddr_t start = ALIGN_DOWN(end - len, align);

			if (start >= low)
				return start;
		}
		if (i == 0 || mm->vmas[i - 1].end <= bottom)
			return 0;
		i--;
		end = mm->vmas[i].start;
	}
}

uaddr_t vma_find_room(const struct mm *mm, u64 len, u64 align, uaddr_t bottom, uaddr_t top)
{
	uaddr_t zone_end = zone_base + ZONE_SIZE, r = 0;

	/* The kernel's zone is not in the array; look on both sides of it. */
	if (top > zone_end)
		r = room_below(mm, len, align, MAX(bottom, zone_end), top);
	if (r == 0 && bottom < zone_base)
		r = room_below(mm, len, align, bottom, MIN(top, zone_base));
	return r;
}
