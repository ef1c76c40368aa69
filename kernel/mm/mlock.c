/*
 * mlock, munlock, mlockall: what is counted as locked.
 *
 * LINUX BEHAVIOUR. mm/mlock.c: a range is locked up to its first hole, which is ENOMEM; what
 * is locked already counts once; CAP_IPC_LOCK lifts the limit.
 *
 * NOT DONE. Keeping the memory from being paged out: no call for it is permitted in the jail,
 * and the host's limit is the user's, not the guest's. What
 * MCL_FUTURE locks is made present with MCL_ONFAULT, too.
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/mman.h"
#include "abi/linux/resource.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/vma.h"
#include "kernel/task/task.h"
#include "lib/checked.h"
#include "platform/plat.h"

static bool unlimited(void)
{
	return current()->process->cred.cap_effective >> LINUX_CAP_IPC_LOCK & 1;
}

bool mm_may_lock(void)
{
	return unlimited() || task_rlimit(LINUX_RLIMIT_MEMLOCK) != 0;
}

bool mm_lock_room_locked(const struct mm *mm, u64 pages)
{
	return unlimited() ||
	       mm->locked_pages + pages <= task_rlimit(LINUX_RLIMIT_MEMLOCK) >> PAGE_SHIFT;
}

/* The page-aligned range, as Linux rounds it. */
static int range_of(uaddr_t addr, u64 len, uaddr_t *ret_start, uaddr_t *ret_end)
{
	u64 size = ALIGN_UP(len + (addr & (PAGE_SIZE - 1)), PAGE_SIZE); /* may wrap to 0 */

	*ret_start = ALIGN_DOWN(addr, PAGE_SIZE);
	return checked_add(*ret_start, size, ret_end) ? 0 : -EINVAL;
}

static u64 locked_in(const struct mm *mm, uaddr_t start, uaddr_t end)
{
	u64 pages = 0;

	for (u32 i = vma_lower_bound(mm, start); i < mm->count && mm->vmas[i].start < end; i++)
		if (mm->vmas[i].flags & VMA_LOCKED)
			pages += (MIN(end, mm->vmas[i].end) - MAX(start, mm->vmas[i].start)) >>
				 PAGE_SHIFT;
	return pages;
}

/* Linux: populate_vma_page_range(). Private pages become the process's own. */
static int populate_advice(const struct vma *v)
{
	bool readable = v->prot & ~LINUX_PROT_WRITE;
	bool own = v->prot & LINUX_PROT_WRITE && !(v->flags & VMA_SHARED);

	return own || !readable ? LINUX_MADV_POPULATE_WRITE : LINUX_MADV_POPULATE_READ;
}

enum change { UNLOCK, LOCK, LOCK_ON_FAULT };

static int change_one(struct mm *mm, uaddr_t start, uaddr_t end, enum change how)
{
	u64 pages = (end - start) >> PAGE_SHIFT;
	struct vma *v;

	if (vma_reserve(mm, 2) < 0)
		return -ENOMEM;
	vma_split(mm, start);
	vma_split(mm, end);
	v = vma_find(mm, start);
	if (v->flags & (VMA_HOST | VMA_STUB))
		return 0;
	if ((how != UNLOCK) != !!(v->flags & VMA_LOCKED)) {
		v->flags ^= VMA_LOCKED;
		mm->locked_pages = how == UNLOCK ? mm->locked_pages - pages :
						   mm->locked_pages + pages;
	}
	if (how == LOCK && v->prot != LINUX_PROT_NONE)
		plat_advise(start, end - start, populate_advice(v));
	return 0;
}

/* Each mapping in the range; stop_at_hole: a hole is -ENOMEM. */
static int change_locked(struct mm *mm, uaddr_t start, uaddr_t end, enum change how,
			 bool stop_at_hole)
{
	while (start < end) {
		u32 i = vma_lower_bound(mm, start);
		uaddr_t stop;
		int err;

		if (i == mm->count || mm->vmas[i].start >= end ||
		    (stop_at_hole && mm->vmas[i].start > start))
			return stop_at_hole ? -ENOMEM : 0;
		start = MAX(start, mm->vmas[i].start);
		stop = MIN(end, mm->vmas[i].end);
		err = change_one(mm, start, stop, how);
		if (err < 0)
			return err;
		start = stop;
	}
	return 0;
}

static int change(uaddr_t addr, u64 len, enum change how)
{
	struct mm *mm = current()->process->mm;
	uaddr_t start, end;
	int err = range_of(addr, len, &start, &end);

	if (err < 0 || start == end)
		return err;
	lock_acquire(&mm->lock);
	if (how != UNLOCK && !mm_lock_room_locked(mm, ((end - start) >> PAGE_SHIFT) -
						   locked_in(mm, start, end)))
		err = -ENOMEM;
	else
		err = change_locked(mm, start, end, how, true);
	lock_release(&mm->lock);
	return err;
}

int mm_lock(uaddr_t addr, u64 len, bool on_fault)
{
	return mm_may_lock() ? change(addr, len, on_fault ? LOCK_ON_FAULT : LOCK) : -EPERM;
}

int mm_unlock(uaddr_t addr, u64 len)
{
	return change(addr, len, UNLOCK);
}

int mm_lock_all(bool now, bool future, bool on_fault)
{
	struct mm *mm = current()->process->mm;
	int err = 0;

	if (!mm_may_lock())
		return -EPERM;
	lock_acquire(&mm->lock);
	if (now && !unlimited() &&
	    mm->pages - mm_stack_unused_locked(mm) >
		    task_rlimit(LINUX_RLIMIT_MEMLOCK) >> PAGE_SHIFT)
		err = -ENOMEM;
	if (err == 0)
		mm->lock_future = future;
	if (err == 0 && now)
		err = change_locked(mm, 0, USER_ADDR_MAX, on_fault ? LOCK_ON_FAULT : LOCK, false);
	lock_release(&mm->lock);
	return err;
}

void mm_unlock_all(void)
{
	struct mm *mm = current()->process->mm;
	int err;

	lock_acquire(&mm->lock);
	mm->lock_future = false;
	err = change_locked(mm, 0, USER_ADDR_MAX, UNLOCK, false);
	lock_release(&mm->lock);
	(void)err; /* no memory to split a mapping: none is split here */
}
