/*
 * What /proc/PID/maps, smaps and smaps_rollup tell of an address space.
 *
 * LINUX BEHAVIOUR. fs/proc/task_mmu.c. NOT DONE. What is resident is what mincore(2) tells of
 * the caller's own mappings: of files that is what the host has cached. Nothing is known of
 * who else shares a page: what is mapped shared counts as shared, the rest as private.
 */
#include "abi/errno.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/vma.h"
#include "kernel/vfs/vfs.h"
#include "lib/fmt.h"
#include "platform/plat.h"

#define BATCH 4096u /* pages asked for at a time */
#define LINE_MAX 128u

struct text {
	char *buf;
	size_t size, len;
};

static void PRINTF_LIKE(2, 3) put(struct text *t, const char *fmt, ...)
{
	size_t at = MIN(t->len, t->size);
	va_list args;

	va_start(args, fmt);
	t->len += (size_t)fmt_vprint(t->buf + at, t->size - at, fmt, args);
	va_end(args);
}

/* --- one mapping --- */

static const char *vma_label(const struct vma *v)
{
	if (v->flags & VMA_HEAP)
		return "[heap]";
	if (v->flags & VMA_STACK)
		return "[stack]";
	if (v->flags & VMA_HOST)
		return v->prot & LINUX_PROT_EXEC ? "[vdso]" : "[vvar]";
	return v->flags & VMA_SHARED ? "/dev/zero (deleted)" : "";
}

static void put_vma(struct text *t, const struct vma *v, char *path)
{
	const char *name = vma_label(v);
	u64 dev = 0, ino = 0;
	char line[LINE_MAX];

	if (v->file != NULL) {
		dev = v->file->inode->sb->dev;
		ino = v->file->inode->ino;
		name = path_format(&v->file->path, NULL, path, VFS_PATH_MAX) < 0 ? "?" : path;
	}
	fmt_print(line, sizeof(line), "%lx-%lx %c%c%c%c %08lx %02lx:%02lx %lu ", v->start, v->end,
		  v->prot & LINUX_PROT_READ ? 'r' : '-', v->prot & LINUX_PROT_WRITE ? 'w' : '-',
		  v->prot & LINUX_PROT_EXEC ? 'x' : '-', v->flags & VMA_SHARED ? 's' : 'p',
		  v->file != NULL ? v->offset : 0, dev >> 32, dev & 0xffffffff, ino);
	/* Linux pads to column 73 before a name. */
	if (name[0] != '\0')
		put(t, "%-72s %s\n", line, name);
	else
		put(t, "%s\n", line);
}

/* --- how much of it is there --- */

/* Pages. */
struct amounts {
	u64 size, resident, shared, dirty, anonymous, locked;
};

static u64 resident_pages(uaddr_t start, uaddr_t end, u8 *batch)
{
	u64 n = 0;

	for (uaddr_t at = start; at < end; at += BATCH * PAGE_SIZE) {
		u64 len = MIN(end - at, BATCH * PAGE_SIZE);

		if (plat_mincore(at, len, batch) < 0)
			continue;
		for (u64 i = 0; i < len / PAGE_SIZE; i++)
			n += batch[i] & 1;
	}
	return n;
}

static struct amounts vma_amounts(const struct vma *v, u8 *batch)
{
	struct amounts a = { .size = (v->end - v->start) / PAGE_SIZE };

	if (v->prot != LINUX_PROT_NONE && !(v->flags & VMA_HOST))
		a.resident = resident_pages(v->start, v->end, batch);
	a.shared = v->flags & VMA_SHARED ? a.resident : 0;
	a.dirty = v->file == NULL || (v->prot & LINUX_PROT_WRITE) ? a.resident : 0;
	a.anonymous = v->file == NULL && !(v->flags & VMA_SHARED) ? a.resident : 0;
	a.locked = v->flags & VMA_LOCKED ? a.resident : 0;
	return a;
}

static void put_kib(struct text *t, const char *name, u64 pages)
{
	char head[32];

	fmt_print(head, sizeof(head), "%s:", name);
	put(t, "%-16s%8lu kB\n", head, (unsigned long)(pages * (PAGE_SIZE / 1024)));
}

/* Linux: __show_smap(). */
static void put_amounts(struct text *t, const struct amounts *a, bool rollup)
{
	u64 own = a->resident - a->shared, own_dirty = MIN(own, a->dirty);
	u64 shared_dirty = a->dirty - own_dirty;

	put_kib(t, "Rss", a->resident);
	put_kib(t, "Pss", a->resident);
	put_kib(t, "Pss_Dirty", a->dirty);
	if (rollup) {
		put_kib(t, "Pss_Anon", a->anonymous);
		put_kib(t, "Pss_File", own - a->anonymous);
		put_kib(t, "Pss_Shmem", a->shared);
	}
	put_kib(t, "Shared_Clean", a->shared - shared_dirty);
	put_kib(t, "Shared_Dirty", shared_dirty);
	put_kib(t, "Private_Clean", own - own_dirty);
	put_kib(t, "Private_Dirty", own_dirty);
	put_kib(t, "Referenced", a->resident);
	put_kib(t, "Anonymous", a->anonymous);
	put_kib(t, "KSM", 0);
	put_kib(t, "LazyFree", 0);
	put_kib(t, "AnonHugePages", 0);
	put_kib(t, "ShmemPmdMapped", 0);
	put_kib(t, "FilePmdMapped", 0);
	put_kib(t, "Shared_Hugetlb", 0);
	put_kib(t, "Private_Hugetlb", 0);
	put_kib(t, "Swap", 0);
	put_kib(t, "SwapPss", 0);
	put_kib(t, "Locked", a->locked);
}

static void put_flags(struct text *t, const struct vma *v)
{
	const struct {
		bool on;
		const char *name;
	} flags[] = {
		{ v->prot & LINUX_PROT_READ, "rd" },
		{ v->prot & LINUX_PROT_WRITE, "wr" },
		{ v->prot & LINUX_PROT_EXEC, "ex" },
		{ v->flags & VMA_SHARED, "sh" },
		{ true, "mr" },
		{ !(v->flags & VMA_SHARED) || v->flags & VMA_MAYWRITE, "mw" },
		{ true, "me" },
		{ v->flags & (VMA_GROWSDOWN | VMA_STACK), "gd" },
		{ v->flags & VMA_LOCKED, "lo" },
		{ v->flags & VMA_DONTFORK, "dc" },
		{ v->flags & VMA_NORESERVE, "nr" },
		{ v->flags & VMA_WIPEONFORK, "wf" },
	};

	put(t, "THPeligible:           0\nVmFlags:");
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].on)
			put(t, " %s", flags[i].name);
	put(t, " \n");
}

static void put_details(struct text *t, const struct vma *v, u8 *batch)
{
	struct amounts a = vma_amounts(v, batch);

	put_kib(t, "Size", a.size);
	put_kib(t, "KernelPageSize", 1);
	put_kib(t, "MMUPageSize", 1);
	put_amounts(t, &a, false);
	put_flags(t, v);
}

/* --- all of them --- */

static bool is_shown(const struct vma *v)
{
	return !(v->flags & VMA_STUB) && v->start < v->end;
}

s64 mm_format_maps(struct mm *mm, bool details, char *buf, size_t size)
{
	struct text t = { .buf = buf, .size = size };
	char *path = kzalloc(VFS_PATH_MAX + BATCH);
	u64 unused;

	if (path == NULL)
		return -ENOMEM;
	lock_acquire(&mm->lock);
	unused = mm_stack_unused_locked(mm) << PAGE_SHIFT;
	for (u32 i = 0; i < mm->count; i++) {
		struct vma v = mm->vmas[i];

		if (v.flags & VMA_STACK) {
			u64 cut = MIN(unused, v.end - v.start);

			v.start += cut;
			unused -= cut;
		}
		if (!is_shown(&v))
			continue;
		put_vma(&t, &v, path);
		if (details)
			put_details(&t, &v, (u8 *)path + VFS_PATH_MAX);
	}
	lock_release(&mm->lock);
	kfree(path);
	return (s64)t.len;
}

s64 mm_format_totals(struct mm *mm, char *buf, size_t size)
{
	struct text t = { .buf = buf, .size = size };
	struct amounts sum = { 0 };
	uaddr_t start = 0, end = 0;
	u8 *batch = kzalloc(BATCH);

	if (batch == NULL)
		return -ENOMEM;
	lock_acquire(&mm->lock);
	for (u32 i = 0; i < mm->count; i++) {
		struct amounts a;

		if (!is_shown(&mm->vmas[i]))
			continue;
		a = vma_amounts(&mm->vmas[i], batch);
		sum.resident += a.resident;
		sum.shared += a.shared;
		sum.dirty += a.dirty;
		sum.anonymous += a.anonymous;
		sum.locked += a.locked;
		start = start == 0 ? mm->vmas[i].start : start;
		end = mm->vmas[i].end;
	}
	lock_release(&mm->lock);
	kfree(batch);
	put(&t, "%lx-%lx ---p 00000000 00:00 0 %*s[rollup]\n", start, end, 26, "");
	put_amounts(&t, &sum, true);
	return (s64)t.len;
}
