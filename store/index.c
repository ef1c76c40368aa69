/* Finding names in an image by their hash. See index.h. */
#include "store/index.h"

#include "abi/errno.h"
#include "lib/string.h"

#define SLOTS_MIN 64u
#define NAMES_MAX ((u64)1 << 28)
#define PROBES_MAX 64u
#define SLOTS_PER_WORD 8u

static u64 slots_for(u64 names)
{
	u64 slots = SLOTS_MIN;

	while (slots < names * 2)
		slots *= 2;
	return slots;
}

u64 image_index_size(u64 names)
{
	u64 slots;

	if (names > NAMES_MAX)
		return 0;
	slots = slots_for(names);
	return (slots + slots / SLOTS_PER_WORD) * sizeof(u64);
}

void image_index_init(struct image_index *ret, void *memory, u64 names, u64 seed)
{
	u64 slots = slots_for(names);

	*ret = (struct image_index){ .seed = seed, .mask = slots - 1, .slots = memory };
	ret->filter = ret->slots + slots;
}

/* Eight bytes of a name at any address. */
typedef u64 __attribute__((aligned(1), may_alias)) u64_unaligned;

static u64 hash_name(u64 seed, u64 dir, const char *name, u32 len)
{
	const u64 k = 0x9e3779b97f4a7c15ull;
	u64 h = (seed ^ dir) * k + len, tail = 0;

	for (; len >= 8; len -= 8, name += 8)
		h = (h ^ *(const u64_unaligned *)name) * k, h ^= h >> 29;
	while (len-- > 0)
		tail = tail << 8 | (u8)name[len];
	h = (h ^ tail) * k;
	h = (h ^ h >> 32) * k;
	return h ^ h >> 29;
}

/* Three bits of a word of the filter. */
static u64 filter_bits(u64 hash)
{
	return 1ull << (hash & 63) | 1ull << (hash >> 6 & 63) | 1ull << (hash >> 12 & 63);
}

bool image_index_add(struct image_index *index, u64 dir, const struct image_entry *name,
		     u64 cursor)
{
	u64 hash = hash_name(index->seed, dir, name->name, name->len);
	u64 at = hash >> 32 & index->mask;

	if (cursor == 0 || cursor > 0xffffffffu)
		return false;
	index->filter[at / SLOTS_PER_WORD] |= filter_bits(hash);
	for (u32 i = 0; i < PROBES_MAX; i++, at = (at + 1) & index->mask) {
		if (index->slots[at] != 0)
			continue;
		index->slots[at] = hash << 32 | cursor;
		return true;
	}
	return false;
}

int image_index_lookup(const struct image_index *index, const struct image *image,
		       const struct image_inode *dir, const char *name, u32 len,
		       struct image_entry *ret)
{
	u64 hash = hash_name(index->seed, dir->nid, name, len), bits = filter_bits(hash), slot;
	u64 at = hash >> 32 & index->mask;
	int result;

	if ((index->filter[at / SLOTS_PER_WORD] & bits) != bits)
		return -ENOENT;
	for (u32 i = 0; i < PROBES_MAX; i++, at = (at + 1) & index->mask) {
		u64 cursor;

		slot = index->slots[at];
		if (slot == 0)
			break;
		if (slot >> 32 != (hash & 0xffffffffu))
			continue;
		cursor = (slot & 0xffffffffu) - 1;
		result = image_readdir(image, dir, &cursor, ret);
		if (result < 0)
			return result;
		if (result == 1 && ret->len == len && memcmp(ret->name, name, len) == 0)
			return 0;
	}
	return -ENOENT;
}
