/*
 * Texts that are kept across sandboxes (code/kept.h), as the kernel finds and checks them.
 *
 * OVERVIEW. The broker hands over a file. It is read, not believed: what is mapped from it lies
 * beside the text it belongs to, and within the file. Of a text that is not there nothing is
 * remembered but that it was looked for, so that programs which run once take no memory.
 */
#include "abi/linux/stat.h"
#include "code/kept.h"
#include "kernel/boot.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/pool.h"
#include "kernel/x86_64/rewrite.h"
#include "kernel/x86_64/text_internal.h"
#include "lib/string.h"
#include "platform/plat.h"

#define ABSENT 256u /* a power of two */

static struct {
	bool usable;
	bool ready; /* the pack's header is right, and there is: */
	u64 entry;  /* place in the pool of the page that says where stubs lead */
	u64 absent[ABSENT]; /* hashes of keys that were looked for and not found */
} *kept;

static bool read_exactly(void *buf, u64 len, u64 at)
{
	return plat_file_read(BOOT_FD_TEXTS, buf, len, (s64)at) == (s64)len;
}

void text_kept_init(void)
{
	if (!(boot_block()->flags & BOOT_TEXTS) || !rewrite_enabled())
		return;
	kept = kzalloc(sizeof(*kept));
	if (kept != NULL)
		kept->usable = true;
}

/* Before the first use: many sandboxes have none. */
static bool prepare(void)
{
	struct kept_header header;
	u32 page;

	if (!read_exactly(&header, sizeof(header), 0) || !kept_header_ok(&header) ||
	    pool_alloc(1, &page) < 0)
		return false;
	*(u64 *)pool_ptr(page) = (u64)rewrite_entry;
	kept->entry = pool_offset(page);
	kept->ready = true;
	return true;
}

bool text_kept_any(void)
{
	return kept != NULL && kept->usable;
}

bool text_kept_may_want(void)
{
	return boot_block()->flags & BOOT_TEXTS_WANTED;
}

u64 text_kept_entry(void)
{
	return kept->entry;
}

void text_kept_stop(void)
{
	kept->usable = false;
}

/* The key without the hash of the file's head. */
static struct kept_key key_of(const struct text *x)
{
	const struct file_content *c = &x->content;

	return (struct kept_key){
		.dev = c->dev,
		.ino = c->ino,
		.size = c->size,
		.mtime_sec = c->mtime_sec,
		.ctime_sec = c->ctime_sec,
		.mtime_nsec = c->mtime_nsec,
		.ctime_nsec = c->ctime_nsec,
		.offset = x->offset,
		.len = (u32)x->len,
	};
}

static void head_add(struct kept_key *key, struct file *f)
{
	u8 *head = kept_times_tell(key) ? NULL : kzalloc(KEPT_HEAD_BYTES);
	s64 n = head == NULL ? 0 : file_read_kernel(f, head, KEPT_HEAD_BYTES, 0);

	if (n > 0)
		key->head = kept_head(head, (size_t)n);
	kfree(head);
}

/* The table of calls, checked; NULL: it is damaged. */
static struct kept_site *sites_read(const struct kept_slot *s)
{
	u64 bytes = s->site_count * sizeof(struct kept_site);
	struct kept_site *sites = kzalloc(bytes + 1);

	if (sites != NULL && read_exactly(sites, bytes, s->sites_at) && kept_sites_ok(sites, s))
		return sites;
	kfree(sites);
	return NULL;
}

static enum text_kept text_take(const struct kept_slot *s, struct text *x)
{
	struct linux_statx stx;

	if (plat_file_fstatx(BOOT_FD_TEXTS, &stx) < 0 || !kept_slot_ok(s, stx.stx_size))
		return TEXT_KEPT_NOT;
	if (s->at == 0)
		return TEXT_KEPT_NONE;
	x->kept = sites_read(s);
	if (x->kept == NULL)
		return TEXT_KEPT_NOT;
	x->kept_count = s->site_count;
	x->fd = BOOT_FD_TEXTS;
	x->at = s->at;
	x->p.len = s->key.len;
	x->p.entry_at = s->entry_at;
	x->p.span_count = s->span_count;
	for (u32 i = 0; i < s->span_count; i++) {
		x->p.spans[i].start = s->spans[i].start;
		x->p.spans[i].end = s->spans[i].end;
		x->span_at[i] = s->spans[i].at;
	}
	return TEXT_KEPT;
}

enum text_kept text_kept_find(struct text *x, struct file *f)
{
	struct kept_key key = key_of(x);
	u64 at, hash = kept_bucket(&key) ^ key.ino << 32 ^ key.ctime_nsec;
	AUTO_KFREE struct kept_slot *bucket = NULL;
	const struct kept_slot *s;
	enum text_kept result;
	u64 *absent;

	if (!text_kept_any())
		return TEXT_KEPT_NOT;
	absent = &kept->absent[(hash ^ hash >> 32) & (ABSENT - 1)];
	if (*absent == hash)
		return TEXT_KEPT_NOT;
	head_add(&key, f);
	at = kept_bucket(&key);
	kept->usable = kept->ready || prepare();
	bucket = kept->usable ? kzalloc(PAGE_SIZE) : NULL;
	if (bucket == NULL || !read_exactly(bucket, PAGE_SIZE, at))
		return TEXT_KEPT_NOT;
	s = kept_find(bucket, &key);
	result = s == NULL ? TEXT_KEPT_NOT : text_take(s, x);
	if (result == TEXT_KEPT_NOT)
		*absent = hash;
	else
		x->kept_slot = (u32)(at / sizeof(*s) + (u64)(s - bucket) -
				     KEPT_SLOTS_AT / sizeof(*s));
	return result;
}
