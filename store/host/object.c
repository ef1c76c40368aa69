/*
 * Objects: content by its digest.
 *
 * PUBLISHING. Content is written to tmp/; batch_publish() syncs the file system once, renames
 * everything to its name and syncs again, so a name never appears before its content is on
 * the disk. What is named is what was written, not what was read before: small content is
 * hashed in memory, large files are copied first and the copy is hashed.
 *
 * An object of the wrong size is damage of some earlier accident: it is moved to quarantine/
 * and the right content takes its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "store/host/host.h"

#define COPY_BUFFER (256 * 1024)

/* --- sets of digests --- */

struct slot {
	u8 digest[DIGEST_SIZE];
	u64 number;
	bool used;
};

struct digest_set {
	struct slot *slots;
	u32 size; /* a power of two */
	u32 count;
};

struct digest_set *digest_set_create(void)
{
	struct digest_set *set = xcalloc(1, sizeof(*set));

	set->size = 1024;
	set->slots = xcalloc(set->size, sizeof(*set->slots));
	return set;
}

void digest_set_destroy(struct digest_set *set)
{
	if (set == NULL)
		return;
	free(set->slots);
	free(set);
}

/* Digests are as good as random, so their first bytes are the hash. */
static struct slot *slot_of(const struct digest_set *set, const u8 *digest)
{
	u32 at;

	memcpy(&at, digest, sizeof(at));
	for (;; at++) {
		struct slot *slot = &set->slots[at & (set->size - 1)];

		if (!slot->used || memcmp(slot->digest, digest, DIGEST_SIZE) == 0)
			return slot;
	}
}

static void grow(struct digest_set *set)
{
	struct digest_set bigger = { .size = set->size * 2, .count = set->count };

	bigger.slots = xcalloc(bigger.size, sizeof(*bigger.slots));
	for (u32 i = 0; i < set->size; i++)
		if (set->slots[i].used)
			*slot_of(&bigger, set->slots[i].digest) = set->slots[i];
	free(set->slots);
	*set = bigger;
}

u64 *digest_set_add(struct digest_set *set, const u8 digest[DIGEST_SIZE], bool *ret_new)
{
	struct slot *slot;

	if (set->count * 2 >= set->size)
		grow(set);
	slot = slot_of(set, digest);
	if (ret_new != NULL)
		*ret_new = !slot->used;
	if (!slot->used) {
		memcpy(slot->digest, digest, DIGEST_SIZE);
		slot->used = true;
		slot->number = 0;
		set->count++;
	}
	return &slot->number;
}

u64 *digest_set_find(const struct digest_set *set, const u8 digest[DIGEST_SIZE])
{
	struct slot *slot = slot_of(set, digest);

	return slot->used ? &slot->number : NULL;
}

u32 digest_set_count(const struct digest_set *set)
{
	return set->count;
}

const u8 *digest_set_next(const struct digest_set *set, u32 *cursor, u64 **ret_number)
{
	while (*cursor < set->size) {
		struct slot *slot = &set->slots[(*cursor)++];

		if (!slot->used)
			continue;
		if (ret_number != NULL)
			*ret_number = &slot->number;
		return slot->digest;
	}
	return NULL;
}

/* --- reading --- */

bool object_present(struct store *store, const u8 digest[DIGEST_SIZE], u64 size)
{
	char path[OBJECT_PATH_SIZE];
	struct stat st;

	object_path(digest, path);
	return fstatat(store->objects, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && (u64)st.st_size == size;
}

int object_open(struct store *store, const u8 digest[DIGEST_SIZE])
{
	char path[OBJECT_PATH_SIZE];
	int fd;

	object_path(digest, path);
	fd = openat(store->objects, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int digest_fd(struct verity *verity, int fd, u64 *ret_size, u8 ret[DIGEST_SIZE])
{
	u8 *buffer = xmalloc(COPY_BUFFER);
	u64 offset = 0;
	ssize_t n;

	verity_begin(verity);
	while ((n = pread(fd, buffer, COPY_BUFFER, (off_t)offset)) != 0) {
		if (n < 0 && errno == EINTR && !interrupted())
			continue;
		if (n < 0)
			break;
		verity_add(verity, buffer, (size_t)n);
		offset += (u64)n;
		if (interrupted()) {
			errno = EINTR;
			n = -1;
			break;
		}
	}
	free(buffer);
	if (n < 0)
		return -1;
	verity_end(verity, ret);
	*ret_size = offset;
	return 0;
}

int object_open_verified(struct store *store, const u8 digest[DIGEST_SIZE], u64 size,
			 const char *path)
{
	static struct verity verity;
	int fd = object_open(store, digest);
	u8 found[DIGEST_SIZE];
	char hex[HEX_SIZE];
	u64 real;

	hex_text(digest, hex);
	if (fd < 0) {
		complain("%s: object %s: %s", path, hex, strerror(-fd));
		return -1;
	}
	if (digest_fd(&verity, fd, &real, found) < 0) {
		complain("%s: object %s: %s", path, hex, strerror(errno));
		close(fd);
		return -1;
	}
	if (real != size || memcmp(found, digest, DIGEST_SIZE) != 0) {
		complain("%s: object %s is damaged", path, hex);
		close(fd);
		return -1;
	}
	return fd;
}

/* --- copying --- */

static int copy_bytes(int from, int to, u64 offset, u64 size)
{
	char *buffer = xmalloc(COPY_BUFFER);
	int result = 0;

	while (size > 0) {
		ssize_t n = pread(from, buffer, MIN(size, (u64)COPY_BUFFER), (off_t)offset);
		ssize_t done = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* the file became shorter */
		if (n <= 0) {
			result = -1;
			break;
		}
		while (done < n) {
			ssize_t m = pwrite(to, buffer + done, (size_t)(n - done),
					   (off_t)offset + done);

			if (m < 0 && errno != EINTR) {
				result = -1;
				break;
			}
			done += m > 0 ? m : 0;
		}
		if (result < 0)
			break;
		offset += (u64)n;
		size -= (u64)n;
	}
	free(buffer);
	return result;
}

/* The range by the kernel's means, else by reading and writing. */
static int copy_range(int from, int to, u64 offset, u64 size)
{
	off_t in = (off_t)offset, out = (off_t)offset;
	u64 end = offset + size;

	while ((u64)in < end) {
		ssize_t n = copy_file_range(from, &in, to, &out, end - (u64)in, 0);

		if (n < 0 && errno == EINTR && !interrupted())
			continue;
		if (n <= 0)
			return copy_bytes(from, to, (u64)in, end - (u64)in);
	}
	return 0;
}

int copy_content(int from, int to, u64 size)
{
	u64 at = 0;

	if (size == 0)
		return 0;
	if (ioctl(to, FICLONE, from) == 0)
		return ftruncate(to, (off_t)size);
	if (ftruncate(to, (off_t)size) < 0)
		return -1;
	/* Holes stay holes. */
	while (at < size) {
		off_t data = lseek(from, (off_t)at, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			return 0;
		if (data < 0)
			return copy_range(from, to, at, size - at);
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || (u64)hole > size)
			hole = (off_t)size;
		if ((u64)data >= size)
			return 0;
		if (copy_range(from, to, (u64)data, (u64)(hole - data)) < 0)
			return -1;
		at = (u64)hole;
	}
	return 0;
}

/* --- adding --- */

struct batch_item {
	char *temp;
	u8 digest[DIGEST_SIZE];
	u64 size;
};

void batch_init(struct batch *batch, struct store *store)
{
	memset(batch, 0, sizeof(*batch));
	batch->store = store;
	pthread_mutex_init(&batch->lock, NULL);
	batch->claimed = digest_set_create();
}

void batch_fini(struct batch *batch)
{
	for (u32 i = 0; i < batch->count; i++) {
		unlinkat(batch->store->tmp, batch->items[i].temp, 0);
		free(batch->items[i].temp);
	}
	free(batch->items);
	digest_set_destroy(batch->claimed);
	pthread_mutex_destroy(&batch->lock);
}

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

static void add_item(struct batch *batch, char *temp, const u8 *digest, u64 size)
{
	struct batch_item *item;

	pthread_mutex_lock(&batch->lock);
	if (batch->count == batch->capacity) {
		batch->capacity = batch->capacity == 0 ? 256 : batch->capacity * 2;
		batch->items = xrealloc(batch->items, batch->capacity * sizeof(*batch->items));
	}
	item = &batch->items[batch->count++];
	item->temp = temp;
	item->size = size;
	memcpy(item->digest, digest, DIGEST_SIZE);
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

int batch_put(struct batch *batch, struct verity *verity, const void *data, size_t size,
	      u8 ret[DIGEST_SIZE])
{
	char *temp;
	int fd;

	verity_begin(verity);
	verity_add(verity, data, size);
	verity_end(verity, ret);
	if (!claim(batch, ret, size))
		return 0;
	fd = store_temp(batch->store, &temp);
	if (fd < 0)
		return -1;
	if (write_all(fd, data, size) < 0 || fchmod(fd, 0444) < 0)
		return give_up_temp(batch, fd, temp);
	close(fd);
	add_item(batch, temp, ret, size);
	return 0;
}

int batch_put_temp(struct batch *batch, int fd, char *name, u64 size,
		   const u8 digest[DIGEST_SIZE])
{
	if (!claim(batch, digest, size)) {
		unlinkat(batch->store->tmp, name, 0);
		free(name);
		close(fd);
		return 0;
	}
	if (fchmod(fd, 0444) < 0)
		return give_up_temp(batch, fd, name);
	close(fd);
	add_item(batch, name, digest, size);
	return 0;
}

int batch_put_file(struct batch *batch, struct verity *verity, int fd, u64 *size,
		   u8 ret[DIGEST_SIZE])
{
	char *temp;
	int copy;

	if (digest_fd(verity, fd, size, ret) < 0)
		return -1;
	if (object_present(batch->store, ret, *size)) {
		/* What was read is what the object holds. */
		pthread_mutex_lock(&batch->lock);
		batch->known_objects++;
		pthread_mutex_unlock(&batch->lock);
		return 0;
	}
	copy = store_temp(batch->store, &temp);
	if (copy < 0)
		return -1;
	/* The file may change under us: the copy cannot. */
	if (copy_content(fd, copy, *size) < 0 || digest_fd(verity, copy, size, ret) < 0)
		return give_up_temp(batch, copy, temp);
	return batch_put_temp(batch, copy, temp, *size, ret);
}

size_t batch_peek(struct batch *batch, const u8 digest[DIGEST_SIZE], void *data, size_t size)
{
	int fd = -ENOENT;
	ssize_t n = 0;

	pthread_mutex_lock(&batch->lock);
	for (u32 i = 0; i < batch->count && fd < 0; i++)
		if (memcmp(batch->items[i].digest, digest, DIGEST_SIZE) == 0)
			fd = openat(batch->store->tmp, batch->items[i].temp, O_RDONLY | O_CLOEXEC);
	pthread_mutex_unlock(&batch->lock);
	if (fd < 0)
		fd = object_open(batch->store, digest);
	if (fd < 0)
		return 0;
	n = read(fd, data, size);
	close(fd);
	return n < 0 ? 0 : (size_t)n;
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

int quarantine(struct store *store, int dir, const char *path)
{
	struct timespec now;
	char *name, *slash;
	int result;

	clock_gettime(CLOCK_REALTIME, &now);
	name = xprintf("quarantine/%s.%lld%09ld", path, (long long)now.tv_sec, now.tv_nsec);
	for (slash = name + strlen("quarantine/"); (slash = strchr(slash, '/')) != NULL;)
		*slash = '-';
	set_immutable(dir, path, false);
	result = renameat(dir, path, store->fd, name);
	if (result < 0)
		complain("%s: cannot be moved to quarantine: %s", path, strerror(errno));
	free(name);
	return result;
}

static int publish_item(struct store *store, const struct batch_item *item)
{
	char path[OBJECT_PATH_SIZE];
	struct stat st;

	object_path(item->digest, path);
	enable_verity(store, item->temp);
	for (int i = 0; i < 3; i++) {
		if (renameat2(store->tmp, item->temp, store->objects, path, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno == ENOENT) {
			path[2] = 0;
			if (mkdirat(store->objects, path, 0777) < 0 && errno != EEXIST)
				break;
			path[2] = '/';
			continue;
		}
		if (errno == EINVAL) /* a file system without that flag */
			return renameat(store->tmp, item->temp, store->objects, path);
		if (errno != EEXIST ||
		    fstatat(store->objects, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			break;
		/* Another run was faster, or a torn object is in the way. */
		if (S_ISREG(st.st_mode) && (u64)st.st_size == item->size)
			return unlinkat(store->tmp, item->temp, 0);
		if (quarantine(store, store->objects, path) < 0)
			return -1;
	}
	complain("%s/objects/%s: %s", store->path, path, strerror(errno));
	return -1;
}

int batch_publish(struct batch *batch)
{
	if (batch->count == 0)
		return 0;
	if (store_sync(batch->store) < 0)
		return -1;
	while (batch->count > 0) {
		struct batch_item *item = &batch->items[batch->count - 1];

		if (publish_item(batch->store, item) < 0)
			return -1;
		free(item->temp);
		batch->count--;
	}
	return store_sync(batch->store);
}
