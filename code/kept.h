/*
 * Kept texts: copies of programs' texts, rewritten once for all sandboxes of a user.
 *
 * OVERVIEW. They lie in one file (a pack), which the host side writes (broker/text.c) and
 * kernels map: a header, buckets of slots, and after them the data of texts. A slot says which
 * text it is, by the identity of its file and the place there, and where its pieces are: the
 * rewritten bytes, the pages of stubs at their distances from them (code/patch.h), the table of
 * calls. Stubs find the kernel through one more page, `entry_at`, which each sandbox provides,
 * so nothing in a pack depends on who uses it.
 *
 * A pack only grows: data is written and on the disk before a slot names it, and never changes
 * then. A slot is replaced as a whole, and has a checksum.
 *
 * TRUST. Whoever reads a pack takes it for hostile: what passes kept_slot_ok() and
 * kept_sites_ok() leads to no place outside the file and to no place that is not beside the text.
 */
#ifndef NACRE_CODE_KEPT_H
#define NACRE_CODE_KEPT_H

#include "code/patch.h"

#define KEPT_MAGIC 0x747865746572636eull /* "ncretext" */
/* Of all of this and of what stubs do. */
#define KEPT_VERSION 3u

#define KEPT_WAYS 16u    /* slots of a bucket, which is a page */
#define KEPT_BUCKETS 64u /* a power of two */
#define KEPT_DATA ((1 + KEPT_BUCKETS) * PAGE_SIZE) /* where data begins */
#define KEPT_PACK_MAX (128ull << 20)
#define KEPT_TEXT_MAX (16ull << 20)
#define KEPT_SPANS_BYTES_MAX (32ull << 20) /* of a text */

struct kept_header {
	u64 magic;
	u32 version, buckets;
	u64 end; /* nothing that was ever named by a slot is behind */
};

/*
 * The file as statx shows it; offset and len of the text are whole pages. No padding.
 *
 * A file system that somebody made as a whole (erofs, squashfs, an ext4 image filled without being
 * mounted) has the time of modification for that of change, and where builds are reproducible the
 * same for all files of every version; the next one may get its device number. Of a file whose two
 * times are the same, head therefore tells the first page, in which linkers put an identifier.
 */
struct kept_key {
	u64 dev, ino, size; /* dev: the major number in the upper half */
	s64 mtime_sec, ctime_sec;
	u32 mtime_nsec, ctime_nsec;
	u64 offset;
	u32 len, head; /* head: 0, or kept_head() */
};

struct kept_span {
	s64 start, end;
	u64 at; /* in the pack */
};

struct kept_slot {
	u64 check; /* of the rest but `day`; 0: a free slot */
	u32 day;   /* of the last use, since 1970 */
	u32 span_count;
	struct kept_key key;
	u64 at; /* of the text in the pack; 0: it has no call that can be rewritten */
	u64 sites_at;
	u32 site_count, unused;
	s64 entry_at;
	struct kept_span spans[PATCH_SPANS_MAX];
};

#define KEPT_SLOTS (KEPT_BUCKETS * KEPT_WAYS)
#define KEPT_SLOTS_AT PAGE_SIZE /* where the slots begin in the pack */

/* What patch_site_has() needs of a call. */
struct kept_site {
	u32 at, slot;
	s32 stub;
	u8 before, moved;
	u16 unused;
};

#define KEPT_HEAD_BYTES 4096u

/* Do the times tell one version of the file from the next? Else the key needs its head. */
static inline bool kept_times_tell(const struct kept_key *k)
{
	return k->mtime_sec != k->ctime_sec || k->mtime_nsec != k->ctime_nsec;
}

/* A hash of the file's first len bytes, KEPT_HEAD_BYTES or all there are. */
u32 kept_head(const void *bytes, size_t len);
/* Is there an identifier of the build (a note of GNU's or Go's) in these bytes? */
bool kept_head_identifies(const void *bytes, size_t len);

bool kept_header_ok(const struct kept_header *h);
/* Where in the pack the bucket of a text is. */
u64 kept_bucket(const struct kept_key *key);
/* The slot of the text, or NULL. Its check is right, but it is not kept_slot_ok() yet. */
const struct kept_slot *kept_find(const struct kept_slot bucket[KEPT_WAYS],
				  const struct kept_key *key);
u64 kept_check(const struct kept_slot *s);
/* Is what it says possible, in a pack of so many bytes? */
bool kept_slot_ok(const struct kept_slot *s, u64 pack_size);
/* Are they calls of the slot's text, in order, with stubs in its spans? */
bool kept_sites_ok(const struct kept_site *sites, const struct kept_slot *s);

static inline struct patch_site kept_site_unpack(const struct kept_site *k)
{
	return (struct patch_site){ .at = k->at, .slot = k->slot, .stub = k->stub,
				    .before = k->before, .moved = k->moved != 0, .done = true };
}

#endif
