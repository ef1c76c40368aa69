/* The memory calls: thin over kernel/mm, which has the semantics. */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/vma.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "lib/checked.h"
#include "platform/plat.h"

SYSCALL_DEFINE(mmap, uaddr_t, addr, u64, len, int, prot, int, flags, int, fd, u64, offset)
{
	AUTO_FILE file = NULL;

	if (!IS_ALIGNED(offset, PAGE_SIZE))
		return -EINVAL;
	if (!(flags & LINUX_MAP_ANONYMOUS)) {
		file = fd_get(fd);
		if (file == NULL)
			return -EBADF;
	}
	return mm_map(addr, len, prot, flags, file, offset);
}

SYSCALL_DEFINE(munmap, uaddr_t, addr, u64, len)
{
	return mm_unmap(addr, len);
}

SYSCALL_DEFINE(mprotect, uaddr_t, addr, u64, len, int, prot)
{
	return mm_protect(addr, len, prot);
}

SYSCALL_DEFINE(brk, uaddr_t, addr)
{
	return mm_brk(addr);
}

SYSCALL_DEFINE(mremap, uaddr_t, old, u64, old_len, u64, new_len, int, flags, uaddr_t, new)
{
	return mm_remap(old, old_len, new_len, flags, new);
}

/* --- calls over a range of mappings --- */

struct range {
	uaddr_t start, end;
	int arg;
};

/*
 * Run fn on the part of every VMA in the range, in order, under mm->lock. -ENOMEM if there
 * are holes, after having done the rest, as Linux does for advice and locks.
 */
static int for_each_vma(const struct range *r, int (*fn)(struct mm *, struct vma *, uaddr_t start,
							 uaddr_t end, int arg))
{
	struct mm *mm = current()->process->mm;
	uaddr_t at = r->start;
	bool hole = false;
	int err = 0;

	lock_acquire(&mm->lock);
	while (at < r->end && err == 0) {
		u32 i = vma_lower_bound(mm, at);

		if (i == mm->count || mm->vmas[i].start >= r->end) {
			hole = true;
			break;
		}
		struct vma *v = &mm->vmas[i];

		if (v->start > at)
			hole = true;
		uaddr_t start = MAX(at, v->start), end = MIN(r->end, v->end);

		err = fn(mm, v, start, end, r->arg);
		at = end;
	}
	lock_release(&mm->lock);
	return err < 0 ? err : hole ? -ENOMEM : 0;
}

/* Fill in a page-aligned range; 0, -EINVAL, and *ret_empty for nothing to do. */
static int range_decode(uaddr_t addr, u64 len, struct range *ret)
{
	u64 end;

	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (!checked_page_up(len, &len) || !checked_add(addr, len, &end))
		return -EINVAL;
	ret->start = addr;
	ret->end = end;
	return 0;
}

/* Advice that changes what the mapping is: under mm->lock. */
static int advise_mapping(struct mm *mm, struct vma *v, uaddr_t start, uaddr_t end, int advice)
{
	bool fork_flag = advice == LINUX_MADV_DONTFORK || advice == LINUX_MADV_DOFORK;
	u32 flag = fork_flag ? VMA_DONTFORK : VMA_WIPEONFORK;
	int err;

	if (!fork_flag && (v->file != NULL || v->flags & VMA_SHARED))
		return -EINVAL;
	err = vma_reserve(mm, 2);
	if (err < 0)
		return err;
	vma_split(mm, start);
	vma_split(mm, end);
	v = vma_find(mm, start);
	if (advice == LINUX_MADV_DONTFORK || advice == LINUX_MADV_WIPEONFORK)
		v->flags |= flag;
	else
		v->flags &= ~flag;
	return plat_advise(start, end - start, advice);
}

/* Under mm->lock, as the hole is punched where the mapping says. */
static int advise_remove(UNUSED struct mm *mm, struct vma *v, uaddr_t start, uaddr_t end,
			 int advice)
{
	if (v->flags & VMA_LOCKED)
		return -EINVAL;
	if (v->file == NULL || !(v->flags & VMA_SHARED))
		return v->flags & VMA_SHARED ? plat_advise(start, end - start, advice) : -EINVAL;
	if (v->file->ops->fallocate == NULL)
		return -EOPNOTSUPP;
	return v->file->ops->fallocate(
		v->file, LINUX_FALLOC_FL_PUNCH_HOLE | LINUX_FALLOC_FL_KEEP_SIZE,
		v->offset + (start - v->start), end - start);
}

struct advised {
	uaddr_t start, end;
	u32 flags;
	bool file;
};

/* The first mapping that ends above at, as far as it is below end; false: there is none. */
static bool next_advised(uaddr_t at, uaddr_t end, struct advised *ret)
{
	struct mm *mm = current()->process->mm;
	bool found;

	lock_acquire(&mm->lock);
	u32 i = vma_lower_bound(mm, at);

	found = i < mm->count && mm->vmas[i].start < end;
	if (found) {
		const struct vma *v = &mm->vmas[i];

		*ret = (struct advised){
			.start = MAX(at, v->start),
			.end = MIN(end, v->end),
			.flags = v->flags,
			.file = v->file != NULL,
		};
	}
	lock_release(&mm->lock);
	return found;
}

/*
 * Advice about pages, which the host follows. It may take long, and threads that give back
 * memory do so at the same time, as they may on Linux: hence without mm->lock. Who unmaps the
 * range meanwhile might have been later or earlier just as well.
 */
static int advise_pages(const struct range *r)
{
	uaddr_t at = r->start;
	bool hole = false;
	struct advised a;

	for (; at < r->end && next_advised(at, r->end, &a); at = a.end) {
		int err;

		hole = hole || a.start > at;
		if (r->arg == LINUX_MADV_DONTNEED && a.flags & VMA_LOCKED)
			return -EINVAL;
		if (r->arg == LINUX_MADV_FREE && (a.file || a.flags & VMA_SHARED))
			return -EINVAL;
		err = plat_advise(a.start, a.end - a.start, r->arg);
		/* Files mapped past their end have holes on the host, not for the guest. */
		if (err < 0 && !(err == -ENOMEM && a.file))
			return err;
	}
	return hole || at < r->end ? -ENOMEM : 0;
}

static bool advice_known(int advice)
{
	switch (advice) {
	case LINUX_MADV_NORMAL:
	case LINUX_MADV_RANDOM:
	case LINUX_MADV_SEQUENTIAL:
	case LINUX_MADV_WILLNEED:
	case LINUX_MADV_DONTNEED:
	case LINUX_MADV_DONTNEED_LOCKED:
	case LINUX_MADV_FREE:
	case LINUX_MADV_REMOVE:
	case LINUX_MADV_DONTFORK:
	case LINUX_MADV_DOFORK:
	case LINUX_MADV_WIPEONFORK:
	case LINUX_MADV_KEEPONFORK:
	case LINUX_MADV_MERGEABLE:
	case LINUX_MADV_UNMERGEABLE:
	case LINUX_MADV_HUGEPAGE:
	case LINUX_MADV_NOHUGEPAGE:
	case LINUX_MADV_DONTDUMP:
	case LINUX_MADV_DODUMP:
	case LINUX_MADV_COLD:
	case LINUX_MADV_PAGEOUT:
	case LINUX_MADV_POPULATE_READ:
	case LINUX_MADV_POPULATE_WRITE:
	case LINUX_MADV_COLLAPSE:
		return true;
	default:
		return false;
	}
}

SYSCALL_DEFINE(madvise, uaddr_t, addr, u64, len, int, advice)
{
	struct range r = { .arg = advice };

	if (advice == LINUX_MADV_HWPOISON || advice == LINUX_MADV_SOFT_OFFLINE)
		return -EPERM;
	if (!advice_known(advice))
		return -EINVAL;
	int err = range_decode(addr, len, &r);

	if (err < 0 || r.start == r.end)
		return err;
	switch (advice) {
	case LINUX_MADV_DONTFORK:
	case LINUX_MADV_DOFORK:
	case LINUX_MADV_WIPEONFORK:
	case LINUX_MADV_KEEPONFORK:
		return for_each_vma(&r, advise_mapping);
	case LINUX_MADV_REMOVE:
		return for_each_vma(&r, advise_remove);
	default:
		return advise_pages(&r);
	}
}

static int sync_check(UNUSED struct mm *mm, struct vma *v, UNUSED uaddr_t start,
		      UNUSED uaddr_t end, int flags)
{
	return (flags & LINUX_MS_INVALIDATE) && (v->flags & VMA_LOCKED) ? -EBUSY : 0;
}

/* The file that is mapped shared at or after *at, referenced, and where to go on; or NULL. */
static struct file *shared_file(uaddr_t *at, uaddr_t end)
{
	struct mm *mm = current()->process->mm;
	struct file *f = NULL;

	lock_acquire(&mm->lock);
	for (u32 i = vma_lower_bound(mm, *at);
	     f == NULL && i < mm->count && mm->vmas[i].start < end; i++) {
		if (mm->vmas[i].file != NULL && mm->vmas[i].flags & VMA_SHARED)
			f = file_get(mm->vmas[i].file);
		*at = mm->vmas[i].end;
	}
	lock_release(&mm->lock);
	return f;
}

/* Linux: vfs_fsync_range() of each file; here of whole files. */
static int sync_files(uaddr_t at, uaddr_t end)
{
	struct file *f;
	int err = 0;

	while (err == 0 && at < end && (f = shared_file(&at, end)) != NULL) {
		if (f->ops->fsync != NULL)
			err = file_sync(f, true);
		file_put(f);
	}
	return err;
}

SYSCALL_DEFINE(msync, uaddr_t, addr, u64, len, int, flags)
{
	struct range r = { .arg = flags };
	u64 end;

	if (flags & ~(LINUX_MS_ASYNC | LINUX_MS_INVALIDATE | LINUX_MS_SYNC) ||
	    !IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if ((flags & LINUX_MS_ASYNC) && (flags & LINUX_MS_SYNC))
		return -EINVAL;
	if (!checked_page_up(len, &len) || !checked_add(addr, len, &end))
		return -ENOMEM;
	r.start = addr;
	r.end = end;
	int err = r.start == r.end ? 0 : for_each_vma(&r, sync_check);

	/* Linux: what is mapped is synced, the hole is told of afterwards. */
	if (flags & LINUX_MS_SYNC && (err == 0 || err == -ENOMEM)) {
		int synced = sync_files(r.start, r.end);

		err = synced < 0 ? synced : err;
	}
	return err;
}

#define MINCORE_BATCH 1024u

static int see_one(UNUSED struct mm *mm, UNUSED struct vma *v, UNUSED uaddr_t start,
		   UNUSED uaddr_t end, UNUSED int arg)
{
	return 0;
}

/* Pages of files that are mapped but not there yet are holes on the host. */
static int mincore_some(uaddr_t addr, u64 pages, u8 *batch)
{
	const struct range r = { .start = addr, .end = addr + pages * PAGE_SIZE };
	int err = plat_mincore(addr, pages * PAGE_SIZE, batch);

	if (err != -ENOMEM || for_each_vma(&r, see_one) < 0)
		return err;
	for (u64 i = 0; i < pages; i++)
		if (plat_mincore(addr + i * PAGE_SIZE, PAGE_SIZE, batch + i) < 0)
			batch[i] = 0;
	return 0;
}

SYSCALL_DEFINE(mincore, uaddr_t, addr, u64, len, uaddr_t, vec)
{
	u64 pages;

	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (!user_range_ok(addr, len) || !checked_page_up(len, &pages))
		return -ENOMEM;
	pages >>= PAGE_SHIFT;
	if (!user_range_ok(vec, pages))
		return -EFAULT;
	AUTO_KFREE u8 *batch = kzalloc(MINCORE_BATCH);

	if (batch == NULL)
		return -EAGAIN;
	for (u64 done = 0; done < pages; done += MINCORE_BATCH) {
		u64 n = MIN(pages - done, (u64)MINCORE_BATCH);
		int err = mincore_some(addr + done * PAGE_SIZE, n, batch);

		if (err == 0)
			err = copy_out(vec + done, batch, n);
		if (err < 0)
			return err;
	}
	return 0;
}

SYSCALL_DEFINE(mlock, uaddr_t, addr, u64, len)
{
	return mm_lock(addr, len, false);
}

SYSCALL_DEFINE(mlock2, uaddr_t, addr, u64, len, int, flags)
{
	if (flags & ~LINUX_MLOCK_ONFAULT)
		return -EINVAL;
	return mm_lock(addr, len, flags & LINUX_MLOCK_ONFAULT);
}

SYSCALL_DEFINE(munlock, uaddr_t, addr, u64, len)
{
	return mm_unlock(addr, len);
}

SYSCALL_DEFINE(mlockall, int, flags)
{
	if (flags == 0 || flags & ~(LINUX_MCL_CURRENT | LINUX_MCL_FUTURE | LINUX_MCL_ONFAULT) ||
	    flags == LINUX_MCL_ONFAULT)
		return -EINVAL;
	return mm_lock_all(flags & LINUX_MCL_CURRENT, flags & LINUX_MCL_FUTURE,
			   flags & LINUX_MCL_ONFAULT);
}

SYSCALL_DEFINE(munlockall)
{
	mm_unlock_all();
	return 0;
}
