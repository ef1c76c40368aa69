/*
 * Mappings of files that have changed under them.
 *
 * OVERVIEW. Two things make mappings wrong that processes already have: a file that was cut
 * has pages mapped that must fault, and a file of a writable layer whose data was copied up
 * is mapped from where the data was. Each process puts its own mappings right, since only it
 * can: its threads are told by WORK_REMAP and look before the guest goes on. So what the
 * guest does after it has heard of the change by any call finds things as they should be.
 *
 * Inodes remember for good that this happened to them; looking again costs little.
 *
 * LINUX BEHAVIOUR. truncate(2) unmaps, private copies too; a fault beyond the end is SIGBUS.
 * A private mapping keeps what it shows after a copy-up: Linux leaves open what it sees.
 */
#include "kernel/mm/mm.h"
#include "kernel/task/table.h"
#include "kernel/vfs/vfs.h"
#include "platform/plat.h"

static void tell_everybody(void)
{
	struct process *p;
	struct thread *t;

	task_lock();
	list_for_each(p, &sandbox->processes, all_link) {
		if (p->zombie)
			continue;
		list_for_each(t, &p->threads, group_link) {
			/* Once is enough: kicks that nobody has time for would pile up. */
			if (!(atomic_or(&t->work, WORK_REMAP) & WORK_REMAP) && t != current())
				plat_kick(t);
		}
	}
	task_unlock();
}

void mm_file_cut(struct inode *i)
{
	if (!(atomic_load(&i->flags) & INODE_MAPPED))
		return;
	atomic_or(&i->flags, INODE_CUT);
	tell_everybody();
}

void mm_file_moved(struct inode *i)
{
	if (!(atomic_load(&i->flags) & INODE_MAPPED_SHARED))
		return;
	atomic_or(&i->flags, INODE_MOVED);
	tell_everybody();
}

/* mm->lock is held. */
static void refresh_one(const struct vma *v)
{
	struct inode *i = v->file->inode;
	u32 flags = atomic_load(&i->flags);
	u64 len = v->end - v->start, end = ALIGN_UP(atomic_load(&i->size), PAGE_SIZE), keep;
	const struct map_request req = {
		.addr = v->start,
		.len = len,
		.offset = v->offset,
		.prot = v->prot,
		.shared = true,
	};

	if (flags & INODE_MOVED && v->flags & VMA_SHARED && file_map(v->file, &req) < 0)
		plat_unmap(v->start, len); /* a use faults, and tries once more */
	if (flags & INODE_CUT && v->offset + len > end) {
		keep = end > v->offset ? end - v->offset : 0;
		plat_unmap(v->start + keep, len - keep);
	}
}

void mm_refresh(void)
{
	struct mm *mm = current()->process->mm;

	atomic_and(&current()->work, ~(u32)WORK_REMAP);
	if (mm == NULL)
		return;
	lock_acquire(&mm->lock);
	for (u32 n = 0; n < mm->count; n++)
		if (mm->vmas[n].file != NULL && mm->vmas[n].file->inode != NULL)
			refresh_one(&mm->vmas[n]);
	lock_release(&mm->lock);
}
