/*
 * Making objects: what a run of ingest has written, and giving it its names.
 *
 * PUBLISHING. Content is written to tmp/. Then the file system is synced once, everything is
 * renamed to its name, and at the end synced again, so a name never appears before its content
 * is on the disk. A long run does so in parts, by a thread of its own, while others go on
 * writing: what is published stays known when the run is stopped, and is not written again by
 * the next. What is named is what was written, not what was read before.
 *
 * Of an object of more than one piece the hashes of its pieces are kept, too (digest.h), so
 * that a sandbox can verify what it uses of it.
 *
 * An object of the wrong size is damage of some earlier accident: it is moved to quarantine/
 * and the right content takes its place.
 *
 * LOCKING. batch.lock covers all members that change; it is not held over any call that waits
 * for the disk. `going` is the publisher's from the start of a part to its end, except that
 * batch_peek() reads the names in it under the lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "store/host/host.h"

/* A part is begun when so much waits; writers wait for the disk when twice as much does. */
#define PART_ITEMS 8192u
#define PART_BYTES ((u64)1 << 30)

struct batch_item {
	char *temp, *hashes; /* names in tmp/; hashes: NULL, or of the hashes of its pieces */
	u8 digest[DIGEST_SIZE];
	u64 size;
};

void batch_init(struct batch *batch, struct store *store)
{
	memset(batch, 0, sizeof(*batch));
	batch->store = store;
	pthread_mutex_init(&batch->lock, NULL);
	pthread_cond_init(&batch->part_done, NULL);
	batch->claimed = digest_set_create();
}

static void item_fini(struct batch_item *item)
{
	free(item->temp);
	free(item->hashes);
}

static void item_forget(struct store *store, struct batch_item *item)
{
	unlinkat(store->tmp, item->temp, 0);
	if (item->hashes != NULL)
		unlinkat(store->tmp, item->hashes, 0);
	item_fini(item);
}

static void wait_for_part(struct batch *batch)
{
	pthread_mutex_lock(&batch->lock);
	while (batch->going_count != 0)
		pthread_cond_wait(&batch->part_done, &batch->lock);
	pthread_mutex_unlock(&batch->lock);
}

void batch_fini(struct batch *batch)
{
	wait_for_part(batch);
	for (u32 i = 0; i < batch->count; i++)
		item_forget(batch->store, &batch->items[i]);
	free(batch->items);
	digest_set_destroy(batch->claimed);
	pthread_cond_destroy(&batch->part_done);
	pthread_mutex_destroy(&batch->lock);
}

/* --- publishing --- */

/* Where the host can, the kernel itself then refuses every change and checks every read. */
static void enable_verity(struct store *store, const char *temp)
{
	struct fsverity_enable_arg arg = { .version = 1,
					   .hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
					   .block_size = VERITY_BLOCK };
	int fd;

	if (!store->verity)
		return;
	fd = openat(store->tmp, temp, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	if (ioctl(fd, FS_IOC_ENABLE_VERITY, &arg) < 0 && errno != EEXIST)
		store->verity = false;
	close(fd);
}

/* Move a temporary to dir/path, whose shard is made when it is not there; -1 and errno. */
static int move_to_shard(struct store *store, const char *temp, int dir, char *path,
			 unsigned int flags)
{
	int result = renameat2(store->tmp, temp, dir, path, flags);

	if (result == 0 || errno != ENOENT)
		return result;
	path[2] = 0;
	result = mkdirat(dir, path, 0777);
	path[2] = '/';
	if (result < 0 && errno != EEXIST)
		return -1;
	return renameat2(store->tmp, temp, dir, path, flags);
}

static int publish_object(struct store *store, const struct batch_item *item, char *path)
{
	struct stat st;

	enable_verity(store, item->temp);
	for (int i = 0; i < 3; i++) {
		if (move_to_shard(store, item->temp, store->objects, path, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno == EINVAL) /* a file system without that flag */
			return move_to_shard(store, item->temp, store->objects, path, 0);
		if (errno != EEXIST ||
		    fstatat(store->objects, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			break;
		/* Another run was faster, or a torn object is in the way. */
		if (S_ISREG(st.st_mode) && (u64)st.st_size == item->size)
			return unlinkat(store->tmp, item->temp, 0);
		if (quarantine(store, store->objects, path) < 0)
			return -1;
	}
	return -1;
}

static int temp_sync(struct store *store, const char *temp)
{
	int fd = openat(store->tmp, temp, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return result;
}

/* The hashes of the pieces as a temporary; NULL: they cannot be kept. */
static char *write_hashes(struct store *store, const struct pieces *pieces)
{
	char *name;
	int fd = store->hashes < 0 ? -1 : store_temp(store, &name);

	if (fd < 0)
		return NULL;
	if (write_all(fd, pieces->hashes, pieces->count * DIGEST_SIZE) < 0 ||
	    fchmod(fd, 0444) < 0) {
		unlinkat(store->tmp, name, 0);
		free(name);
		name = NULL;
	}
	close(fd);
	return name;
}

void pieces_place(struct store *store, const struct pieces *pieces,
		  const char name[OBJECT_PATH_SIZE])
{
	char *temp = write_hashes(store, pieces), path[OBJECT_PATH_SIZE];

	memcpy(path, name, sizeof(path));
	if (temp != NULL && (temp_sync(store, temp) < 0 ||
			     move_to_shard(store, temp, store->hashes, path, 0) < 0))
		unlinkat(store->tmp, temp, 0);
	free(temp);
}

static int publish_item(struct store *store, const struct batch_item *item)
{
	char path[OBJECT_PATH_SIZE];

	object_path(item->digest, path);
	if (publish_object(store, item, path) < 0) {
		complain("%s/objects/%s: %s", store->path, path, strerror(errno));
		return -1;
	}
	/* They only save time: no failure of the run. */
	if (item->hashes != NULL &&
	    move_to_shard(store, item->hashes, store->hashes, path, 0) < 0)
		unlinkat(store->tmp, item->hashes, 0);
	return 0;
}

/* How many have their names: all, or a complaint was made. */
static u32 publish_items(struct store *store, const struct batch_item *items, u32 count)
{
	u32 done = 0;

	if (count == 0 || store_sync(store) < 0)
		return 0;
	while (done < count && publish_item(store, &items[done]) == 0)
		done++;
	return done;
}

static void *publish_part(void *context)
{
	struct batch *batch = context;
	struct batch_item *items = batch->going;
	u32 count = batch->going_count, done = publish_items(batch->store, items, count);

	pthread_mutex_lock(&batch->lock);
	batch->failed |= done < count;
	for (u32 i = 0; i < count; i++)
		if (i < done)
			item_fini(&items[i]);
		else
			item_forget(batch->store, &items[i]);
	free(items);
	batch->going = NULL;
	batch->going_count = 0;
	pthread_cond_broadcast(&batch->part_done);
	pthread_mutex_unlock(&batch->lock);
	return NULL;
}

/* The lock is held. Without a thread everything waits for the end. */
static void begin_part(struct batch *batch)
{
	pthread_attr_t attr;
	pthread_t thread;

	batch->going = batch->items;
	batch->going_count = batch->count;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, publish_part, batch) == 0) {
		batch->items = NULL;
		batch->count = batch->capacity = 0;
		batch->waiting_bytes = 0;
	} else {
		batch->going = NULL;
		batch->going_count = 0;
	}
	pthread_attr_destroy(&attr);
}

static bool is_full(const struct batch *batch, u32 parts)
{
	return batch->count >= parts * PART_ITEMS || batch->waiting_bytes >= parts * PART_BYTES;
}

int batch_publish(struct batch *batch)
{
	u32 done, left;

	wait_for_part(batch);
	if (batch->failed)
		return -1;
	done = publish_items(batch->store, batch->items, batch->count);
	left = batch->count - done;
	for (u32 i = 0; i < done; i++)
		item_fini(&batch->items[i]);
	if (left != 0)
		memmove(batch->items, batch->items + done, left * sizeof(*batch->items));
	batch->count = left;
	return left != 0 || store_sync(batch->store) < 0 ? -1 : 0;
}

#define FEW 16u

/* Also of objects that were there: somebody may have named them and not synced that yet. */
static int shards_sync(struct batch *batch)
{
	bool seen[256] = { false };
	const u8 *digest;
	u32 cursor = 0;

	while ((digest = digest_set_next(batch->claimed, &cursor, NULL)) != NULL) {
		char shard[3];
		int fd, result;

		if (seen[digest[0]])
			continue;
		seen[digest[0]] = true;
		snprintf(shard, sizeof(shard), "%02x", digest[0]);
		fd = openat(batch->store->objects, shard, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		result = fd < 0 ? -1 : fsync(fd);
		if (fd >= 0)
			close(fd);
		if (result < 0)
			return -1;
	}
	return fsync(batch->store->objects);
}

int batch_publish_soon(struct batch *batch)
{
	wait_for_part(batch);
	if (batch->count > FEW || batch->failed)
		return batch_publish(batch);
	if (digest_set_count(batch->claimed) == 0)
		return 0;
	while (batch->count > 0) {
		struct batch_item *item = &batch->items[batch->count - 1];

		if (temp_sync(batch->store, item->temp) < 0 ||
		    (item->hashes != NULL && temp_sync(batch->store, item->hashes) < 0) ||
		    publish_item(batch->store, item) < 0)
			return -1;
		item_fini(item);
		batch->count--;
	}
	return shards_sync(batch);
}

/* --- adding --- */

/* True: the caller shall write it. */
static bool claim(struct batch *batch, const u8 digest[DIGEST_SIZE], u64 size)
{
	bool fresh;

	pthread_mutex_lock(&batch->lock);
	digest_set_add(batch->claimed, digest, &fresh);
	pthread_mutex_unlock(&batch->lock);
	if (fresh && object_present(batch->store, digest, size))
		fresh = false;
	pthread_mutex_lock(&batch->lock);
	if (fresh) {
		batch->new_objects++;
		batch->new_bytes += size;
	} else {
		batch->known_objects++;
	}
	pthread_mutex_unlock(&batch->lock);
	return fresh;
}

static void add_item(struct batch *batch, const struct batch_item *item)
{
	pthread_mutex_lock(&batch->lock);
	if (batch->count == batch->capacity) {
		batch->capacity = batch->capacity == 0 ? 256 : batch->capacity * 2;
		batch->items = xrealloc(batch->items, batch->capacity * sizeof(*batch->items));
	}
	batch->items[batch->count++] = *item;
	batch->waiting_bytes += item->size;
	while (batch->going_count != 0 && is_full(batch, 2))
		pthread_cond_wait(&batch->part_done, &batch->lock);
	if (batch->going_count == 0 && is_full(batch, 1))
		begin_part(batch);
	pthread_mutex_unlock(&batch->lock);
}

static int give_up_temp(struct batch *batch, int fd, char *temp)
{
	complain("%s/tmp/%s: %s", batch->store->path, temp, strerror(errno));
	unlinkat(batch->store->tmp, temp, 0);
	free(temp);
	close(fd);
	return -1;
}

static int add_claimed(struct batch *batch, int fd, char *temp, u64 size, const u8 *digest,
		       const struct pieces *pieces)
{
	struct batch_item item = { .temp = temp, .size = size };

	if (fchmod(fd, 0444) < 0)
		return give_up_temp(batch, fd, temp);
	close(fd);
	if (size > PIECE_SIZE && pieces->count == pieces_of(size))
		item.hashes = write_hashes(batch->store, pieces);
	memcpy(item.digest, digest, DIGEST_SIZE);
	add_item(batch, &item);
	return 0;
}

int batch_put(struct batch *batch, struct verity *verity, const void *data, size_t size,
	      u8 ret[DIGEST_SIZE])
{
	struct pieces pieces = { 0 };
	int fd, result = 0;
	char *temp;

	verity_begin(verity, &pieces);
	verity_add(verity, data, size);
	verity_end(verity, ret);
	if (claim(batch, ret, size)) {
		fd = store_temp(batch->store, &temp);
		if (fd < 0)
			result = -1;
		else if (write_all(fd, data, size) < 0)
			result = give_up_temp(batch, fd, temp);
		else
			result = add_claimed(batch, fd, temp, size, ret, &pieces);
	}
	pieces_fini(&pieces);
	return result;
}

int batch_put_temp(struct batch *batch, int fd, char *name, u64 size,
		   const u8 digest[DIGEST_SIZE], const struct pieces *pieces)
{
	if (claim(batch, digest, size))
		return add_claimed(batch, fd, name, size, digest, pieces);
	unlinkat(batch->store->tmp, name, 0);
	free(name);
	close(fd);
	return 0;
}

/* 1: the store has it; 0: not; -1 and errno. */
static int is_known(struct batch *batch, struct verity *verity, int fd, u64 *size, u8 *ret)
{
	if (digest_fd(verity, fd, size, ret) < 0)
		return -1;
	if (!object_present(batch->store, ret, *size))
		return 0;
	pthread_mutex_lock(&batch->lock);
	batch->known_objects++;
	pthread_mutex_unlock(&batch->lock);
	return 1;
}

int batch_put_file(struct batch *batch, struct verity *verity, int fd, u64 *size,
		   u8 ret[DIGEST_SIZE])
{
	struct pieces pieces = { 0 };
	char *temp;
	int copy, result;

	/* Who has everything read again has most of it in the store: look before writing. */
	result = options.force_hash ? is_known(batch, verity, fd, size, ret) : 0;
	if (result != 0)
		return result < 0 ? -1 : 0;
	copy = store_temp(batch->store, &temp);
	if (copy < 0)
		return -1;
	/* The file may change under us: the copy cannot. */
	if (copy_and_digest(fd, copy, verity, &pieces, size, ret) < 0)
		result = give_up_temp(batch, copy, temp);
	else
		result = batch_put_temp(batch, copy, temp, *size, ret, &pieces);
	pieces_fini(&pieces);
	return result;
}

size_t batch_peek(struct batch *batch, const u8 digest[DIGEST_SIZE], void *data, size_t size)
{
	int fd = -ENOENT;
	ssize_t n = 0;

	pthread_mutex_lock(&batch->lock);
	for (u32 i = 0; i < batch->count + batch->going_count && fd < 0; i++) {
		const struct batch_item *item = i < batch->count ?
							&batch->items[i] :
							&batch->going[i - batch->count];

		if (memcmp(item->digest, digest, DIGEST_SIZE) == 0)
			fd = openat(batch->store->tmp, item->temp, O_RDONLY | O_CLOEXEC);
	}
	pthread_mutex_unlock(&batch->lock);
	if (fd < 0)
		fd = object_open(batch->store, digest);
	if (fd < 0)
		return 0;
	n = read(fd, data, size);
	close(fd);
	return n < 0 ? 0 : (size_t)n;
}
