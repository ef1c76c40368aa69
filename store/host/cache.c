/*
 * What a directory's files hashed to last time, so that an unchanged tree need not be read.
 *
 * One file in cache/ for each source path: a head, records sorted by device and inode number,
 * and a SHA-256 over all of it. A damaged or missing cache only costs time. A file is the
 * same when device, number, size, modification and change time are: only root can set the
 * last.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/host.h"

#define CACHE_MAGIC "nacre-cache 1\n\0"
#define CACHE_MAX ((u64)1 << 30)

struct record {
	struct cache_key key;
	u8 digest[DIGEST_SIZE];
};

struct head {
	char magic[16];
	u64 count;
};

struct cache {
	char *name;
	struct record *old;
	u64 old_count;
	pthread_mutex_t lock; /* of what follows */
	struct record *fresh;
	u64 fresh_count, fresh_capacity;
};

static int key_order(const void *a, const void *b)
{
	return memcmp(a, b, 2 * sizeof(u64)); /* any order will do */
}

static char *cache_name(const char *source)
{
	char *real = realpath(source, NULL), *name;
	u8 digest[DIGEST_SIZE];
	char hex[HEX_SIZE];

	if (real == NULL)
		return NULL;
	sha256(real, strlen(real), digest);
	free(real);
	hex_text(digest, hex);
	name = xprintf("cache/%s", hex);
	return name;
}

/* The records, when head and sum are right. */
static void take(struct cache *cache, const u8 *data, u64 size)
{
	u8 digest[DIGEST_SIZE];
	struct head head;

	if (size < sizeof(head) + DIGEST_SIZE)
		return;
	memcpy(&head, data, sizeof(head));
	sha256(data, size - DIGEST_SIZE, digest);
	if (memcmp(head.magic, CACHE_MAGIC, sizeof(head.magic)) != 0 ||
	    head.count != (size - sizeof(head) - DIGEST_SIZE) / sizeof(struct record) ||
	    memcmp(digest, data + size - DIGEST_SIZE, DIGEST_SIZE) != 0)
		return;
	cache->old = xmalloc(head.count * sizeof(struct record));
	memcpy(cache->old, data + sizeof(head), head.count * sizeof(struct record));
	cache->old_count = head.count;
}

struct cache *cache_load(struct store *store, const char *source)
{
	struct cache *cache;
	char *name = cache_name(source), *data;
	struct stat st;
	size_t size;

	if (name == NULL)
		return NULL;
	cache = xcalloc(1, sizeof(*cache));
	cache->name = name;
	pthread_mutex_init(&cache->lock, NULL);
	if (fstatat(store->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    (u64)st.st_size <= CACHE_MAX &&
	    (data = read_small(store->fd, name, (size_t)st.st_size, &size)) != NULL) {
		take(cache, (u8 *)data, size);
		free(data);
	}
	return cache;
}

const u8 *cache_find(const struct cache *cache, const struct cache_key *key)
{
	const struct record *found;

	if (cache->old_count == 0)
		return NULL;
	found = bsearch(key, cache->old, cache->old_count, sizeof(struct record), key_order);
	return found != NULL && memcmp(&found->key, key, sizeof(*key)) == 0 ? found->digest : NULL;
}

void cache_add(struct cache *cache, const struct cache_key *key, const u8 *digest)
{
	struct record *record;

	pthread_mutex_lock(&cache->lock);
	if (cache->fresh_count == cache->fresh_capacity) {
		cache->fresh_capacity = MAX(cache->fresh_capacity * 2, (u64)256);
		cache->fresh =
			xrealloc(cache->fresh, cache->fresh_capacity * sizeof(struct record));
	}
	record = &cache->fresh[cache->fresh_count++];
	record->key = *key;
	memcpy(record->digest, digest, DIGEST_SIZE);
	pthread_mutex_unlock(&cache->lock);
}

void cache_save(struct store *store, struct cache *cache)
{
	struct head head = { .magic = CACHE_MAGIC };
	u64 records = cache->fresh_count * sizeof(struct record);
	u64 size = sizeof(head) + records + DIGEST_SIZE;
	u8 *data = xmalloc(size);

	head.count = cache->fresh_count;
	memcpy(data, &head, sizeof(head));
	if (records != 0) {
		qsort(cache->fresh, cache->fresh_count, sizeof(struct record), key_order);
		memcpy(data + sizeof(head), cache->fresh, records);
	}
	sha256(data, size - DIGEST_SIZE, data + size - DIGEST_SIZE);
	if (size <= CACHE_MAX && replace_file(store, store->fd, cache->name, data, size) < 0)
		complain("the next time everything will be read again");
	free(data);
}

void cache_destroy(struct cache *cache)
{
	if (cache == NULL)
		return;
	free(cache->name);
	free(cache->old);
	free(cache->fresh);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}
