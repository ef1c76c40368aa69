/* The names of a directory in memory. See dirtab.h. */
#include "kernel/fs/tmp/dirtab.h"

#include "abi/errno.h"
#include "kernel/mm/heap.h"
#include "lib/string.h"

#define BUCKETS_MIN 8u
#define SLOTS_MIN 8u

static u32 name_hash(const char *name, size_t len)
{
	u32 h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (u8)name[i]) * 16777619u;
	return h ^ h >> 15;
}

struct dir_entry *dirtab_find(const struct dirtab *t, const char *name, size_t len)
{
	struct dir_entry *e;
	u32 hash;

	if (t->count == 0)
		return NULL;
	hash = name_hash(name, len);
	for (e = t->buckets[hash & (t->bucket_count - 1)]; e != NULL; e = e->next)
		if (e->hash == hash && e->len == len && memcmp(e->name, name, len) == 0)
			return e;
	return NULL;
}

static int buckets_grow(struct dirtab *t)
{
	u32 count = t->bucket_count == 0 ? BUCKETS_MIN : t->bucket_count * 2;
	struct dir_entry **buckets;

	if (t->count < t->bucket_count)
		return 0;
	buckets = kzalloc(count * sizeof(struct dir_entry *));
	if (buckets == NULL)
		return t->bucket_count == 0 ? -ENOMEM :
					      0; /* longer chains are no error */
	for (u32 i = 0; i < t->bucket_count; i++) {
		while (t->buckets[i] != NULL) {
			struct dir_entry *e = t->buckets[i];

			t->buckets[i] = e->next;
			e->next = buckets[e->hash & (count - 1)];
			buckets[e->hash & (count - 1)] = e;
		}
	}
	kfree(t->buckets);
	t->buckets = buckets;
	t->bucket_count = count;
	return 0;
}

/* Room for one more slot: what was removed is squeezed out before more memory is taken. */
static int slots_grow(struct dirtab *t)
{
	u32 space = MAX(t->slot_space * 2, SLOTS_MIN), out = 0;
	struct dir_slot *slots;

	if (t->slot_count < t->slot_space)
		return 0;
	if (t->count <= t->slot_count / 2) {
		for (u32 i = 0; i < t->slot_count; i++)
			if (t->slots[i].entry != NULL)
				t->slots[out++] = t->slots[i];
		t->slot_count = out;
		if (out < t->slot_space)
			return 0;
	}
	slots = kzalloc(space * sizeof(*slots));
	if (slots == NULL)
		return -ENOMEM;
	if (t->slot_count != 0)
		memcpy(slots, t->slots, t->slot_count * sizeof(*slots));
	kfree(t->slots);
	t->slots = slots;
	t->slot_space = space;
	return 0;
}

int dirtab_add(struct dirtab *t, const char *name, size_t len, struct inode *inode,
	       struct dir_entry **ret)
{
	struct dir_entry *e = kzalloc(sizeof(*e) + len + 1), **bucket;

	if (e == NULL || buckets_grow(t) < 0 || slots_grow(t) < 0) {
		kfree(e);
		return -ENOMEM;
	}
	memcpy(e->name, name, len);
	e->len = (u16)len;
	e->hash = name_hash(name, len);
	e->inode = inode;
	e->cookie = MAX(t->next_cookie, (u64)DIRTAB_FIRST_COOKIE);
	t->next_cookie = e->cookie + 1;
	t->slots[t->slot_count++] =
		(struct dir_slot){ .cookie = e->cookie, .entry = e };
	bucket = &t->buckets[e->hash & (t->bucket_count - 1)];
	e->next = *bucket;
	*bucket = e;
	t->count++;
	if (ret != NULL)
		*ret = e;
	return 0;
}

/* Index of the first slot with a cookie of at least cookie. */
static u32 slot_from(const struct dirtab *t, u64 cookie)
{
	u32 low = 0, high = t->slot_count;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (t->slots[mid].cookie < cookie)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void dirtab_remove(struct dirtab *t, struct dir_entry *e)
{
	struct dir_entry **link = &t->buckets[e->hash & (t->bucket_count - 1)];
	u32 slot = slot_from(t, e->cookie);

	while (*link != e)
		link = &(*link)->next;
	*link = e->next;
	t->slots[slot].entry = NULL;
	while (t->slot_count > 0 && t->slots[t->slot_count - 1].entry == NULL)
		t->slot_count--;
	t->count--;
	kfree(e);
}

struct dir_entry *dirtab_from(const struct dirtab *t, u64 cookie)
{
	for (u32 i = slot_from(t, cookie); i < t->slot_count; i++)
		if (t->slots[i].entry != NULL)
			return t->slots[i].entry;
	return NULL;
}

void dirtab_fini(struct dirtab *t)
{
	kfree(t->buckets);
	kfree(t->slots);
	*t = (struct dirtab){ 0 };
}
