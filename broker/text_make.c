/*
 * Rewriting a text to keep it. See text.h.
 *
 * This runs shut in: it reads files of anybody's making, and can do nothing but that.
 */
#include "broker/text.h"

#include <string.h>

#include "abi/linux/elf.h"
#include "lib/checked.h"

#define PHDRS_MAX 64u

/* Where the file itself is, as seen from the text: stubs go elsewhere. */
struct image {
	struct {
		s64 start, end;
	} part[PHDRS_MAX];
	u32 count;
	s64 lowest; /* no address is below; of a program that can be anywhere: none */
};

static bool image_room(void *arg, const struct patch_span *s)
{
	const struct image *image = arg;

	if (s->start < image->lowest || s->start <= -PATCH_REACH || s->end >= PATCH_REACH)
		return false;
	for (u32 i = 0; i < image->count; i++)
		if (s->start < image->part[i].end && image->part[i].start < s->end)
			return false;
	return true;
}

/* False: nothing maps the text as code. */
static bool image_read(struct image *image, const struct code_file *f, u64 offset)
{
	struct linux_elf64_phdr ph[PHDRS_MAX];
	struct linux_elf64_ehdr eh;
	u64 base = 0, count;
	bool found = false;

	if (f->read(f->file, &eh, sizeof(eh), 0) != sizeof(eh) || eh.e_phentsize != sizeof(ph[0]))
		return false;
	count = MIN((u64)eh.e_phnum, PHDRS_MAX);
	if (f->read(f->file, ph, count * sizeof(ph[0]), eh.e_phoff) !=
	    (s64)(count * sizeof(ph[0])))
		return false;
	for (u32 i = 0; i < count; i++)
		if (ph[i].p_type == LINUX_PT_LOAD && (ph[i].p_flags & LINUX_PF_X) && !found &&
		    ALIGN_DOWN(ph[i].p_offset, PAGE_SIZE) == offset) {
			base = ALIGN_DOWN(ph[i].p_vaddr, PAGE_SIZE);
			found = true;
		}
	for (u32 i = 0; found && i < count; i++) {
		u64 start = ALIGN_DOWN(ph[i].p_vaddr, PAGE_SIZE), end;

		if (ph[i].p_type != LINUX_PT_LOAD)
			continue;
		if (!checked_add(ph[i].p_vaddr, ph[i].p_memsz, &end) ||
		    !checked_page_up(end, &end))
			return false;
		image->part[image->count].start = (s64)(start - base);
		image->part[image->count++].end = (s64)(end - base);
	}
	image->lowest = eh.e_type == LINUX_ET_EXEC ? (s64)(TEXT_LOWEST - base) : -PATCH_REACH;
	return found;
}

/* Give the spans room in m->stubs. */
static void spans_place(struct text_made *m, struct patch *p)
{
	u64 at = 0;
	u32 kept = 0;

	for (u32 i = 0; i < p->span_count; i++) {
		struct patch_span *s = &p->spans[i];
		u64 bytes = (u64)(s->end - s->start);

		if (bytes > sizeof(m->stubs) - at)
			continue;
		s->bytes = m->stubs + at;
		at += bytes;
		p->spans[kept++] = *s;
	}
	p->span_count = kept;
}

/* Only pages with stubs are kept. */
static void spans_keep(struct text_made *m, const struct patch *p)
{
	for (u32 i = 0; i < p->span_count; i++) {
		const struct patch_span *s = &p->spans[i];
		s64 low = s->end, high = s->start;

		for (u32 j = 0; j < m->site_count; j++) {
			const struct kept_site *k = &m->sites[j];

			if (k->stub < s->start || k->stub >= s->end)
				continue;
			low = MIN(low, (s64)k->stub - k->before);
			high = MAX(high, (s64)k->stub + PATCH_STUB_SIZE);
		}
		if (low >= high)
			continue;
		low = (s64)ALIGN_DOWN((u64)low, PAGE_SIZE);
		high = (s64)ALIGN_UP((u64)high, PAGE_SIZE);
		m->spans[m->span_count++] = (struct kept_span){
			.start = low,
			.end = high,
			.at = (u64)(s->bytes - m->stubs) + (u64)(low - s->start),
		};
	}
}

void text_make(struct text_made *m, const struct code_file *f, u64 offset, u64 len)
{
	struct image image = { .count = 0 };
	struct patch p = { .bytes = m->text, .len = len };

	sites_collect(&m->search, m->text, (u32)len);
	sites_prove(&m->search, f, offset, m->text, (u32)len);
	if (!image_read(&image, f, offset))
		return;
	patch_spans_choose(&p, &m->search, image_room, &image);
	if (!patch_entry_choose(&p, image_room, &image))
		return;
	spans_place(m, &p);
	m->entry_at = p.entry_at;
	for (u32 i = 0; i < m->search.count; i++) {
		const struct code_site *c = &m->search.sites[i];
		struct patch_site s = { .at = c->at, .dead = c->dead, .before = c->before,
					.rip_at = c->rip_at };

		if (!c->proven)
			continue;
		patch_site(&p, &s);
		if (s.done)
			m->sites[m->site_count++] = (struct kept_site){
				.at = s.at,
				.slot = s.slot,
				.stub = (s32)s.stub,
				.before = s.moved ? s.before : 0,
				.moved = s.moved,
			};
	}
	spans_keep(m, &p);
}
