/* Address spaces: creation, layout, faults, and the queries others make. See mm.h. */
#include "kernel/mm/mm.h"

#include "abi/errno.h"
#include "abi/linux/auxv.h"
#include "abi/linux/elf.h"
#include "kernel/boot.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/pool.h"
#include "kernel/mm/vma.h"
#include "kernel/obj/aio.h"
#include "kernel/task/task.h"
#include "kernel/vfs/vfs.h"
#include "kernel/x86_64/rewrite.h"
#include "kernel/x86_64/text.h"
#include "kernel/x86_64/vdso.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "platform/plat.h"

#define MMAP_MIN_ADDR 0x10000ull

/* Linux: the room kept below the top of the stack, whatever the limit says. */
#define STACK_GAP_MIN 0x8000000ull    /* 128 MiB */
#define STACK_GAP_MAX 0x40000000ull   /* 1 GiB: for "unlimited" */
#define STACK_RANDOM 0x400000000ull   /* 16 GiB: 22 bits of pages */
#define MMAP_RANDOM 0x10000000000ull  /* 1 TiB: 28 bits of pages */

#define STACK_FIRST_PAGES 33u /* Linux: setup_arg_pages() maps 128 KiB below the arguments */
#define STACK_BATCH 512u      /* pages asked for at a time */

#define FILES_PER_CUT 32

static bool aslr_on;

int mm_create(struct mm **ret)
{
	struct mm *mm = kzalloc(sizeof(*mm));

	if (mm == NULL)
		return -ENOMEM;
	lock_rank(&mm->lock, RANK_MM);
	ref_init(&mm->ref);
	*ret = mm;
	return 0;
}

int mm_copy(struct mm *from, struct mm **ret)
{
	struct mm *mm;
	int err = mm_create(&mm);

	if (err < 0)
		return err;
	lock_acquire(&from->lock);
	if (rewrite_active()) {
		text_refresh(from);
		if (atomic_load(&from->ref.count) == 1 && current()->process->thread_count == 1)
			rewrite_tidy_locked(from);
	}
	struct vma *vmas = kzalloc((from->count + 32) * sizeof(*vmas));

	if (vmas == NULL) {
		lock_release(&from->lock);
		kfree(mm);
		return -ENOMEM;
	}
	*mm = *from;
	if (rewrite_copy_locked(from, mm) < 0) {
		lock_release(&from->lock);
		kfree(vmas);
		kfree(mm);
		return -ENOMEM;
	}
	mm->lock.word = 0;
	mm->aio = NULL;
	ref_init(&mm->ref);
	mm->vmas = vmas;
	mm->space = from->count + 32;
	mm->count = 0;
	mm->pages = mm->locked_pages = mm->data_pages = 0;
	mm->lock_future = false;
	mm->committed_pages = mm->charged_pages = 0;
	for (u32 i = 0; i < from->count; i++) {
		struct vma v = from->vmas[i];

		if (v.flags & VMA_DONTFORK)
			continue;
		v.flags &= ~(u32)VMA_LOCKED; /* Linux: locks are not inherited */
		if (v.file != NULL)
			file_get(v.file);
		vma_insert(mm, &v);
	}
	lock_release(&from->lock);
	if (!vma_commit(mm)) {
		mm_put(mm);
		return -ENOMEM;
	}
	*ret = mm;
	return 0;
}

struct mm *mm_get(struct mm *mm)
{
	ref_get(&mm->ref);
	return mm;
}

void mm_put(struct mm *mm)
{
	if (mm == NULL || !ref_put(&mm->ref))
		return;
	for (u32 i = 0; i < mm->count; i++)
		file_put(mm->vmas[i].file);
	pool_unreserve(mm->charged_pages);
	aio_end(mm);
	kfree(mm->vmas);
	kfree(mm->sites);
	kfree(mm);
}

u64 mm_random(u64 limit)
{
	u64 r;

	if (!aslr_on || limit < PAGE_SIZE)
		return 0;
	plat_random(&r, sizeof(r));
	return r % limit & PAGE_MASK;
}

bool mm_aslr(void)
{
	return aslr_on;
}

/* Where the host's vDSO and its data pages lie, in every address space. */
static uaddr_t vvar_start, vdso_start, vdso_end;
/* A guest has changed them in this host process: nothing but its own programs shall see that. */
static bool vdso_changed;
static bool host_is_clear; /* nothing is mapped but for the kernel's zone and the vDSO */

static bool host_page(uaddr_t addr)
{
	u8 resident;

	return plat_mincore(addr, PAGE_SIZE, &resident) == 0;
}

static void find_vdso(void)
{
	vdso_start = vvar_start = vdso_end = host_auxv(LINUX_AT_SYSINFO_EHDR);
	while (vdso_start != 0 && vdso_end - vdso_start < 16 * PAGE_SIZE && host_page(vdso_end))
		vdso_end += PAGE_SIZE;
	while (vdso_start != 0 && vdso_start - vvar_start < 16 * PAGE_SIZE &&
	       host_page(vvar_start - PAGE_SIZE))
		vvar_start -= PAGE_SIZE;
	vdso_init(vvar_start, vdso_start, vdso_end);
}

/* Empty the address space on the host, but for the kernel's zone and the vDSO. */
static void host_clear(void)
{
	plat_unmap(MMAP_MIN_ADDR, zone_base - MMAP_MIN_ADDR);
	if (vdso_start < zone_base) {
		plat_unmap(zone_base + ZONE_SIZE, USER_ADDR_MAX - zone_base - ZONE_SIZE);
		return;
	}
	plat_unmap(zone_base + ZONE_SIZE, vvar_start - zone_base - ZONE_SIZE);
	if (vdso_end < USER_ADDR_MAX)
		plat_unmap(vdso_end, USER_ADDR_MAX - vdso_end);
}

static bool host_vma_whole(struct mm *mm, uaddr_t start, uaddr_t end, int prot)
{
	const struct vma *v = start < end ? vma_find(mm, start) : NULL;

	return start == end || (v != NULL && v->flags & VMA_HOST && !(v->flags & VMA_WRITTEN) &&
				v->start == start && v->end == end && v->prot == prot);
}

void mm_host_check(struct mm *mm)
{
	lock_acquire(&mm->lock);
	/* Without any mapping it never had a program. */
	if (mm->count != 0 &&
	    !(host_vma_whole(mm, vvar_start, vdso_start, LINUX_PROT_READ) &&
	      host_vma_whole(mm, vdso_start, vdso_end, LINUX_PROT_READ | LINUX_PROT_EXEC)))
		vdso_changed = true;
	lock_release(&mm->lock);
}

void mm_host_init(void)
{
	find_vdso();
	host_clear();
	host_is_clear = true;
}

bool mm_host_clear(void)
{
	if (vdso_changed || vdso_end == 0)
		return false;
	host_clear();
	host_is_clear = true;
	return true;
}

static void note_vdso(struct mm *mm)
{
	struct vma data = { .start = vvar_start, .end = vdso_start, .prot = LINUX_PROT_READ,
			    .flags = VMA_HOST };
	struct vma code = { .start = vdso_start, .end = vdso_end, .flags = VMA_HOST,
			    .prot = LINUX_PROT_READ | LINUX_PROT_EXEC };

	/* The guest may have unmapped its data: then its next program has none. */
	mm->no_vdso = !vdso_renew(vdso_changed);
	if (mm->no_vdso || vdso_start == vdso_end)
		return;
	if (data.start < data.end)
		vma_insert(mm, &data);
	vma_insert(mm, &code);
}

static void unmap_guest(struct mm *mm)
{
	struct file *files[FILES_PER_CUT];
	u32 n;

	do {
		lock_acquire(&mm->lock);
		if (vma_reserve(mm, 4) < 0)
			panic("no memory to clear an address space");
		n = vma_cut(mm, 0, USER_ADDR_MAX, files, FILES_PER_CUT);
		lock_release(&mm->lock);
		for (u32 i = 0; i < n; i++)
			file_put(files[i]);
	} while (n == FILES_PER_CUT);
}

void mm_reset(struct mm *mm, bool aslr)
{
	aslr_on = aslr;
	if (!host_is_clear)
		host_clear();
	host_is_clear = false;
	unmap_guest(mm);
	aio_end(mm);

	lock_acquire(&mm->lock);
	note_vdso(mm);
	u64 limit = task_rlimit(LINUX_RLIMIT_STACK);
	u64 gap = ALIGN_UP(MIN(MAX(limit, STACK_GAP_MIN), STACK_GAP_MAX), PAGE_SIZE);
	uaddr_t top = USER_ADDR_MAX - mm_random(STACK_RANDOM);

	mm->stack_limit = vma_find_room(mm, gap, PAGE_SIZE, USER_ADDR_MAX / 2, top);
	mm->stack_top = mm->stack_limit + gap;
	mm->mmap_base = mm->stack_limit - mm_random(MMAP_RANDOM);
	mm->brk_start = mm->brk = 0;
	mm->peak_pages = mm->pages;
	mm->stack_unused = 0;
	mm->lone = false;
	lock_release(&mm->lock);
}

void mm_set_brk(uaddr_t start)
{
	struct mm *mm = current()->process->mm;

	lock_acquire(&mm->lock);
	mm->brk_start = mm->brk = start;
	lock_release(&mm->lock);
}

/* The size the stack mapping should have now. */
static u64 stack_size(const struct mm *mm)
{
	u64 limit = MIN(task_rlimit(LINUX_RLIMIT_STACK), mm->stack_top - mm->stack_limit);

	return ALIGN_UP(MAX(limit, PAGE_SIZE * 32), PAGE_SIZE);
}

static int stack_map(struct mm *mm, uaddr_t start, uaddr_t end, int prot)
{
	struct vma v = { .start = start, .end = end, .prot = prot, .flags = VMA_STACK };
	int err = plat_map(start, end - start, prot,
			   LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS | LINUX_MAP_NORESERVE |
				   LINUX_MAP_STACK, -1, 0);

	if (err == 0) {
		vma_insert(mm, &v);
		vma_merge_around(mm, start, end);
	}
	return err;
}

int mm_stack_create(bool executable, uaddr_t *ret_top)
{
	struct mm *mm = current()->process->mm;
	int prot = LINUX_PROT_READ | LINUX_PROT_WRITE | (executable ? LINUX_PROT_EXEC : 0);

	lock_acquire(&mm->lock);
	int err = vma_reserve(mm, 2);

	if (err == 0)
		err = stack_map(mm, mm->stack_top - stack_size(mm), mm->stack_top, prot);
	if (err == 0) {
		*ret_top = mm->stack_top;
		mm->stack_unused = (stack_size(mm) >> PAGE_SHIFT) -
				   MIN(stack_size(mm) >> PAGE_SHIFT, (u64)STACK_FIRST_PAGES);
	}
	lock_release(&mm->lock);
	return err;
}

void mm_stack_limit_changed(void)
{
	struct mm *mm = current()->process->mm;

	lock_acquire(&mm->lock);
	struct vma *v = vma_find(mm, mm->stack_top - 1);
	uaddr_t start = mm->stack_top - stack_size(mm);

	if (v != NULL && v->flags & VMA_STACK && start < v->start &&
	    vma_range_free(mm, start, v->start) && vma_reserve(mm, 2) == 0) {
		/* The array may have moved. */
		v = vma_find(mm, mm->stack_top - 1);
		int err = stack_map(mm, start, v->start, v->prot);

		(void)err; /* Linux: growth fails when the stack is used, not here */
	}
	lock_release(&mm->lock);
}

/* Pages from start on up to the first that is there. */
static u64 untouched_pages(uaddr_t start, uaddr_t end)
{
	u8 there[STACK_BATCH];
	u64 n = 0;

	for (uaddr_t at = start; at < end; at += STACK_BATCH * PAGE_SIZE) {
		u64 pages = MIN((end - at) >> PAGE_SHIFT, (u64)STACK_BATCH);

		if (plat_mincore(at, pages << PAGE_SHIFT, there) < 0)
			return n;
		for (u64 i = 0; i < pages; i++, n++)
			if (there[i] & 1)
				return n;
	}
	return n;
}

u64 mm_stack_unused_locked(struct mm *mm)
{
	u64 size = 0, unused = 0;
	bool used = false;

	if (current()->process == NULL || mm != current()->process->mm)
		return mm->stack_unused;

	for (u32 i = vma_lower_bound(mm, mm->stack_limit);
	     i < mm->count && mm->vmas[i].start < mm->stack_top; i++) {
		const struct vma *v = &mm->vmas[i];
		u64 pages = (v->end - v->start) >> PAGE_SHIFT, n;

		if (!(v->flags & VMA_STACK))
			continue;
		size += pages;
		n = used ? 0 : untouched_pages(v->start, v->end);
		unused += n;
		used = used || n < pages;
	}
	mm->stack_unused = MIN(unused, size - MIN(size, (u64)STACK_FIRST_PAGES));
	return mm->stack_unused;
}

uaddr_t mm_find_free(u64 len, u64 align)
{
	struct mm *mm = current()->process->mm;

	lock_acquire(&mm->lock);
	uaddr_t r = vma_find_room(mm, len, align, MMAP_MIN_ADDR, mm->mmap_base);
	lock_release(&mm->lock);
	return r;
}

bool mm_futex_key(uaddr_t addr, u64 key[2])
{
	struct mm *mm = current()->process->mm;
	bool shared = false;

	lock_acquire(&mm->lock);
	const struct vma *v = vma_find(mm, addr);

	if (v != NULL && v->flags & VMA_SHARED) {
		shared = true;
		key[0] = v->file != NULL ? (u64)v->file->inode : v->share_id;
		key[1] = v->offset + (addr - v->start);
	}
	lock_release(&mm->lock);
	return shared;
}

bool mm_fault(uaddr_t addr, int access, bool *ret_bus)
{
	struct mm *mm = current()->process == NULL ? NULL : current()->process->mm;
	bool repaired = false, mine;

	*ret_bus = false;
	if (mm == NULL || !user_range_ok(addr, 1))
		return false;
	/* A copy under the lock: mappings are looked at then, not changed. */
	mine = lock_held(&mm->lock);
	if (!mine)
		lock_acquire(&mm->lock);
	struct vma *v = vma_find(mm, addr);

	if (v != NULL && v->file != NULL && v->file->ops->fault != NULL && (v->prot & access)) {
		uaddr_t page = ALIGN_DOWN(addr, PAGE_SIZE);
		struct map_request req = {
			.addr = page,
			.len = PAGE_SIZE,
			.offset = v->offset + (page - v->start),
			.prot = v->prot,
			.shared = v->flags & VMA_SHARED,
			.before = page - v->start,
			.after = v->end - page - PAGE_SIZE,
		};

		repaired = v->file->ops->fault(v->file, &req) == 0;
		*ret_bus = !repaired;
	}
	if (!mine)
		lock_release(&mm->lock);
	return repaired;
}
