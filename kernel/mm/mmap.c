/*
 * mmap, munmap, mprotect, mremap and brk on the current process.
 *
 * LINUX BEHAVIOUR: mm/mmap.c, mprotect(2), mremap(2), brk(2): checks in the same order, the
 * same errors, effects up to the first error where Linux has them.
 * LOCKING: mm->lock is held from the choice of the address to the host's mapping, so that
 * threads see one order of events; file references are put after it.
 */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/pool.h"
#include "kernel/mm/vma.h"
#include "kernel/task/task.h"
#include "kernel/vfs/vfs.h"
#include "kernel/x86_64/rewrite.h"
#include "kernel/sys/profile.h"
#include "kernel/x86_64/text.h"
#include "lib/checked.h"
#include "lib/string.h"
#include "platform/plat.h"

#define MMAP_MIN_ADDR 0x10000ull
#define LARGE_PAGE 0x200000ull /* 2 MiB */
#define FEW_FILES 8u /* whose mappings are cut without memory for it */

/* Placing program images for the rewritten entry: see choose_address(). */
#define IMAGE_MIN 0x10000ull
#define IMAGE_BELOW 0x2000000ull   /* 32 MiB */
#define IMAGE_ABOVE 0x4000000ull   /* 64 MiB */
#define IMAGES_DOWN 0x1000000000ull /* 64 GiB below the ordinary mappings */
#define PROT_KNOWN (LINUX_PROT_READ | LINUX_PROT_WRITE | LINUX_PROT_EXEC)

/* Flags passed on to the host as they are. */
#define HOST_FLAGS                                                                \
	(LINUX_MAP_NORESERVE | LINUX_MAP_POPULATE | LINUX_MAP_STACK | LINUX_MAP_GROWSDOWN | \
	 LINUX_MAP_NONBLOCK)

/* What MAP_SHARED_VALIDATE lets pass. Linux: LEGACY_MAP_MASK, so not MAP_FIXED_NOREPLACE. */
#define MAP_VALIDATED                                                             \
	(LINUX_MAP_SHARED_VALIDATE | LINUX_MAP_FIXED | LINUX_MAP_ANONYMOUS |       \
	 LINUX_MAP_32BIT | LINUX_MAP_ABOVE4G | LINUX_MAP_GROWSDOWN |               \
	 LINUX_MAP_DENYWRITE | LINUX_MAP_EXECUTABLE | LINUX_MAP_LOCKED |           \
	 LINUX_MAP_NORESERVE | LINUX_MAP_POPULATE | LINUX_MAP_NONBLOCK |           \
	 LINUX_MAP_STACK | LINUX_MAP_HUGETLB | LINUX_MAP_UNINITIALIZED |           \
	 21u << LINUX_MAP_HUGE_SHIFT | 30u << LINUX_MAP_HUGE_SHIFT)

static struct mm *current_mm(void)
{
	return current()->process->mm;
}

/* --- cutting --- */

/*
 * Files whose mappings are gone. The last put may do much: it comes when the lock is released,
 * and that only when the whole change is made, or other threads would take the room.
 */
struct cut {
	struct file **files, *few[FEW_FILES];
	u32 count, wanted, space;
};

#define CUT_NONE(name) { .files = (name).few, .space = FEW_FILES }

/* Room for what cut_locked() does in the range. Lock held. */
static int cut_reserve(struct mm *mm, uaddr_t start, uaddr_t end, struct cut *c)
{
	struct file **more;

	for (u32 i = vma_lower_bound(mm, start); i < mm->count && mm->vmas[i].start < end; i++)
		c->wanted += mm->vmas[i].file != NULL;
	if (c->wanted >= c->space) {
		more = kzalloc((c->wanted + 1) * sizeof(*more));
		if (more == NULL)
			return -ENOMEM;
		memcpy(more, c->files, c->count * sizeof(*more));
		if (c->files != c->few)
			kfree(c->files);
		c->files = more;
		c->space = c->wanted + 1;
	}
	return vma_reserve(mm, 3);
}

/* Take [start, end) out of the array; the host side is the caller's. Lock held. */
static void cut_locked(struct mm *mm, uaddr_t start, uaddr_t end, struct cut *c)
{
	c->count += vma_cut(mm, start, end, c->files + c->count, c->space - c->count);
}

/* The lock is released. */
static void cut_end(struct cut *c)
{
	for (u32 i = 0; i < c->count; i++)
		file_put(c->files[i]);
	if (c->files != c->few)
		kfree(c->files);
}

/* --- mmap --- */

struct map_args {
	uaddr_t addr;
	u64 len;
	int prot, flags;
	struct file *file;
	u64 offset;
	u32 vma_flags;
};

static int check_file(const struct map_args *a)
{
	const struct file *f = a->file;
	u64 end;

	if (!checked_add(a->offset, a->len, &end) || end > (u64)INT64_MAX)
		return -EOVERFLOW;
	if (f->mode & FMODE_PATH)
		return -EBADF;
	if (!(f->mode & FMODE_READ))
		return -EACCES;
	if ((a->vma_flags & VMA_SHARED) && (a->prot & LINUX_PROT_WRITE) &&
	    !(f->mode & FMODE_WRITE))
		return -EACCES;
	if ((a->prot & LINUX_PROT_EXEC) && f->path.mnt != NULL &&
	    (f->path.mnt->flags & MOUNT_NO_EXEC))
		return -EPERM;
	if (f->ops->map == NULL)
		return -ENODEV;
	return 0;
}

static int decode_flags(struct map_args *a)
{
	switch (a->flags & LINUX_MAP_TYPE) {
	case LINUX_MAP_SHARED_VALIDATE:
		if (a->flags & LINUX_MAP_ANONYMOUS)
			return -EINVAL;
		if (a->flags & ~MAP_VALIDATED)
			return -EOPNOTSUPP;
		/* fall through */
	case LINUX_MAP_SHARED:
		a->vma_flags |= VMA_SHARED;
		break;
	case LINUX_MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	if (a->flags & LINUX_MAP_GROWSDOWN) {
		if (a->vma_flags & VMA_SHARED)
			return -EINVAL;
		a->vma_flags |= VMA_GROWSDOWN;
	}
	if (a->flags & LINUX_MAP_LOCKED) {
		if (!mm_may_lock())
			return -EPERM;
		a->vma_flags |= VMA_LOCKED;
	}
	if (a->flags & LINUX_MAP_NORESERVE)
		a->vma_flags |= VMA_NORESERVE;
	if (a->file == NULL || (a->file->mode & FMODE_WRITE))
		a->vma_flags |= VMA_MAYWRITE;
	return 0;
}

static int decode(struct map_args *a)
{
	if (a->len == 0)
		return -EINVAL;
	if (!checked_page_up(a->len, &a->len) || a->len > USER_ADDR_MAX)
		return -ENOMEM;
	if (!IS_ALIGNED(a->offset, PAGE_SIZE))
		return -EINVAL;
	if (a->flags & LINUX_MAP_FIXED_NOREPLACE)
		a->flags |= LINUX_MAP_FIXED;
	if (a->flags & LINUX_MAP_FIXED) {
		if (!IS_ALIGNED(a->addr, PAGE_SIZE))
			return -EINVAL;
		if (a->addr > USER_ADDR_MAX - a->len || !user_range_ok(a->addr, a->len))
			return -ENOMEM;
		if (a->addr < MMAP_MIN_ADDR)
			return -EPERM;
	}
	int err = decode_flags(a);

	if (err < 0)
		return err;
	if (a->flags & LINUX_MAP_HUGETLB)
		return -ENOMEM; /* no huge page pool: Linux with nr_hugepages 0 */
	if (a->flags & LINUX_MAP_ANONYMOUS)
		a->file = NULL;
	return a->file != NULL ? check_file(a) : 0;
}

static bool within_limits(struct mm *mm, const struct map_args *a, u64 replaced)
{
	u64 bytes = (mm->pages << PAGE_SHIFT) - replaced + a->len;
	u64 limit = task_rlimit(LINUX_RLIMIT_AS);

	if (bytes > limit && bytes - (mm_stack_unused_locked(mm) << PAGE_SHIFT) > limit)
		return false;
	if ((a->prot & LINUX_PROT_WRITE) && !(a->vma_flags & VMA_SHARED) &&
	    (mm->data_pages << PAGE_SHIFT) + a->len > task_rlimit(LINUX_RLIMIT_DATA))
		return false;
	return true;
}

/* Would the sandbox's limit bear the new mapping? What is charged is settled by settle(). */
static bool memory_left(const struct map_args *a)
{
	struct vma v = { .end = a->len, .prot = a->prot, .flags = a->vma_flags, .file = a->file };
	u64 pages = vma_commit_of(&v);

	if (pages == 0)
		return true;
	if (!pool_reserve(pages))
		return false;
	pool_unreserve(pages);
	return true;
}

/*
 * After a change: the account follows. Growth was checked before it; if another process took
 * what we saw free, the charge is made up for at the next change. Lock held.
 */
static void settle(struct mm *mm)
{
	bool settled = vma_commit(mm);

	(void)settled;
}

/*
 * Where the host can use a large page: in anonymous memory when all of it can be of them, in a
 * file when it has at least one. Linux: __get_unmapped_area(), thp_get_unmapped_area().
 */
static bool wants_large_pages(const struct map_args *a)
{
	u64 begin = ALIGN_UP(a->offset, LARGE_PAGE);

	if (a->addr != 0)
		return false;
	if (a->file == NULL)
		return !(a->vma_flags & VMA_SHARED) && IS_ALIGNED(a->len, LARGE_PAGE);
	return a->offset + a->len >= begin + LARGE_PAGE;
}

/* Room for a mapping of a->len bytes at before bytes from its beginning, of all bytes. */
static uaddr_t find_room(const struct mm *mm, const struct map_args *a, u64 before, u64 all,
			 uaddr_t top)
{
	u64 shift = a->file != NULL ? a->offset % LARGE_PAGE : 0;
	uaddr_t r = 0;

	if (wants_large_pages(a))
		r = vma_find_room(mm, all + shift, LARGE_PAGE, MMAP_MIN_ADDR, top);
	if (r != 0)
		return r + before + shift;
	r = vma_find_room(mm, all, PAGE_SIZE, MMAP_MIN_ADDR, top);
	return r != 0 ? r + before : 0;
}

/* Where to map; 0: no room. */
static uaddr_t choose_address(const struct mm *mm, const struct map_args *a)
{
	uaddr_t hint = ALIGN_DOWN(a->addr, PAGE_SIZE), r;

	if (a->flags & LINUX_MAP_FIXED)
		return a->addr;
	if (hint != 0 && hint < MMAP_MIN_ADDR)
		hint = MMAP_MIN_ADDR;
	if (hint != 0 && hint <= USER_ADDR_MAX - a->len && user_range_ok(hint, a->len) &&
	    vma_range_free(mm, hint, hint + a->len) &&
	    !(hint < mm->stack_top && hint + a->len > mm->stack_limit) &&
	    !((a->flags & LINUX_MAP_32BIT) && hint + a->len > 0x80000000ull))
		return hint;
	if (a->flags & LINUX_MAP_32BIT)
		return vma_find_room(mm, a->len, PAGE_SIZE, 0x40000000ull, 0x80000000ull);
	if (a->file != NULL && a->len >= IMAGE_MIN && rewrite_active()) {
		/* Room around program text, where the stubs of its calls must lie. */
		r = find_room(mm, a, IMAGE_BELOW, a->len + IMAGE_BELOW + IMAGE_ABOVE,
			      mm->mmap_base - IMAGES_DOWN);
		if (r != 0)
			return r;
	}
	r = find_room(mm, a, 0, a->len, mm->mmap_base);
	if (r == 0)
		r = vma_find_room(mm, a->len, PAGE_SIZE, mm->mmap_base, mm->stack_limit);
	return r;
}

/* Replace what is at a->addr on the host. */
static int host_map(const struct map_args *a)
{
	/* Locked memory is present: mlock.c. */
	int flags = (a->flags & HOST_FLAGS) |
		    (a->vma_flags & VMA_LOCKED ? LINUX_MAP_POPULATE : 0);

	if (a->file == NULL)
		return plat_map(a->addr, a->len, a->prot,
				flags | LINUX_MAP_ANONYMOUS |
					(a->vma_flags & VMA_SHARED ? LINUX_MAP_SHARED :
								     LINUX_MAP_PRIVATE), -1, 0);
	struct map_request req = {
		.addr = a->addr,
		.len = a->len,
		.offset = a->offset,
		.prot = a->prot,
		.shared = a->vma_flags & VMA_SHARED,
		.extra = flags & ~LINUX_MAP_GROWSDOWN,
	};

	return file_map(a->file, &req);
}

static s64 map_locked(struct mm *mm, struct map_args *a, struct cut *cut)
{
	static u64 next_share_id = 1;
	u64 replaced = 0;

	if (mm->lock_future)
		a->vma_flags |= VMA_LOCKED;
	if ((a->vma_flags & VMA_LOCKED) && !mm_lock_room_locked(mm, a->len >> PAGE_SHIFT))
		return -EAGAIN;
	if (a->flags & LINUX_MAP_FIXED)
		rewrite_forget_locked(mm, a->addr, a->addr + a->len);
	if (a->flags & LINUX_MAP_FIXED)
		for (u32 i = vma_lower_bound(mm, a->addr);
		     i < mm->count && mm->vmas[i].start < a->addr + a->len; i++)
			replaced += MIN(mm->vmas[i].end, a->addr + a->len) -
				    MAX(mm->vmas[i].start, a->addr);
	if (replaced > 0 && (a->flags & LINUX_MAP_FIXED_NOREPLACE))
		return -EEXIST;
	if (!within_limits(mm, a, replaced) || !memory_left(a))
		return -ENOMEM;
	int err = vma_reserve(mm, 6);

	if (err == 0 && replaced > 0)
		err = cut_reserve(mm, a->addr, a->addr + a->len, cut);
	if (err < 0)
		return err;
	a->addr = choose_address(mm, a);
	if (a->addr == 0)
		return -ENOMEM;
	if (replaced > 0)
		cut_locked(mm, a->addr, a->addr + a->len, cut);
	err = host_map(a);
	if (err < 0) {
		/* Linux: an old mapping at a fixed address is gone all the same. */
		if (replaced > 0)
			plat_unmap(a->addr, a->len);
		return err;
	}
	if (err == MAP_NEVER_WRITABLE)
		a->vma_flags &= ~(u32)VMA_MAYWRITE;
	struct vma v = {
		.start = a->addr,
		.end = a->addr + a->len,
		.prot = a->prot,
		.flags = a->vma_flags,
		.file = a->file != NULL ? file_get(a->file) : NULL,
		.offset = a->file != NULL ? a->offset : 0,
	};

	/* Process number in the high half: ids of two processes never meet by accident. */
	if (a->file == NULL && (a->vma_flags & VMA_SHARED))
		v.share_id = atomic_add(&next_share_id, 1) |
			     (u64)(u32)current()->process->pid << 32;
	vma_insert(mm, &v);
	vma_merge_around(mm, v.start, v.end);
	if (v.file != NULL && (v.prot & LINUX_PROT_EXEC) && rewrite_active())
		text_mapped(mm, v.start);
	return (s64)a->addr;
}

s64 mm_map(uaddr_t addr, u64 len, int prot, int flags, struct file *file, u64 offset)
{
	struct map_args a = {
		.addr = addr,
		.len = len,
		.prot = prot & PROT_KNOWN,
		.flags = flags,
		.file = file,
		.offset = offset,
	};
	struct mm *mm = current_mm();
	struct cut cut = CUT_NONE(cut);
	s64 r = decode(&a);

	if (r < 0)
		return r;
	lock_acquire(&mm->lock);
	r = map_locked(mm, &a, &cut);
	settle(mm);
	lock_release(&mm->lock);
	cut_end(&cut);
	return r;
}

/* --- munmap --- */

static int unmap_locked(struct mm *mm, uaddr_t start, uaddr_t end, struct cut *cut)
{
	int err = cut_reserve(mm, start, end, cut);

	if (err == 0)
		err = plat_unmap(start, end - start);
	if (err == 0)
		cut_locked(mm, start, end, cut);
	return err;
}

static int unmap_range(uaddr_t addr, u64 len)
{
	struct mm *mm = current_mm();
	struct cut cut = CUT_NONE(cut);
	int err = 0;

	lock_acquire(&mm->lock);
	rewrite_forget_locked(mm, addr, addr + len);
	if (!vma_range_free(mm, addr, addr + len)) {
		err = unmap_locked(mm, addr, addr + len, &cut);
		settle(mm);
	}
	lock_release(&mm->lock);
	cut_end(&cut);
	return err;
}

int mm_unmap(uaddr_t addr, u64 len)
{
	uaddr_t zone_end = zone_base + ZONE_SIZE;
	int err = 0;

	if (!IS_ALIGNED(addr, PAGE_SIZE) || len == 0 || addr > USER_ADDR_MAX ||
	    len > USER_ADDR_MAX - addr || !checked_page_up(len, &len))
		return -EINVAL;
	if (user_range_ok(addr, len))
		return unmap_range(addr, len);
	/* The guest sees nothing where the kernel lives: that part is unmapped as it is. */
	if (addr < zone_base)
		err = unmap_range(addr, zone_base - addr);
	if (err == 0 && addr + len > zone_end)
		err = unmap_range(MAX(addr, zone_end), addr + len - MAX(addr, zone_end));
	return err;
}

/* --- mprotect --- */

/* The host refuses a range with holes (files mapped past their end): go page by page then. */
static int host_protect(const struct vma *v, int prot)
{
	int err = plat_protect(v->start, v->end - v->start, prot);

	if (err != -ENOMEM || v->file == NULL || v->file->ops->fault == NULL)
		return err;
	for (uaddr_t at = v->start; at < v->end; at += PAGE_SIZE) {
		err = plat_protect(at, PAGE_SIZE, prot);
		if (err < 0 && err != -ENOMEM)
			return err;
	}
	return 0;
}

static int protect_locked(struct mm *mm, uaddr_t start, uaddr_t end, int prot)
{
	uaddr_t at = start;

	rewrite_forget_locked(mm, start, end);
	while (at < end) {
		u32 i = vma_lower_bound(mm, at);

		if (i == mm->count || mm->vmas[i].start > at)
			return -ENOMEM;
		if ((prot & LINUX_PROT_WRITE) && (mm->vmas[i].flags & VMA_SHARED) &&
		    !(mm->vmas[i].flags & VMA_MAYWRITE))
			return -EACCES;
		int err = vma_reserve(mm, 2);

		if (err < 0)
			return err;
		vma_split(mm, at);
		vma_split(mm, end);
		struct vma *v = vma_find(mm, at);

		struct vma after = *v;

		after.prot = prot;
		if (vma_commit_of(&after) > vma_commit_of(v)) {
			if (!pool_reserve(vma_commit_of(&after)))
				return -ENOMEM;
			pool_unreserve(vma_commit_of(&after));
		}
		err = host_protect(v, prot);
		if (err < 0)
			return err;
		if (prot & LINUX_PROT_WRITE)
			v->flags |= VMA_WRITTEN;
		at = v->end;
		vma_account_protect(mm, v, prot);
	}
	return 0;
}

int mm_protect(uaddr_t addr, u64 len, int prot)
{
	struct mm *mm = current_mm();
	bool grows_down = prot & LINUX_PROT_GROWSDOWN;
	u64 end;

	if ((prot & (LINUX_PROT_GROWSDOWN | LINUX_PROT_GROWSUP)) ==
	    (LINUX_PROT_GROWSDOWN | LINUX_PROT_GROWSUP))
		return -EINVAL;
	prot &= ~(LINUX_PROT_GROWSDOWN | LINUX_PROT_GROWSUP);
	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (len == 0)
		return 0;
	if (!checked_page_up(len, &len) || !checked_add(addr, len, &end))
		return -ENOMEM;
	if (prot & ~(PROT_KNOWN | LINUX_PROT_SEM))
		return -EINVAL;
	if (!user_range_ok(addr, len))
		return -ENOMEM;
	lock_acquire(&mm->lock);
	if (grows_down) {
		const struct vma *v = vma_find(mm, addr);
		bool stack = v != NULL && v->flags & (VMA_STACK | VMA_GROWSDOWN);

		if (!stack) {
			lock_release(&mm->lock);
			return v == NULL ? -ENOMEM : -EINVAL;
		}
		addr = v->start;
	}
	int err = protect_locked(mm, addr, end, prot & PROT_KNOWN);

	vma_merge_around(mm, addr, end);
	settle(mm);
	lock_release(&mm->lock);
	return err;
}

/* --- brk --- */

s64 mm_brk(uaddr_t brk)
{
	struct mm *mm = current_mm();
	struct cut cut = CUT_NONE(cut);

	lock_acquire(&mm->lock);
	uaddr_t old_end = ALIGN_UP(mm->brk, PAGE_SIZE), new_end;

	if (brk < mm->brk_start || !checked_page_up(brk, &new_end) ||
	    brk - mm->brk_start > MIN(task_rlimit(LINUX_RLIMIT_DATA), profile_brk_limit()))
		goto out;
	if (new_end > old_end && user_range_ok(old_end, new_end - old_end))
		rewrite_forget_locked(mm, old_end, new_end);
	if (new_end < old_end) {
		if (unmap_locked(mm, new_end, old_end, &cut) < 0)
			goto out;
	} else if (new_end > old_end) {
		struct map_args a = {
			.addr = old_end,
			.len = new_end - old_end,
			.prot = LINUX_PROT_READ | LINUX_PROT_WRITE,
			.flags = LINUX_MAP_FIXED | LINUX_MAP_FIXED_NOREPLACE,
			.vma_flags = VMA_HEAP | VMA_MAYWRITE,
		};

		if (!user_range_ok(old_end, a.len) || map_locked(mm, &a, &cut) < 0)
			goto out;
	}
	mm->brk = brk;
out:
	brk = mm->brk;
	settle(mm);
	lock_release(&mm->lock);
	cut_end(&cut);
	return (s64)brk;
}

/* --- mremap --- */

struct remap_args {
	uaddr_t old, new;
	u64 old_len, new_len;
	int flags;
	struct vma vma; /* what is moved, cut to the old range; borrowed file */
};

/* Map [from, new_len) of the moved mapping, which the host did not move. Lock held. */
static int map_extension(const struct remap_args *r, uaddr_t at, u64 from)
{
	struct map_args a = {
		.addr = at + from,
		.len = r->new_len - from,
		.prot = r->vma.prot,
		.file = r->vma.file,
		.offset = r->vma.offset + from,
		.vma_flags = r->vma.flags,
	};

	return host_map(&a);
}

static int move_by_copy(const struct remap_args *r)
{
	int err = map_extension(r, r->new, 0);

	if (err < 0 || r->vma.flags & VMA_SHARED)
		return err;
	err = plat_protect(r->old, r->old_len, LINUX_PROT_READ);
	if (err == 0)
		err = plat_protect(r->new, r->old_len, LINUX_PROT_READ | LINUX_PROT_WRITE);
	if (err == 0 && copy_out(r->new, (void *)r->old, r->old_len) < 0)
		err = -EFAULT;
	if (err == 0)
		err = plat_protect(r->new, r->old_len, r->vma.prot);
	if (err == 0)
		err = plat_unmap(r->old, r->old_len);
	return err;
}

/* The host moves no range with holes: have pages that were left out brought. */
static void bring_pages(const struct remap_args *r, u64 len)
{
	const struct vma *v = &r->vma;

	for (u64 at = 0; at < len; at += PAGE_SIZE) {
		const struct map_request req = {
			.addr = v->start + at,
			.len = PAGE_SIZE,
			.offset = v->offset + at,
			.prot = v->prot,
			.shared = v->flags & VMA_SHARED,
			.before = at,
			.after = len - at - PAGE_SIZE,
		};

		if (v->file->ops->fault(v->file, &req) < 0)
			return;
	}
}

static s64 move_locked(struct mm *mm, struct remap_args *r, struct cut *cut)
{
	u64 keep = MIN(r->old_len, r->new_len);
	struct map_args room = { .len = r->new_len,
				 .prot = r->vma.prot,
				 .vma_flags = r->vma.flags };
	bool fixed = r->flags & LINUX_MREMAP_FIXED;
	int err = cut_reserve(mm, r->old, r->old + r->old_len, cut);

	if (err == 0 && fixed)
		err = cut_reserve(mm, r->new, r->new + r->new_len, cut);
	if (err == 0)
		err = vma_reserve(mm, 6);
	if (err < 0)
		return err;
	if (fixed) {
		cut_locked(mm, r->new, r->new + r->new_len, cut);
		err = plat_unmap(r->new, r->new_len);
		if (err < 0)
			return err;
	} else {
		r->new = choose_address(mm, &room);
		if (r->new == 0)
			return -ENOMEM;
	}
	bool shared_anon = r->vma.file == NULL && r->vma.flags & VMA_SHARED;
	bool keep_old = r->flags & LINUX_MREMAP_DONTUNMAP;

	if (r->vma.file != NULL && r->vma.file->ops->left_out != NULL &&
	    r->vma.file->ops->left_out(r->vma.file))
		bring_pages(r, keep);
	err = plat_remap(r->old, keep, r->new, shared_anon ? r->new_len : keep,
			 keep_old ? LINUX_MREMAP_DONTUNMAP : 0);
	if (err == -EFAULT && !shared_anon && !keep_old)
		err = move_by_copy(r);
	else if (err == 0 && r->new_len > keep && !shared_anon)
		err = map_extension(r, r->new, keep);
	if (err < 0)
		return err;

	struct vma v = r->vma;

	v.start = r->new;
	v.end = r->new + r->new_len;
	v.flags &= ~(u32)(VMA_HEAP | VMA_STACK);
	if (v.file != NULL)
		file_get(v.file);
	if (!keep_old) {
		if (r->old_len > keep)
			plat_unmap(r->old + keep, r->old_len - keep);
		cut_locked(mm, r->old, r->old + r->old_len, cut);
	}
	vma_insert(mm, &v);
	vma_merge_around(mm, v.start, v.end);
	return (s64)r->new;
}

/* Grow where it is, when what follows is free. -ENOMEM: cannot. */
static s64 grow_locked(struct mm *mm, struct remap_args *r)
{
	uaddr_t end = r->old + r->old_len;
	u64 more = r->new_len - r->old_len;
	bool shared_anon = r->vma.file == NULL && r->vma.flags & VMA_SHARED;

	if (r->old > USER_ADDR_MAX - r->new_len || !user_range_ok(r->old, r->new_len) ||
	    !vma_range_free(mm, end, end + more) || vma_reserve(mm, 2) < 0)
		return -ENOMEM;
	int err = shared_anon ? plat_resize(r->old, r->old_len, r->new_len) :
				map_extension(r, r->old, r->old_len);

	if (err < 0)
		return -ENOMEM;
	struct vma v = r->vma;

	v.start = end;
	v.end = end + more;
	v.offset += r->old_len;
	if (v.file != NULL)
		file_get(v.file);
	vma_insert(mm, &v);
	vma_merge_around(mm, r->old, v.end);
	return (s64)r->old;
}

static int remap_decode(struct remap_args *r)
{
	const int known = LINUX_MREMAP_MAYMOVE | LINUX_MREMAP_FIXED | LINUX_MREMAP_DONTUNMAP;

	if (r->flags & ~known || !IS_ALIGNED(r->old, PAGE_SIZE))
		return -EINVAL;
	if (r->flags & (LINUX_MREMAP_FIXED | LINUX_MREMAP_DONTUNMAP) &&
	    !(r->flags & LINUX_MREMAP_MAYMOVE))
		return -EINVAL;
	if (!checked_page_up(r->old_len, &r->old_len) ||
	    !checked_page_up(r->new_len, &r->new_len) || r->new_len == 0 ||
	    r->new_len > USER_ADDR_MAX)
		return -EINVAL;
	if (r->flags & LINUX_MREMAP_DONTUNMAP && r->old_len != r->new_len)
		return -EINVAL;
	if (r->flags & LINUX_MREMAP_FIXED) {
		if (!IS_ALIGNED(r->new, PAGE_SIZE) || r->new > USER_ADDR_MAX - r->new_len ||
		    !user_range_ok(r->new, r->new_len))
			return -EINVAL;
		if (r->old < r->new + r->new_len && r->new < r->old + r->old_len)
			return -EINVAL;
		if (r->new < MMAP_MIN_ADDR)
			return -EPERM;
	}
	return 0;
}

/* Linux: the tail goes, whatever mappings it is made of. */
static s64 shrink_locked(struct mm *mm, const struct remap_args *r, struct cut *c)
{
	uaddr_t cut = r->old + r->new_len, end = r->old + r->old_len;
	int err;

	if (r->new_len == r->old_len)
		return (s64)r->old;
	if (!user_range_ok(cut, end - cut))
		return -EINVAL;
	err = unmap_locked(mm, cut, end, c);
	return err < 0 ? err : (s64)r->old;
}

static s64 remap_locked(struct mm *mm, struct remap_args *r, struct cut *cut)
{
	bool stays = !(r->flags & (LINUX_MREMAP_FIXED | LINUX_MREMAP_DONTUNMAP));
	const struct vma *v = vma_find(mm, r->old);

	if (v == NULL)
		return -EFAULT;
	/* Linux: length 0 makes a second view of shared memory; private memory has none. */
	if (r->old_len == 0)
		return -EINVAL;
	if (v->flags & VMA_HOST)
		return -EINVAL;
	if (stays && r->new_len <= r->old_len)
		return shrink_locked(mm, r, cut);
	if (r->old_len > v->end - r->old)
		return -EFAULT;
	r->vma = *v;
	r->vma.offset += r->old - v->start;
	r->vma.start = r->old;
	r->vma.end = r->old + r->old_len;
	if (r->new_len > r->old_len) {
		struct map_args more = { .len = r->new_len - r->old_len, .prot = v->prot,
					 .vma_flags = v->flags };

		if ((v->flags & VMA_LOCKED) && !mm_lock_room_locked(mm, more.len >> PAGE_SHIFT))
			return -EAGAIN;
		if (!within_limits(mm, &more, 0))
			return -ENOMEM;
	}
	if (stays) {
		s64 grown = grow_locked(mm, r);

		if (grown != -ENOMEM || !(r->flags & LINUX_MREMAP_MAYMOVE))
			return grown;
	}
	return move_locked(mm, r, cut);
}

s64 mm_remap(uaddr_t old, u64 old_len, u64 new_len, int flags, uaddr_t new)
{
	struct remap_args r = {
		.old = old, .old_len = old_len, .new_len = new_len, .flags = flags, .new = new,
	};
	struct mm *mm = current_mm();
	struct cut cut = CUT_NONE(cut);
	s64 ret = remap_decode(&r);

	if (ret < 0)
		return ret;
	lock_acquire(&mm->lock);
	rewrite_forget_locked(mm, r.old, r.old + r.old_len);
	if (r.flags & LINUX_MREMAP_FIXED)
		rewrite_forget_locked(mm, r.new, r.new + r.new_len);
	ret = remap_locked(mm, &r, &cut);
	settle(mm);
	lock_release(&mm->lock);
	cut_end(&cut);
	return ret;
}
