/* Objects: content by its digest; sets of digests; copying. batch.c makes objects. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* Write what is not all zeros: holes stay holes. */
static int write_block(int to, const u8 *data, size_t size, u64 offset)
{
	size_t done = 0;

	if (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0)
		return 0;
	while (done < size) {
		ssize_t n = pwrite(to, data + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Read fd from 0 to its end, but not its holes; to: -1, or where it is written as well. */
static int digest_and_copy(int fd, int to, struct verity *verity, struct pieces *pieces,
			   u64 *ret_size, u8 ret[DIGEST_SIZE])
{
	struct holes holes = { .fd = fd };
	u8 *buffer = xmalloc(COPY_BUFFER);
	u64 offset = 0, hole;
	ssize_t n = 1;

	verity_begin(verity, pieces);
	while (n != 0 && !interrupted()) {
		hole = holes_find(&holes, offset);
		verity_add_zeros(verity, hole);
		offset += hole;
		n = pread(fd, buffer, COPY_BUFFER, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && to >= 0 && write_block(to, buffer, (size_t)n, offset) < 0)
			n = -1;
		if (n < 0)
			break;
		verity_add(verity, buffer, (size_t)n);
		offset += (u64)n;
	}
	free(buffer);
	if (n > 0)
		errno = EINTR;
	if (n != 0)
		return -1;
	verity_end(verity, ret);
	*ret_size = offset;
	return 0;
}

int digest_fd(struct verity *verity, int fd, u64 *ret_size, u8 ret[DIGEST_SIZE])
{
	return digest_and_copy(fd, -1, verity, NULL, ret_size, ret);
}

int copy_and_digest(int from, int to, struct verity *verity, struct pieces *pieces, u64 *ret_size,
		    u8 ret[DIGEST_SIZE])
{
	if (ioctl(to, FICLONE, from) == 0)
		return digest_and_copy(to, -1, verity, pieces, ret_size, ret);
	if (digest_and_copy(from, to, verity, pieces, ret_size, ret) < 0)
		return -1;
	return ftruncate(to, (off_t)*ret_size);
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
	lseek(fd, 0, SEEK_SET);
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

/* --- damage --- */

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
