/* Shared program text. See text.h. */
#include "kernel/x86_64/text.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "code/kept.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/pool.h"
#include "kernel/task/table.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/vfs.h"
#include "kernel/x86_64/rewrite.h"
#include "kernel/x86_64/text_internal.h"
#include "lib/checked.h"
#include "lib/string.h"

#define PROT_CODE (LINUX_PROT_READ | LINUX_PROT_EXEC)
#define TEXT_BYTES_MAX (16ull << 20)  /* of one */
#define TEXTS_BYTES_MAX (64ull << 20) /* of all */
#define TEXTS_MAX 512u
#define TRAPS_MIN 4u         /* before a text is copied */
#define BYTES_PER_TRAP 0x40000u /* as much is copied in the time of one trap more */
#define TRAPS_ALONE 3u /* times as many in a sandbox that has had one process only */

static struct {
	struct lock lock;
	struct text *list;
	u32 count;
	u64 bytes;  /* of the pool */
	u32 copies; /* a */
	u64 elsewhere; /* a: traps outside of texts */
} *texts;

int text_init(void)
{
	texts = kzalloc(sizeof(*texts));
	if (texts == NULL)
		return -ENOMEM;
	lock_rank(&texts->lock, RANK_TEXT);
	text_kept_init();
	return 0;
}

/* --- texts and their sites; the texts' lock is held --- */

/* Is it a program that is not of the host or an image? */
static bool is_executed(const struct file_content *c)
{
	return c->dev == CONTENT_EXECUTED;
}

/* Of the sandbox's own texts, or of the kept ones. */
static struct text *text_find(const struct file_content *c, u64 offset, u64 len, bool kept)
{
	for (struct text *x = texts->list; x != NULL; x = x->next)
		if (x->offset == offset && x->len == len && (x->kept != NULL) == kept &&
		    memcmp(&x->content, c, sizeof(*c)) == 0)
			return x;
	return NULL;
}

static struct text *text_add(const struct text *new)
{
	struct text *x = texts->count < TEXTS_MAX ? kmemdup(new, sizeof(*new)) : NULL;

	if (x == NULL)
		return NULL;
	x->next = texts->list;
	texts->list = x;
	texts->count++;
	return x;
}

/* The kept text of that content and place, NULL: there is none. */
static struct text *text_kept(const struct file_content *c, const struct vma *v,
			      enum text_kept *ret)
{
	u64 offset = v->offset, len = v->end - v->start;
	struct text *x = text_find(c, offset, len, true);
	struct text found = { .content = *c, .offset = offset, .len = len };

	*ret = TEXT_KEPT_NOT;
	if (x != NULL || !text_kept_any() || len > KEPT_TEXT_MAX || is_executed(c))
		return x;
	*ret = text_kept_find(&found, v->file);
	if (*ret != TEXT_KEPT)
		return NULL;
	x = text_add(&found);
	if (x == NULL)
		kfree(found.kept);
	return x;
}

/* One of the sandbox's own, from its first trap on. */
static struct text *text_create(const struct file_content *c, const struct vma *v)
{
	u64 offset = v->offset, len = v->end - v->start;
	struct text new = {
		.content = *c,
		.offset = offset,
		.len = len,
		.fd = pool_fd,
		.refused = len > TEXT_BYTES_MAX || offset > c->size ||
			   len > ALIGN_UP(c->size - offset, PAGE_SIZE),
	};
	enum text_kept kept;

	if (text_kept(c, v, &kept) == NULL && kept == TEXT_KEPT_NOT && !is_executed(c))
		new.wanted = text_kept_may_want() && !new.refused;
	return text_add(&new);
}

static struct site *site_find(struct text *x, u32 at)
{
	for (u32 i = 0; i < x->count; i++)
		if (x->sites[i].p.at == at)
			return &x->sites[i];
	return NULL;
}

static struct site *site_add(struct text *x, u32 at)
{
	if (x->count == x->space) {
		u32 space = x->space * 2 + 32;
		struct site *bigger = kzalloc(space * sizeof(*bigger));

		if (bigger == NULL)
			return NULL;
		memcpy(bigger, x->sites, x->count * sizeof(*bigger));
		kfree(x->sites);
		x->sites = bigger;
		x->space = space;
	}
	x->sites[x->count] = (struct site){ .p.at = at };
	return &x->sites[x->count++];
}

/* A mapping of a text. */
struct place {
	const struct mm *mm;
	const struct vma *v;
};

/* Is the span's place free, but for private stubs of this very text? */
static bool span_free(void *place, const struct patch_span *s)
{
	const struct mm *mm = ((const struct place *)place)->mm;
	const struct vma *v = ((const struct place *)place)->v;
	uaddr_t start = v->start + (u64)s->start, end = v->start + (u64)s->end;

	if (start < REWRITE_STUB_MIN || start > end || !user_range_ok(start, end - start) ||
	    !rewrite_room_ok(mm, start, end))
		return false;
	for (u32 i = vma_lower_bound(mm, start); i < mm->count && mm->vmas[i].start < end; i++)
		if (!(mm->vmas[i].flags & VMA_STUB) || mm->vmas[i].share_id != 0)
			return false;
	return !rewrite_stubs_of_others(mm, start, end, v->start, v->end);
}

/* --- the copy --- */

static bool spans_allocate(struct text *x)
{
	for (u32 i = 0; i < x->p.span_count; i++) {
		struct patch_span *s = &x->p.spans[i];
		u32 page;

		if (pool_alloc((u32)((u64)(s->end - s->start) / PAGE_SIZE), &page) < 0) {
			x->p.span_count = i;
			return i > 0;
		}
		s->bytes = pool_ptr(page);
		x->span_at[i] = pool_offset(page);
	}
	return x->p.span_count > 0;
}

static s64 search_read(void *file, void *buf, size_t len, u64 offset)
{
	return file_read_kernel(file, buf, len, offset);
}

/* Rewrite what has trapped, and what is proven to be a call. */
static void sites_rewrite(struct text *x, const struct code_search *found)
{
	u32 known = x->count;

	for (u32 i = 0; i < found->count; i++) {
		const struct code_site *c = &found->sites[i];
		struct site *s = NULL;

		if (!c->proven)
			continue;
		for (u32 j = 0; j < known && s == NULL; j++)
			if (x->sites[j].p.at == c->at)
				s = &x->sites[j];
		if (s == NULL)
			s = site_add(x, c->at);
		if (s == NULL)
			continue;
		s->p.dead = c->dead;
		s->p.before = c->before;
		s->p.rip_at = c->rip_at;
	}
	for (u32 i = 0; i < x->count; i++)
		patch_site(&x->p, &x->sites[i].p);
}

/* Read the bytes and find room for stubs. */
static bool text_load(struct text *x, struct place *place, struct code_search *found)
{
	struct file *file = place->v->file;
	struct code_file f = { .read = search_read, .file = file };
	u64 want = MIN(x->len, x->content.size - x->offset), got = 0;

	while (got < want) {
		s64 n = file_read_kernel(file, x->p.bytes + got, want - got, x->offset + got);

		if (n <= 0)
			return false;
		got += (u64)n;
	}
	sites_collect(found, x->p.bytes, (u32)x->len);
	sites_prove(found, &f, x->offset, x->p.bytes, (u32)x->len);
	patch_spans_choose(&x->p, found, span_free, place);
	return spans_allocate(x);
}

/* v: a mapping of it, where the spans must be free. */
static bool text_copy(struct text *x, const struct mm *mm, const struct vma *v)
{
	u32 pages = (u32)(x->len / PAGE_SIZE), page;
	AUTO_KFREE struct code_search *found = kzalloc(sizeof(*found));
	struct place place = { mm, v };

	if (found == NULL || texts->bytes + x->len > TEXTS_BYTES_MAX ||
	    pool_alloc(pages, &page) < 0)
		return false;
	pool_prefault(page, pages);
	x->at = pool_offset(page);
	x->p = (struct patch){ .bytes = pool_ptr(page), .len = x->len,
			       .entry = (u64)rewrite_entry };
	if (!text_load(x, &place, found)) {
		pool_free(page, pages);
		return false;
	}
	texts->bytes += x->len;
	sites_rewrite(x, found);
	x->p.live = true;
	return true;
}

/* --- mappings; mm->lock is held, too --- */

static struct vma *text_vma(struct mm *mm, uaddr_t addr)
{
	struct vma *v = vma_find(mm, addr);

	return v != NULL && v->file != NULL && v->prot == PROT_CODE &&
			       !(v->flags & (VMA_SHARED | VMA_WRITTEN | VMA_HOST)) ?
		       v :
		       NULL;
}

static void stub_vmas_cut(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct file *none[1];
	u32 files = vma_cut(mm, start, end, none, ARRAY_SIZE(none));

	ASSERT(files == 0);
}

/* Unmap the stubs of the text at base. A thread that is in one faults: rewrite_site_of(). */
static void stubs_unmap(struct mm *mm, uaddr_t base)
{
	const struct text *x = NULL;

	for (u32 i = 0; i < mm->count;) {
		const struct vma *v = &mm->vmas[i];

		if (!(v->flags & VMA_STUB) || v->share_id == 0 || v->start - v->offset != base) {
			i++;
			continue;
		}
		x = (const struct text *)v->share_id;
		plat_unmap(v->start, v->end - v->start);
		stub_vmas_cut(mm, v->start, v->end);
	}
	if (x != NULL)
		mm->retired[mm->retired_next++ % MM_RETIRED] =
			(struct retired_text){ .base = base, .text = x };
}

/* The file's bytes again. */
static void text_detach(struct mm *mm, struct vma *v)
{
	uaddr_t start = v->start;
	struct map_request req = {
		.addr = v->start,
		.len = v->end - v->start,
		.offset = v->offset,
		.prot = v->prot,
	};

	v->flags &= ~(u32)VMA_TEXT;
	if (file_map(v->file, &req) < 0)
		panic("cannot map a file's text at 0x%lx again", start);
	rewrite_drop_sites(mm, start, v->end);
	stubs_unmap(mm, start);
}

/* What belongs to a text and lies beside it. */
struct beside {
	uaddr_t start, end;
	plat_fd_t fd;
	u64 at;
};

/* The i-th of them, in the mapping at base; the last one of a kept text is the entry's page. */
static struct beside beside(const struct text *x, u32 i, uaddr_t base)
{
	const struct patch_span *s = &x->p.spans[i];

	if (i < x->p.span_count)
		return (struct beside){ base + (u64)s->start, base + (u64)s->end, x->fd,
					x->span_at[i] };
	return (struct beside){ base + (u64)x->p.entry_at,
				base + (u64)x->p.entry_at + PAGE_SIZE, pool_fd,
				text_kept_entry() };
}

static u32 beside_count(const struct text *x)
{
	return x->p.span_count + (x->kept != NULL);
}

/* False: the host does not map it, which it does not refuse but for kept texts. */
static bool beside_map(struct mm *mm, const struct text *x, u32 i, uaddr_t base)
{
	struct beside b = beside(x, i, base);
	struct vma stubs = {
		.start = b.start,
		.end = b.end,
		.prot = PROT_CODE,
		.flags = VMA_STUB,
		.offset = b.start - base,
		.share_id = (u64)x,
	};

	stub_vmas_cut(mm, b.start, b.end);
	vma_insert(mm, &stubs);
	return plat_map(b.start, b.end - b.start, PROT_CODE, LINUX_MAP_PRIVATE | LINUX_MAP_FIXED,
			b.fd, b.at) == 0;
}

static bool place_is_free(struct place *place, const struct text *x)
{
	struct patch_span entry = { .start = x->p.entry_at,
				    .end = x->p.entry_at + (s64)PAGE_SIZE };

	for (u32 i = 0; i < x->p.span_count; i++)
		if (!span_free(place, &x->p.spans[i]))
			return false;
	return x->kept == NULL || span_free(place, &entry);
}

/* Give the mapping around `at` the copy and its stubs. False: it has the file's bytes. */
static bool text_attach(struct mm *mm, const struct text *x, uaddr_t at)
{
	const struct vma *v = text_vma(mm, at);
	struct place place = { .mm = mm };
	bool mapped = true;

	if (v == NULL || v->flags & VMA_TEXT)
		return false;
	uaddr_t start = v->start;

	/* What may be in the way: stubs of sites that are none now, and stubs of its own. */
	rewrite_purge_locked(mm);
	stubs_unmap(mm, start); /* text_revive() */
	place.v = vma_find(mm, at);
	if (!place_is_free(&place, x) || vma_reserve(mm, 3 * (PATCH_SPANS_MAX + 1)) < 0)
		return false;
	for (u32 i = 0; i < beside_count(x) && mapped; i++)
		mapped = beside_map(mm, x, i, start);
	mapped = mapped && plat_map(start, x->len, PROT_CODE, LINUX_MAP_PRIVATE | LINUX_MAP_FIXED,
				    x->fd, x->at) == 0;
	if (mapped) {
		rewrite_drop_sites(mm, start, start + x->len);
		vma_find(mm, start)->flags |= VMA_TEXT;
		return true;
	}
	if (x->kept == NULL)
		panic("cannot map shared text");
	text_kept_stop();
	text_detach(mm, vma_find(mm, start));
	return false;
}

void text_undo(struct mm *mm, uaddr_t site)
{
	struct vma *v = vma_find(mm, site);

	if (v == NULL || !(v->flags & VMA_TEXT))
		return;
	v->flags |= VMA_WRITTEN;
	text_detach(mm, v);
}

/* What the process does not execute itself might be written to while the mapping is there. */
static bool content_of(const struct mm *mm, const struct vma *v, struct file_content *ret)
{
	return v->file->ops->content != NULL && v->file->ops->content(v->file, ret) == 0 &&
	       (!is_executed(ret) || v->file->inode == mm->program);
}

/* The sandbox's own text that v is a copy of, or could be. */
static struct text *text_of(const struct mm *mm, const struct vma *v, bool create)
{
	struct file_content c;

	if (!content_of(mm, v, &c))
		return NULL;
	struct text *x = text_find(&c, v->offset, v->end - v->start, false);

	return x == NULL && create ? text_create(&c, v) : x;
}

/* What a mapping of x can be instead, NULL: nothing. */
static const struct text *text_choose(const struct text *x, const struct file_content *c,
				      const struct vma *v)
{
	enum text_kept kept;

	return x != NULL && x->copied ? x : text_kept(c, v, &kept);
}

/* Is the mapping, in which nothing has trapped, code that will be executed where it lies? */
static bool is_program(const struct mm *mm, const struct vma *v)
{
	return !mm->lone || (v->start < mm->code_end && v->end > mm->code_start);
}

void text_mapped(struct mm *mm, uaddr_t start)
{
	struct vma *v = text_vma(mm, start);

	struct file_content c;

	if (v == NULL || v->flags & VMA_TEXT || (texts->list == NULL && !text_kept_any()) ||
	    !is_program(mm, v) || !content_of(mm, v, &c))
		return;
	lock_acquire(&texts->lock);
	const struct text *x = text_find(&c, v->offset, v->end - v->start, false);

	x = text_choose(x, &c, v);
	bool attached = x != NULL && text_attach(mm, x, start);

	(void)attached; /* else the mapping is the file's */
	lock_release(&texts->lock);
}

void text_refresh(struct mm *mm)
{
	u32 copies = atomic_load(&texts->copies);

	if (mm->text_copies == copies)
		return;
	mm->text_copies = copies;
	for (u32 i = 0; i < mm->count; i++) {
		uaddr_t start = mm->vmas[i].start;

		if (text_vma(mm, start) != NULL) {
			text_mapped(mm, start);
			i = vma_lower_bound(mm, start);
		}
	}
}

/* A copy pays off with the traps that other processes are spared. */
static u64 traps_needed(const struct text *x)
{
	u64 traps = TRAPS_MIN + x->len / BYTES_PER_TRAP;

	/* A program that has just been made is mostly run once. */
	return sandbox->forks == 0 || is_executed(&x->content) ? traps * TRAPS_ALONE : traps;
}

/* The text of which the mapping at base is a copy. */
static const struct text *text_attached(const struct mm *mm, uaddr_t base)
{
	for (u32 i = 0; i < mm->count; i++) {
		const struct vma *v = &mm->vmas[i];

		if (v->flags & VMA_STUB && v->share_id != 0 && v->start - v->offset == base)
			return (const struct text *)v->share_id;
	}
	return NULL;
}

static bool kept_has(const struct text *x, u32 at)
{
	for (u32 i = 0; i < x->kept_count; i++)
		if (x->kept[i].at == at)
			return true;
	return false;
}

/* Make the mapping around `at` a copy of x if it is not. */
static bool text_become(struct mm *mm, const struct text *x, uaddr_t at)
{
	struct vma *v = text_vma(mm, at);

	if (v->flags & VMA_TEXT && text_attached(mm, v->start) == x)
		return true;
	if (v->flags & VMA_TEXT)
		text_detach(mm, v);
	return text_attach(mm, x, at);
}

static struct site *site_count_trap(struct text *x, u32 rel, u32 nr)
{
	struct site *s = site_find(x, rel);

	if (s == NULL)
		s = site_add(x, rel);
	x->traps++;
	if (s != NULL) {
		s->p.nr = nr;
		s->traps++;
	}
	return s;
}

bool text_trapped(struct mm *mm, uaddr_t at, u32 nr)
{
	const struct vma *v = text_vma(mm, at);
	const struct text *kept;
	bool done = false;

	if (v == NULL || v->end - v->start > TEXT_BYTES_MAX)
		return false;
	lock_acquire(&texts->lock);
	struct text *x = text_of(mm, v, true);
	u32 rel = (u32)(at - v->start);
	struct site *s = x != NULL && !x->refused ? site_count_trap(x, rel, nr) : NULL;

	kept = s != NULL && !x->copied ? text_choose(x, &x->content, v) : NULL;
	if (kept != NULL && kept_has(kept, rel)) {
		/* It is one that leads elsewhere only from before. */
		done = text_become(mm, kept, at);
		s = NULL;
	}
	if (s != NULL && !x->copied && x->traps >= traps_needed(x)) {
		x->copied = text_copy(x, mm, v);
		x->refused = !x->copied;
		atomic_add(&texts->copies, x->copied);
		s = site_find(x, rel); /* the table may have grown */
	}
	if (s != NULL && x->copied) {
		patch_site(&x->p, &s->p);
		/* What cannot be rewritten in a copy stays: an own page would miss the rest. */
		done = text_become(mm, x, at);
	}
	lock_release(&texts->lock);
	return done;
}

/* --- statistics --- */

static struct text *text_at(struct mm *mm, uaddr_t site, const struct vma **ret_vma)
{
	const struct vma *v = text_vma(mm, site);

	*ret_vma = v;
	return v == NULL ? NULL : text_of(mm, v, false);
}

void text_private(struct mm *mm, uaddr_t at)
{
	const struct vma *v;

	lock_acquire(&texts->lock);
	struct text *x = text_at(mm, at, &v);
	struct site *s = x == NULL ? NULL : site_find(x, (u32)(at - v->start));

	if (s != NULL)
		s->private = true;
	lock_release(&texts->lock);
}

void text_trapped_elsewhere(void)
{
	atomic_add(&texts->elsewhere, 1);
}

/* The broker finds the file by its name on the host. */
static void text_tell_wanted(const struct text *x, struct file *file)
{
	AUTO_KFREE char *path = NULL;
	int tree;

	if (file->ops->host_name != NULL && file->ops->host_name(file, &tree, &path) == 0)
		plat_text_wanted(tree, path, x->offset, x->len);
}

void text_name(struct mm *mm, uaddr_t site)
{
	AUTO_FILE file = NULL;
	AUTO_KFREE char *name = NULL;
	const struct vma *v;
	struct path root;
	bool wanted = false;

	lock_acquire(&mm->lock);
	lock_acquire(&texts->lock);
	struct text *x = text_at(mm, site, &v);

	if (x != NULL && (x->wanted || x->name[0] == '\0')) {
		file = file_get(v->file);
		wanted = x->wanted;
		x->wanted = false;
	}
	lock_release(&texts->lock);
	lock_release(&mm->lock);
	if (wanted)
		text_tell_wanted(x, file);
	if (file == NULL || file->path.dentry == NULL)
		return;
	name = kzalloc(LINUX_PATH_MAX);
	if (name == NULL)
		return;
	fs_get_root(&root);
	s64 len = path_format(&file->path, &root, name, LINUX_PATH_MAX);

	path_put(&root);
	if (len <= 0)
		return;
	/* Texts live as long as the sandbox. The end of a name tells more than its start. */
	u64 most = sizeof(x->name) - 1, skip = (u64)len > most ? (u64)len - most : 0;

	lock_acquire(&texts->lock);
	memcpy(x->name, name + skip, (size_t)((u64)len - skip));
	lock_release(&texts->lock);
}

static void site_report(const struct text *x, const struct site *s, struct trace_site *ret)
{
	ret->offset = x->offset + s->p.at;
	ret->traps = s->traps;
	ret->nr = (u16)s->p.nr;
	if (s->p.done)
		ret->form = s->p.moved ? TRACE_SITE_BEFORE :
			    s->p.slot != 0 ? TRACE_SITE_PADDING :
					   TRACE_SITE_JUMP;
	else if (s->private)
		ret->form = TRACE_SITE_PRIVATE;
	else
		ret->why = x->copied ? TRACE_WHY_ROOM : x->refused ? TRACE_WHY_TEXT : TRACE_WHY_FEW;
}

void text_report_kept(struct trace_sites *ret)
{
	if (!text_kept_any())
		return;
	lock_acquire(&texts->lock);
	for (const struct text *x = texts->list; x != NULL && ret->kept_count < TRACE_KEPT;
	     x = x->next)
		if (x->kept != NULL)
			ret->kept[ret->kept_count++] = x->kept_slot;
	lock_release(&texts->lock);
}

void text_report(struct trace_sites *ret)
{
	lock_acquire(&texts->lock);
	ret->elsewhere = texts->elsewhere;
	for (const struct text *x = texts->list; x != NULL && ret->text_count < TRACE_TEXTS;
	     x = x->next) {
		struct trace_text *t = &ret->texts[ret->text_count];

		if (x->kept != NULL)
			continue;
		memcpy(t->name, x->name, sizeof(t->name));
		t->traps = x->traps;
		t->shared = x->copied;
		for (u32 i = 0; i < x->count && ret->site_count < TRACE_SITES; i++) {
			struct trace_site *site = &ret->sites[ret->site_count++];

			site->text = ret->text_count;
			site_report(x, &x->sites[i], site);
		}
		ret->text_count++;
	}
	lock_release(&texts->lock);
}

/* --- going back --- */

/* The mapping that the stubs in v serve, if it is still there. */
static struct vma *served_by(struct mm *mm, const struct vma *v)
{
	return text_vma(mm, v->start - v->offset);
}

void text_forget(struct mm *mm, uaddr_t start, uaddr_t end)
{
	u32 i = vma_lower_bound(mm, start);

	while (i < mm->count && mm->vmas[i].start < end) {
		struct vma *v = &mm->vmas[i];

		if (v->flags & VMA_STUB && v->share_id != 0)
			v = served_by(mm, v);
		if (v != NULL && v->flags & VMA_TEXT) {
			text_detach(mm, v); /* which takes VMAs away */
			i = vma_lower_bound(mm, start);
		} else {
			i++;
		}
	}
}

bool text_breakpoint(struct mm *mm, uaddr_t at)
{
	const struct vma *v = vma_find(mm, at);
	bool gone;

	if (v == NULL || !(v->flags & VMA_TEXT))
		return false;
	lock_acquire(&texts->lock);
	gone = *(const u8 *)at != 0xcc;
	lock_release(&texts->lock);
	return gone;
}

/* Does the call have the place? Then *ret is what text_site_of() gives. */
static bool site_has(const struct patch_site *s, uaddr_t base, uaddr_t ip, uaddr_t *ret,
		     bool *ret_entering)
{
	s64 at;

	if (!patch_site_has(s, (s64)(ip - base), &at))
		return false;
	*ret = base + (u64)at;
	*ret_entering = at == s->at;
	return true;
}

static uaddr_t site_of_stub(const struct text *x, uaddr_t base, uaddr_t ip, bool *ret_entering)
{
	uaddr_t site = 0;
	bool found = x == NULL;

	lock_acquire(&texts->lock);
	for (u32 i = 0; !found && i < x->count; i++)
		found = site_has(&x->sites[i].p, base, ip, &site, ret_entering);
	for (u32 i = 0; !found && i < x->kept_count; i++) {
		struct patch_site s = kept_site_unpack(&x->kept[i]);

		found = site_has(&s, base, ip, &site, ret_entering);
	}
	lock_release(&texts->lock);
	return site;
}

/* Map what lies beside the text at base again, if nothing else is there. */
static bool beside_revive(struct mm *mm, const struct text *x, uaddr_t base)
{
	bool mapped = vma_reserve(mm, 3 * (PATCH_SPANS_MAX + 1)) == 0;

	for (u32 i = 0; i < beside_count(x) && mapped; i++) {
		struct beside b = beside(x, i, base);

		mapped = vma_range_free(mm, b.start, b.end) &&
			 rewrite_room_ok(mm, b.start, b.end);
	}
	for (u32 i = 0; i < beside_count(x) && mapped; i++)
		mapped = beside_map(mm, x, i, base);
	return mapped;
}

bool text_revive(struct mm *mm, uaddr_t ip)
{
	bool entering;

	for (u32 i = 0; i < MM_RETIRED; i++) {
		const struct retired_text *r = &mm->retired[i];

		if (r->text != NULL && site_of_stub(r->text, r->base, ip, &entering) != 0 &&
		    beside_revive(mm, r->text, r->base))
			return true;
	}
	return false;
}

/* The site of x at that distance from its start. False: there is none. */
static bool site_at(const struct text *x, u64 at, struct patch_site *ret)
{
	for (u32 i = 0; i < x->count; i++)
		if (x->sites[i].p.at == at) {
			*ret = x->sites[i].p;
			return true;
		}
	for (u32 i = 0; i < x->kept_count; i++)
		if (x->kept[i].at == at) {
			*ret = kept_site_unpack(&x->kept[i]);
			return true;
		}
	return false;
}

uaddr_t text_stub_of(struct mm *mm, uaddr_t site)
{
	const struct vma *v = vma_find(mm, site);
	const struct text *x;
	struct patch_site s;
	bool found;

	if (v == NULL || !(v->flags & VMA_TEXT))
		return 0;
	x = text_attached(mm, v->start);
	if (x == NULL)
		return 0;
	lock_acquire(&texts->lock);
	found = site_at(x, site - v->start, &s) && s.done && s.moved;
	lock_release(&texts->lock);
	return found ? v->start + (u64)s.stub : 0;
}

uaddr_t text_site_of(struct mm *mm, uaddr_t ip, bool *ret_entering)
{
	const struct vma *v = vma_find(mm, ip);
	uaddr_t site = 0;

	if (v != NULL && v->flags & VMA_STUB && v->share_id != 0)
		return site_of_stub((const struct text *)v->share_id, v->start - v->offset, ip,
				    ret_entering);
	/* In the padding of a copy. */
	if (v != NULL && v->flags & VMA_TEXT)
		return site_of_stub(text_attached(mm, v->start), v->start, ip, ret_entering);
	if (v != NULL && v->prot & LINUX_PROT_EXEC)
		return 0;
	for (u32 i = 0; i < MM_RETIRED && site == 0; i++)
		if (mm->retired[i].text != NULL)
			site = site_of_stub(mm->retired[i].text, mm->retired[i].base, ip,
					    ret_entering);
	return site;
}
