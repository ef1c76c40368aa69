/* Reading what is kept of texts. See kept.h. */
#include "code/kept.h"

#include "lib/checked.h"
#include "lib/string.h"

static_assert(sizeof(struct kept_key) == 64, "no padding");
static_assert(sizeof(struct kept_slot) * KEPT_WAYS == PAGE_SIZE, "a bucket is a page");
static_assert(sizeof(struct kept_site) == 16, "no padding");

#define HASH_START 0xcbf29ce484222325ull
#define HASH_STEP 0x9e3779b97f4a7c15ull

/* Against accidents; not against who chooses the bytes. */
static u64 hash(u64 h, const void *bytes, size_t len)
{
	const u8 *p = bytes;
	u64 word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * HASH_STEP;
		h ^= h >> 29;
	}
	return h;
}

u32 kept_head(const void *bytes, size_t len)
{
	u64 h = hash(HASH_START + len, bytes, len);

	return (u32)(h ^ h >> 32) | 1;
}

/* elf(5), notes: the sizes of name and description, a type, the name. */
struct note {
	u32 name_size, size, type;
	char name[4];
};

bool kept_head_identifies(const void *bytes, size_t len)
{
	static const struct note gnu = { 4, 0, 3, "GNU" }, go = { 4, 0, 4, "Go" };
	const u8 *p = bytes;
	struct note n;

	for (size_t at = 0; at + sizeof(n) + 8 <= len; at += 4) {
		memcpy(&n, p + at, sizeof(n));
		if (n.size < 8 || n.size > len - at - sizeof(n))
			continue;
		n.size = 0;
		if (memcmp(&n, &gnu, sizeof(n)) == 0 || memcmp(&n, &go, sizeof(n)) == 0)
			return true;
	}
	return false;
}

bool kept_header_ok(const struct kept_header *h)
{
	return h->magic == KEPT_MAGIC && h->version == KEPT_VERSION && h->buckets == KEPT_BUCKETS;
}

u64 kept_bucket(const struct kept_key *key)
{
	return (1 + (hash(HASH_START, key, sizeof(*key)) >> 32 & (KEPT_BUCKETS - 1))) * PAGE_SIZE;
}

u64 kept_check(const struct kept_slot *s)
{
	struct kept_slot copy = *s;

	copy.check = KEPT_VERSION;
	copy.day = 0;
	return hash(HASH_START, &copy, sizeof(copy)) | 1;
}

const struct kept_slot *kept_find(const struct kept_slot bucket[KEPT_WAYS],
				  const struct kept_key *key)
{
	for (u32 i = 0; i < KEPT_WAYS; i++)
		if (bucket[i].check != 0 && memcmp(&bucket[i].key, key, sizeof(*key)) == 0 &&
		    kept_check(&bucket[i]) == bucket[i].check)
			return &bucket[i];
	return NULL;
}

/* len bytes at `at`, in a pack of so many? */
static bool within(u64 at, u64 len, u64 pack_size)
{
	u64 end;

	return at >= KEPT_DATA && IS_ALIGNED(at, PAGE_SIZE) && checked_add(at, len, &end) &&
	       end <= pack_size;
}

/* Pages at a distance from the text, beside it. */
static bool beside(s64 start, s64 end, u64 text_len)
{
	return start > -PATCH_REACH && end > -PATCH_REACH && start < PATCH_REACH &&
	       end < PATCH_REACH && start < end && IS_ALIGNED(start, (s64)PAGE_SIZE) &&
	       IS_ALIGNED(end, (s64)PAGE_SIZE) && (end <= 0 || start >= (s64)text_len);
}

static bool apart(s64 start, s64 end, const struct kept_span *s)
{
	return end <= s->start || start >= s->end;
}

/* Where the entry's page ends; what is out of reach stays so. */
static s64 entry_end(const struct kept_slot *s)
{
	return s->entry_at < PATCH_REACH ? s->entry_at + (s64)PAGE_SIZE : s->entry_at;
}

bool kept_slot_ok(const struct kept_slot *s, u64 pack_size)
{
	u64 bytes = 0, len = s->key.len;

	if (len == 0 || len > KEPT_TEXT_MAX || !IS_ALIGNED(len, PAGE_SIZE))
		return false;
	if (s->at == 0)
		return true;
	if (!within(s->at, len, pack_size) || s->site_count > CODE_SITES_MAX ||
	    !within(s->sites_at, s->site_count * sizeof(struct kept_site), pack_size) ||
	    s->span_count > PATCH_SPANS_MAX ||
	    !beside(s->entry_at, entry_end(s), len))
		return false;
	for (u32 i = 0; i < s->span_count; i++) {
		const struct kept_span *a = &s->spans[i];

		if (!beside(a->start, a->end, len) ||
		    !within(a->at, (u64)(a->end - a->start), pack_size) ||
		    !apart(s->entry_at, entry_end(s), a))
			return false;
		for (u32 j = 0; j < i; j++)
			if (!apart(a->start, a->end, &s->spans[j]))
				return false;
		bytes += (u64)(a->end - a->start);
	}
	return bytes <= KEPT_SPANS_BYTES_MAX;
}

static bool stub_ok(const struct kept_site *k, const struct kept_slot *s)
{
	for (u32 i = 0; i < s->span_count; i++)
		if ((s64)k->stub - k->before >= s->spans[i].start &&
		    (s64)k->stub + PATCH_STUB_SIZE <= s->spans[i].end)
			return true;
	return false;
}

bool kept_sites_ok(const struct kept_site *sites, const struct kept_slot *s)
{
	for (u32 i = 0; i < s->site_count; i++) {
		const struct kept_site *k = &sites[i];

		if ((i > 0 && k->at <= sites[i - 1].at) || k->at + 2ull > s->key.len ||
		    k->slot >= s->key.len || k->before > MIN(k->at, SITE_BEFORE_MAX) ||
		    (k->before != 0 && k->moved != 1) || k->moved > 1 || !stub_ok(k, s))
			return false;
	}
	return true;
}
