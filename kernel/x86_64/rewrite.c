/* Syscall instructions that became jumps. See rewrite.h. */
#include "kernel/x86_64/rewrite.h"

#include "abi/errno.h"
#include "kernel/boot.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/vma.h"
#include "kernel/task/task.h"
#include "kernel/vfs/vfs.h"
#include "kernel/x86_64/text.h"
#include "kernel/x86_64/vdso.h"
#include "lib/string.h"
#include "platform/plat.h"

#define PROT_CODE (LINUX_PROT_READ | LINUX_PROT_EXEC)
#define PROT_POKE (LINUX_PROT_READ | LINUX_PROT_WRITE | LINUX_PROT_EXEC)
#define BYTE_CALL 0x0f /* the first of a syscall instruction */
#define BYTE_JUMP 0xe9

bool rewrite_enabled(void)
{
	return boot_block()->entry == BOOT_ENTRY_REWRITE;
}

bool rewrite_active(void)
{
	return rewrite_enabled() && !atomic_load_relaxed(&current()->process->trap_only);
}

/* --- the table --- */

/* Index of the first site at or above addr. */
static u32 site_bound(const struct mm *mm, uaddr_t addr)
{
	u32 lo = 0, hi = mm->site_count;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (mm->sites[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The site at addr, NULL: there is none. */
static struct rewrite_site *site_at(const struct mm *mm, uaddr_t addr)
{
	u32 i = site_bound(mm, addr);

	return i < mm->site_count && mm->sites[i].addr == addr ? &mm->sites[i] : NULL;
}

static bool site_insert(struct mm *mm, uaddr_t addr, uaddr_t stub)
{
	if (mm->site_count == mm->site_space) {
		u32 space = mm->site_space * 2 + 64;
		struct rewrite_site *bigger = kzalloc(space * sizeof(*bigger));

		if (bigger == NULL)
			return false;
		memcpy(bigger, mm->sites, mm->site_count * sizeof(*bigger));
		kfree(mm->sites);
		mm->sites = bigger;
		mm->site_space = space;
	}
	u32 i = site_bound(mm, addr);

	memmove(&mm->sites[i + 1], &mm->sites[i], (mm->site_count - i) * sizeof(mm->sites[0]));
	mm->sites[i] = (struct rewrite_site){ .addr = addr, .stub = stub };
	mm->site_count++;
	return true;
}

static void site_remove(struct mm *mm, u32 i)
{
	mm->site_count--;
	memmove(&mm->sites[i], &mm->sites[i + 1], (mm->site_count - i) * sizeof(mm->sites[0]));
}

/* Can there be a site? The file's pages may be the program's own by now. */
static bool is_code(const struct vma *v)
{
	return v != NULL && v->file != NULL && v->prot == PROT_CODE &&
	       !(v->flags & (VMA_SHARED | VMA_STUB | VMA_HOST));
}

void rewrite_purge_locked(struct mm *mm)
{
	if (!mm->sites_off)
		return;
	mm->sites_off = false;
	for (u32 i = 0; i < mm->site_count;)
		if (!mm->sites[i].on && !is_code(vma_find(mm, mm->sites[i].addr))) {
			site_remove(mm, i);
			mm->stubs_idle = true;
		} else {
			i++;
		}
}

/* Would a stub at addr overlap another one? */
static bool stub_taken(const struct mm *mm, uaddr_t addr)
{
	for (u32 i = 0; i < mm->site_count; i++) {
		uaddr_t other = mm->sites[i].stub;

		if (addr < other + PATCH_STUB_SIZE && other < addr + PATCH_STUB_SIZE)
			return true;
	}
	return false;
}

/* --- memory --- */

/*
 * Is that byte there? It may be another one, or none: who cuts the file short or asks for its
 * pages again (MADV_DONTNEED) takes away what was stored.
 */
static bool byte_is(uaddr_t addr, u8 byte)
{
	u8 now;

	return copy_in(&now, addr, 1) == 0 && now == byte;
}

static bool poke_byte(uaddr_t addr, u8 byte, int prot)
{
	uaddr_t page = ALIGN_DOWN(addr, PAGE_SIZE);

	if (plat_protect(page, PAGE_SIZE, PROT_POKE) < 0)
		return false;
	bool poked = copy_out(addr, &byte, 1) == 0;

	if (plat_protect(page, PAGE_SIZE, prot) < 0)
		panic("cannot protect the code at 0x%lx again", addr);
	return poked;
}

/* Make the page a stub page, unless it is one. */
static bool stub_page(struct mm *mm, uaddr_t page)
{
	const struct vma *v = vma_find(mm, page);
	struct vma fresh = { .start = page, .end = page + PAGE_SIZE, .prot = PROT_CODE,
			     .flags = VMA_STUB };

	if (v != NULL)
		return v->flags & VMA_STUB && v->share_id == 0;
	if (vma_reserve(mm, 1) < 0 ||
	    plat_map(page, PAGE_SIZE, PROT_CODE, LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS, -1,
		     0) < 0)
		return false;
	vma_insert(mm, &fresh);
	vma_merge_around(mm, page, page + PAGE_SIZE);
	return true;
}

bool rewrite_room_ok(const struct mm *mm, uaddr_t start, uaddr_t end)
{
	return !(end > mm->stack_limit && start < mm->stack_top) &&
	       !(end > mm->brk_start && start < ALIGN_UP(mm->brk, PAGE_SIZE));
}

static bool stub_place(struct mm *mm, uaddr_t stub, uaddr_t site)
{
	uaddr_t first = ALIGN_DOWN(stub, PAGE_SIZE);
	uaddr_t last = ALIGN_DOWN(stub + PATCH_STUB_SIZE - 1, PAGE_SIZE);
	u64 len = last + PAGE_SIZE - first;

	if (stub < REWRITE_STUB_MIN || !user_range_ok(first, len) || stub_taken(mm, stub))
		return false;
	if (!rewrite_room_ok(mm, first, first + len))
		return false;
	if (!stub_page(mm, first) || (last != first && !stub_page(mm, last)))
		return false;
	if (plat_protect(first, len, PROT_POKE) < 0)
		return false;
	patch_stub_make((u8 *)stub, stub, site, (u64)rewrite_entry);
	return plat_protect(first, len, PROT_CODE) == 0;
}

/* --- sites --- */

/* Is it a call, in memory where there can be sites? */
static bool is_call(struct mm *mm, uaddr_t site)
{
	u8 code[2];

	return is_code(vma_find(mm, site)) && copy_in(code, site, sizeof(code)) == 0 &&
	       code[0] == BYTE_CALL && code[1] == 0x05;
}

/* Would its jump share bytes with another one? Their distances must stay what they are. */
static bool is_crowded(const struct mm *mm, uaddr_t addr)
{
	u32 i = site_bound(mm, addr - (PATCH_JUMP_SIZE - 1));

	for (; i < mm->site_count && mm->sites[i].addr < addr + PATCH_JUMP_SIZE; i++)
		if (mm->sites[i].on && mm->sites[i].addr != addr)
			return true;
	return false;
}

/* Its stub goes. A thread that is in it faults: rewrite_site_of(). */
static void site_retire(struct mm *mm, u32 i)
{
	mm->retired_sites[mm->retired_sites_next++ % MM_RETIRED_SITES] =
		(struct retired_site){ .addr = mm->sites[i].addr, .stub = mm->sites[i].stub };
	site_remove(mm, i);
}

/* Let the site have its stub there, which it may have from before. */
static bool site_provide(struct mm *mm, uaddr_t addr, uaddr_t stub)
{
	const struct rewrite_site *s = site_at(mm, addr);

	if (s != NULL && s->stub == stub)
		return true;
	/* The bytes after the instruction have changed. */
	if (s != NULL)
		site_retire(mm, site_bound(mm, addr));
	return stub_place(mm, stub, addr) && site_insert(mm, addr, stub);
}

/* Rewrite it for this process, if that can be. */
static void site_rewrite(struct mm *mm, uaddr_t site)
{
	u8 code[PATCH_JUMP_SIZE];

	/* The next page may change without this one, and with it where the jump leads. */
	if (site % PAGE_SIZE > PAGE_SIZE - sizeof(code) || is_crowded(mm, site) ||
	    copy_in(code, site, sizeof(code)) < 0 ||
	    !site_provide(mm, site, site + (u64)patch_distance(code)) ||
	    !poke_byte(site, BYTE_JUMP, PROT_CODE))
		return;
	site_at(mm, site)->on = true;
	text_private(mm, site);
}

void rewrite_trapped(uaddr_t site, u32 nr)
{
	struct mm *mm = current()->process->mm;

	lock_acquire(&mm->lock);
	rewrite_purge_locked(mm);
	bool call = is_call(mm, site);

	if (!call)
		vdso_trapped(mm, site);
	if (call && !text_trapped(mm, site, nr))
		site_rewrite(mm, site);
	lock_release(&mm->lock);
	if (call)
		text_name(mm, site);
	else
		text_trapped_elsewhere();
}

bool rewrite_stubs_of_others(const struct mm *mm, uaddr_t start, uaddr_t end, uaddr_t from,
			     uaddr_t to)
{
	for (u32 i = 0; i < mm->site_count; i++) {
		const struct rewrite_site *s = &mm->sites[i];

		if (s->stub < end && s->stub + PATCH_STUB_SIZE > start &&
		    !(s->addr >= from && s->addr < to))
			return true;
	}
	return false;
}

void rewrite_drop_sites(struct mm *mm, uaddr_t start, uaddr_t end)
{
	u32 i = site_bound(mm, start);

	while (i < mm->site_count && mm->sites[i].addr < end) {
		site_remove(mm, i);
		mm->stubs_idle = true;
	}
}

/* Put the instruction back. It keeps its stub: a thread may be in it, and it may trap again. */
static void site_restore(struct mm *mm, struct rewrite_site *s)
{
	const struct vma *v = vma_find(mm, s->addr);

	if (s->on && v != NULL && byte_is(s->addr, BYTE_JUMP) &&
	    !poke_byte(s->addr, BYTE_CALL, v->prot) && byte_is(s->addr, BYTE_JUMP))
		panic("cannot put the instruction at 0x%lx back", s->addr);
	s->on = false;
	mm->sites_off = true;
}

static void stubs_unmap(struct mm *mm, uaddr_t start, uaddr_t end)
{
	for (u32 i = vma_lower_bound(mm, start); i < mm->count && mm->vmas[i].start < end;) {
		uaddr_t from = MAX(mm->vmas[i].start, start), to = MIN(mm->vmas[i].end, end);
		struct file *none[1];

		if (!(mm->vmas[i].flags & VMA_STUB)) {
			i++;
			continue;
		}
		if (vma_reserve(mm, 3) < 0)
			panic("no memory to give up entry stubs");
		plat_unmap(from, to - from);
		vma_cut(mm, from, to, none, ARRAY_SIZE(none));
		i = vma_lower_bound(mm, start);
	}
}

void rewrite_forget_locked(struct mm *mm, uaddr_t start, uaddr_t end)
{
	uaddr_t first = ALIGN_DOWN(start, PAGE_SIZE), last = ALIGN_UP(end, PAGE_SIZE);

	text_forget(mm, first, last);
	vdso_forget(mm, first, last, true);
	for (u32 i = 0; i < mm->site_count;) {
		struct rewrite_site *s = &mm->sites[i];
		bool homeless = s->stub < last && s->stub + PATCH_STUB_SIZE > first;

		if ((s->addr < end && s->addr + PATCH_JUMP_SIZE > start) || homeless)
			site_restore(mm, s);
		if (homeless)
			site_retire(mm, i);
		else
			i++;
	}
	stubs_unmap(mm, first, last); /* those of sites that are served elsewhere by now, too */
}

static bool stubs_serve(const struct mm *mm, const struct vma *v)
{
	for (u32 i = 0; i < mm->site_count; i++)
		if (mm->sites[i].stub < v->end &&
		    mm->sites[i].stub + PATCH_STUB_SIZE > v->start)
			return true;
	return false;
}

void rewrite_tidy_locked(struct mm *mm)
{
	rewrite_purge_locked(mm);
	if (!mm->stubs_idle)
		return;
	mm->stubs_idle = false;
	for (u32 i = 0; i < mm->count; i++) {
		const struct vma *v = &mm->vmas[i];
		uaddr_t start = v->start;

		if (!(v->flags & VMA_STUB) || v->share_id != 0 || stubs_serve(mm, v))
			continue;
		stubs_unmap(mm, start, v->end);
		i = vma_lower_bound(mm, start) - 1;
	}
}

int rewrite_copy_locked(const struct mm *from, struct mm *to)
{
	to->sites = NULL;
	to->site_count = to->site_space = 0;
	if (from->site_count == 0)
		return 0;
	to->sites = kmemdup(from->sites, from->site_count * sizeof(from->sites[0]));
	if (to->sites == NULL)
		return -ENOMEM;
	to->site_count = to->site_space = from->site_count;
	return 0;
}

uaddr_t rewrite_site_of(uaddr_t ip, bool *ret_entering)
{
	struct mm *mm = current()->process->mm;
	uaddr_t site = 0;

	if (mm == NULL || !rewrite_enabled())
		return 0;
	lock_acquire(&mm->lock);
	const struct vma *v = vma_find(mm, ip);
	bool executable = v != NULL && v->prot & LINUX_PROT_EXEC;

	*ret_entering = true;
	site = text_site_of(mm, ip, ret_entering);
	if (site == 0)
		site = vdso_site_of(mm, ip, ret_entering);
	for (u32 i = 0; i < mm->site_count; i++)
		if (ip - mm->sites[i].stub < PATCH_STUB_SIZE)
			site = mm->sites[i].addr;
	for (u32 i = 0; i < MM_RETIRED_SITES && site == 0 && !executable; i++)
		if (ip - mm->retired_sites[i].stub < PATCH_STUB_SIZE)
			site = mm->retired_sites[i].addr;
	lock_release(&mm->lock);
	return site;
}

bool rewrite_revive(uaddr_t ip)
{
	struct mm *mm = current()->process->mm;
	bool revived;

	if (mm == NULL || !rewrite_active())
		return false;
	lock_acquire(&mm->lock);
	/* Another thread may have been first. */
	const struct vma *v = vma_find(mm, ip);

	revived = v != NULL ? v->flags & VMA_STUB : text_revive(mm, ip);
	lock_release(&mm->lock);
	return revived;
}

uaddr_t rewrite_resume(uaddr_t ip)
{
	struct mm *mm = current()->process->mm;
	uaddr_t stub;

	if (mm == NULL || !rewrite_active())
		return ip;
	lock_acquire(&mm->lock);
	stub = text_stub_of(mm, ip);
	lock_release(&mm->lock);
	return stub != 0 ? stub : ip;
}

bool rewrite_breakpoint(uaddr_t addr)
{
	struct mm *mm = current()->process->mm;

	if (mm == NULL || !rewrite_enabled())
		return false;
	lock_acquire(&mm->lock);
	bool ours = text_breakpoint(mm, addr);

	lock_release(&mm->lock);
	return ours;
}

void rewrite_show(uaddr_t addr, u8 *bytes, size_t len)
{
	struct mm *mm = current()->process->mm;
	AUTO_FILE file = NULL;
	u64 offset = 0;

	if (!rewrite_enabled())
		return;
	lock_acquire(&mm->lock);
	const struct vma *v = vma_find(mm, addr);

	if (v != NULL && v->flags & VMA_TEXT) {
		file = file_get(v->file);
		offset = v->offset + (addr - v->start);
	}
	for (u32 i = site_bound(mm, addr);
	     i < mm->site_count && mm->sites[i].addr < addr + len; i++)
		if (mm->sites[i].on)
			bytes[mm->sites[i].addr - addr] = BYTE_CALL;
	lock_release(&mm->lock);
	s64 got = file == NULL ? 0 : file_read_kernel(file, bytes, len, offset);

	(void)got; /* what cannot be read stays as it is in memory */
}

void rewrite_undo(uaddr_t site)
{
	struct mm *mm = current()->process->mm;

	lock_acquire(&mm->lock);
	text_undo(mm, site);
	vdso_forget(mm, site, site + 1, false);
	struct rewrite_site *s = site_at(mm, site);

	if (s != NULL)
		site_restore(mm, s);
	lock_release(&mm->lock);
}

void rewrite_stop(void)
{
	struct process *p = current()->process;

	if (!rewrite_enabled() || atomic_load(&p->trap_only))
		return;
	atomic_store(&p->trap_only, true);
	lock_acquire(&p->mm->lock);
	text_forget(p->mm, 0, USER_ADDR_MAX);
	vdso_forget(p->mm, 0, USER_ADDR_MAX, false);
	for (u32 i = 0; i < p->mm->site_count; i++)
		site_restore(p->mm, &p->mm->sites[i]);
	lock_release(&p->mm->lock);
}
