/* The host's vDSO with its calls rewritten. See vdso.h. */
#include "kernel/x86_64/vdso.h"

#include "code/patch.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/pool.h"
#include "kernel/task/table.h"
#include "kernel/x86_64/rewrite.h"
#include "lib/string.h"
#include "platform/plat.h"

#define PROT_CODE (LINUX_PROT_READ | LINUX_PROT_EXEC)
#define SITES_MAX 16u
#define STUBS_ALIGN 16u

/* Of a sandbox, from its first use on: sandbox->vdso. It never changes then. */
struct vdso_copies {
	u32 page; /* in the pool, where both are: */
	u64 original_at, rewritten_at;
	struct patch_site sites[SITES_MAX];
	u32 count;
};

/* Written at start only: places of the host's. */
static uaddr_t data_start, code_start, code_end;

/* What is mapped in this process is the rewritten copy. */
static bool is_rewritten;

static u64 code_len(void)
{
	return code_end - code_start;
}

static s64 vdso_read(UNUSED void *file, void *buf, size_t len, u64 offset)
{
	u64 n = offset < code_len() ? MIN((u64)len, code_len() - offset) : 0;

	memcpy(buf, (const u8 *)code_start + offset, n);
	return (s64)n;
}

/* Where the room behind the code and its headers begins. */
static u64 content_end(const u8 *bytes)
{
	u64 end = code_len();

	while (end > 0 && bytes[end - 1] == 0)
		end--;
	return ALIGN_UP(end, STUBS_ALIGN);
}

/* The copy at bytes, with calls that lead to stubs in its own last page. */
static void copy_rewrite(struct vdso_copies *c, u8 *bytes, const struct code_search *found)
{
	u64 end = content_end(bytes);
	struct patch p = {
		.bytes = bytes,
		.len = end,
		.entry = (u64)rewrite_entry,
		.spans = { { .start = (s64)end, .end = (s64)code_len(), .bytes = bytes + end } },
		.span_count = 1,
		.spare = (s64)end,
		.spare_end = (s64)code_len(),
	};

	for (u32 i = 0; i < found->count && c->count < SITES_MAX; i++) {
		const struct code_site *f = &found->sites[i];
		struct patch_site *s = &c->sites[c->count];

		*s = (struct patch_site){ .at = f->at, .dead = f->dead, .before = f->before,
					  .rip_at = f->rip_at };
		if (f->proven)
			patch_site(&p, s);
		c->count += s->done;
	}
}

static void copies_free(struct vdso_copies *c)
{
	pool_free(c->page, (u32)(2 * code_len() / PAGE_SIZE));
	kfree(c);
}

/* What is mapped is still the host's. NULL: no memory. */
static struct vdso_copies *copies_make(void)
{
	AUTO_KFREE struct code_search *found = kmalloc(sizeof(*found));
	struct vdso_copies *c = kzalloc(sizeof(*c));
	u32 pages = (u32)(code_len() / PAGE_SIZE);
	const struct code_file file = { .read = vdso_read };
	const u8 *code = (const u8 *)code_start;

	if (found == NULL || c == NULL || pool_alloc(2 * pages, &c->page) < 0) {
		kfree(c);
		return NULL;
	}
	u8 *original = pool_ptr(c->page), *rewritten = pool_ptr(c->page + pages);

	c->original_at = pool_offset(c->page);
	c->rewritten_at = pool_offset(c->page + pages);
	memcpy(rewritten, code, code_len());
	sites_collect(found, code, (u32)code_len());
	sites_prove(found, &file, 0, code, (u32)code_len());
	copy_rewrite(c, rewritten, found);
	/* The stubs are in both: a thread may be in one when its process goes back. */
	memcpy(original, rewritten, code_len());
	memcpy(original, code, content_end(code));
	return c;
}

/* NULL: there was no memory for them. */
static const struct vdso_copies *copies_get(void)
{
	const struct vdso_copies *c = atomic_load(&sandbox->vdso), *mine;

	if (c != NULL || is_rewritten)
		return c;
	mine = copies_make();
	if (mine == NULL || atomic_cas(&sandbox->vdso, &c, mine))
		return mine;
	copies_free((struct vdso_copies *)mine);
	return c;
}

static bool vdso_map(u64 at)
{
	return plat_map(code_start, code_len(), PROT_CODE, LINUX_MAP_PRIVATE | LINUX_MAP_FIXED,
			pool_fd, at) == 0;
}

void vdso_init(uaddr_t data, uaddr_t code, uaddr_t end)
{
	data_start = data;
	code_start = code;
	code_end = end;
}

static bool is_mapped(uaddr_t start, uaddr_t end)
{
	u8 resident;

	for (uaddr_t at = start; at < end; at += PAGE_SIZE)
		if (plat_mincore(at, PAGE_SIZE, &resident) < 0)
			return false;
	return true;
}

bool vdso_renew(bool changed)
{
	const struct vdso_copies *c = atomic_load(&sandbox->vdso);
	bool rewritten = c != NULL && c->count != 0 && rewrite_enabled();

	if (code_len() == 0 || (changed && !is_mapped(data_start, code_start)))
		return false;
	if (c == NULL)
		return !changed || is_mapped(code_start, code_end);
	if ((changed || is_rewritten != rewritten) &&
	    !vdso_map(rewritten ? c->rewritten_at : c->original_at))
		return false;
	is_rewritten = rewritten;
	return true;
}

static bool is_vdso(const struct vma *v)
{
	return v != NULL && v->flags & VMA_HOST && v->start == code_start && v->end == code_end;
}

/* Has the guest left it alone? */
static bool is_whole(const struct vma *v)
{
	return is_vdso(v) && v->prot == PROT_CODE && !(v->flags & VMA_WRITTEN);
}

void vdso_trapped(struct mm *mm, uaddr_t site)
{
	const struct vma *v = site - code_start < code_len() ? vma_find(mm, site) : NULL;
	const struct vdso_copies *c;

	if (is_rewritten || !is_whole(v))
		return;
	c = copies_get();
	is_rewritten = c != NULL && c->count != 0 && vdso_map(c->rewritten_at);
}

void vdso_forget(struct mm *mm, uaddr_t start, uaddr_t end, bool changes)
{
	const struct vdso_copies *c;

	if (start >= code_end || end <= code_start || !is_whole(vma_find(mm, code_start)))
		return;
	c = changes ? copies_get() : atomic_load(&sandbox->vdso);
	if (!is_rewritten)
		return;
	if (!vdso_map(c->original_at))
		panic("cannot map the vDSO again");
	is_rewritten = false;
}

uaddr_t vdso_site_of(struct mm *mm, uaddr_t ip, bool *ret_entering)
{
	const struct vdso_copies *c = atomic_load(&sandbox->vdso);
	s64 at;

	if (c == NULL || ip - code_start >= code_len() || !is_vdso(vma_find(mm, ip)))
		return 0;
	for (u32 i = 0; i < c->count; i++)
		if (patch_site_has(&c->sites[i], (s64)(ip - code_start), &at)) {
			*ret_entering = at == c->sites[i].at;
			return code_start + (u64)at;
		}
	return 0;
}
