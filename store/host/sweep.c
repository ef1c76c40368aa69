/*
 * nacre store gc: finding and removing what nothing refers to.
 *
 * MARKING is exact: every inode of every image that a name, a lease or a layer refers to, and
 * every object in a layer's log. Unless all
 * of them can be read nothing is removed. LOCKING: exclusive, so nobody is adding; sandboxes
 * that run hold leases, which name their images.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/host/kept.h"

#define LEASE_MAX ((size_t)1 << 20)

struct sweep {
	struct store *store;
	struct digest_set *images, *objects;
	int dir; /* being swept */
	const char *dir_name;
	const struct digest_set *keep;
	json_t *list;
	u64 count, bytes;
	u64 failed; /* so many could not be removed */
};

/* --- what is there --- */

static int visit_shard(int dir, const char *shard,
		       int (*visit)(const char *path, const u8 *digest, void *context),
		       void *context)
{
	int fd = openat(dir, shard, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	if (listing == NULL) {
		if (fd >= 0)
			close(fd);
		return visit(shard, NULL, context);
	}
	while (result == 0 && (entry = readdir(listing)) != NULL) {
		u8 digest[DIGEST_SIZE];
		char *path;
		bool known;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		path = xprintf("%s/%s", shard, entry->d_name);
		known = object_parse(path, strlen(path), digest);
		result = visit(path, known ? digest : NULL, context);
		free(path);
		if (interrupted())
			result = -1;
	}
	closedir(listing);
	return result;
}

int for_each_stored(int dir, int (*visit)(const char *path, const u8 *digest, void *context),
		    void *context)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	if (listing == NULL) {
		complain("the store: %s", strerror(errno));
		return -1;
	}
	while (result == 0 && (entry = readdir(listing)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = visit_shard(dir, entry->d_name, visit, context);
	closedir(listing);
	return result;
}

/* --- marking --- */

static int mark_visit(struct visit *visit)
{
	u8 digest[DIGEST_SIZE];
	u64 *number;
	int result = image_object(visit->image, &visit->inode, digest);

	if (result == -ENODATA)
		return 0;
	if (result < 0) {
		complain("the image is damaged at /%s", visit->path);
		return -1;
	}
	number = digest_set_add(visit->context, digest, NULL);
	if (*number == 0)
		*number = visit->inode.size + 1;
	return 0;
}

int mark_objects(const struct image *image, struct digest_set *set)
{
	return image_walk(image, image->root, mark_visit, set);
}

static int mark_image(struct sweep *sweep, const u8 *digest, const char *who)
{
	struct mapped mapped;
	bool fresh;
	int result;

	digest_set_add(sweep->images, digest, &fresh);
	if (!fresh)
		return 0;
	if (image_map(sweep->store, digest, true, &mapped) < 0) {
		complain("'%s' cannot be read; nothing is removed (nacre store fsck)", who);
		return -1;
	}
	result = mark_objects(&mapped.image, sweep->objects);
	image_unmap(&mapped);
	return result;
}

static int mark_names(struct sweep *sweep)
{
	u32 count;
	struct ref *refs = ref_list(sweep->store, &count);
	int result = refs == NULL ? -1 : 0;

	for (u32 i = 0; i < count && result == 0; i++)
		result = mark_image(sweep, refs[i].digest, refs[i].name);
	ref_list_free(refs, count);
	return result;
}

/* What it keeps is not known, so all might be that. */
static void lease_unreadable(const char *name)
{
	complain("leases/%s cannot be read; nothing is removed while its sandbox runs", name);
}

int lease_parse(const char *text, size_t size, int (*each)(void *context, const u8 *digest),
		void *context)
{
	char line[HEX_SIZE];
	u8 digest[DIGEST_SIZE];
	int result = 0;

	if (size % HEX_SIZE != 0)
		return -1;
	for (size_t at = 0; at < size && result == 0; at += HEX_SIZE) {
		memcpy(line, text + at, HEX_SIZE);
		if (line[HEX_SIZE - 1] != '\n')
			return -1;
		line[HEX_SIZE - 1] = 0;
		if (!hex_parse(line, digest))
			return -1;
		result = each(context, digest);
	}
	return result;
}

static int mark_leased(void *context, const u8 *digest)
{
	return mark_image(context, digest, "the image of a running sandbox");
}

/* A lease is a file that its sandbox keeps locked. */
static int mark_lease(struct sweep *sweep, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), result;
	size_t size = 0;
	char *text;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0) {
		complain("leases/%s: %s; nothing is removed", name, strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		/* Its sandbox has ended. */
		if (options.remove)
			unlinkat(dir, name, 0);
		close(fd);
		return 0;
	}
	close(fd);
	text = read_small(dir, name, LEASE_MAX, &size);
	if (text == NULL && errno == ENOENT)
		return 0; /* its sandbox has ended just now */
	result = text == NULL ? -1 : lease_parse(text, size, mark_leased, sweep);
	if (result < 0)
		lease_unreadable(name);
	free(text);
	return result;
}

static int mark_leases(struct sweep *sweep)
{
	int fd = openat(sweep->store->fd, "leases", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	if (listing == NULL) {
		complain("%s/leases: %s", sweep->store->path, strerror(errno));
		return -1;
	}
	while (result == 0 && (entry = readdir(listing)) != NULL)
		if (entry->d_name[0] != '.')
			result = mark_lease(sweep, fd, entry->d_name);
	closedir(listing);
	return result;
}

static int layer_base(void *context, const u8 *digest, const char *layer)
{
	return mark_image(context, digest, layer);
}

static void layer_object(void *context, const u8 *digest, u64 size)
{
	struct sweep *sweep = context;
	u64 *number = digest_set_add(sweep->objects, digest, NULL);

	if (*number == 0)
		*number = size + 1;
}

/* --- sweeping --- */

/* An image that cannot be removed keeps what it refers to: it may be looked at still. */
static void spare_image(struct sweep *sweep, const u8 *digest)
{
	struct mapped mapped;

	digest_set_add(sweep->images, digest, NULL);
	if (image_map(sweep->store, digest, true, &mapped) < 0)
		return;
	if (mark_objects(&mapped.image, sweep->objects) < 0)
		complain("and it is damaged");
	image_unmap(&mapped);
}

/* -1 after saying why not. */
static int remove_file(struct sweep *sweep, const char *path, const struct stat *st)
{
	if (S_ISDIR(st->st_mode)) /* of tmp/: a layer that was being made or removed */
		return remove_all(sweep->store, sweep->dir_name, path);
	set_immutable(sweep->dir, path, false);
	if (unlinkat(sweep->dir, path, 0) == 0 || errno == ENOENT)
		return 0;
	complain("%s/%s: %s", sweep->dir_name, path, strerror(errno));
	return -1;
}

/* digest: its name, NULL for what has none. What cannot be removed is told of, and passed over. */
static void sweep_file(struct sweep *sweep, const char *path, const u8 *digest)
{
	struct stat st;

	if (fstatat(sweep->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (options.remove && remove_file(sweep, path, &st) < 0) {
		sweep->failed++;
		if (sweep->dir == sweep->store->images && digest != NULL)
			spare_image(sweep, digest);
		return;
	}
	sweep->count++;
	sweep->bytes += (u64)st.st_size;
	if (options.json)
		json_array_append_new(sweep->list,
				      json_pack("{s:s++, s:I}", "path", sweep->dir_name, "/", path,
						"size", (json_int_t)st.st_size));
	else if (!options.quiet)
		printf("%s %s/%s\n", options.remove ? "removed" : "unused", sweep->dir_name, path);
}

static int sweep_visit(const char *path, const u8 *digest, void *context)
{
	struct sweep *sweep = context;

	/* What is not the store's is not removed; fsck tells of it. */
	if (digest == NULL || digest_set_find(sweep->keep, digest) != NULL)
		return 0;
	/* Images have hashes of their pieces, too. */
	if (sweep->dir == sweep->store->hashes && digest_set_find(sweep->images, digest) != NULL)
		return 0;
	sweep_file(sweep, path, digest);
	return 0;
}

static int sweep_temporaries(struct sweep *sweep)
{
	int fd = openat(sweep->store->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (listing == NULL) {
		complain("%s/tmp: %s", sweep->store->path, strerror(errno));
		return -1;
	}
	sweep->dir = sweep->store->tmp;
	sweep->dir_name = "tmp";
	while (!interrupted() && (entry = readdir(listing)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			sweep_file(sweep, entry->d_name, NULL);
	closedir(listing);
	return interrupted() ? -1 : 0;
}

static int sweep_all(struct sweep *sweep)
{
	/* Images before the objects they refer to: an interrupted sweep leaves no dangling one. */
	sweep->dir = sweep->store->images;
	sweep->dir_name = "images";
	sweep->keep = sweep->images;
	if (for_each_stored(sweep->dir, sweep_visit, sweep) < 0)
		return -1;
	if (options.remove && store_sync(sweep->store) < 0)
		return -1;
	sweep->dir = sweep->store->objects;
	sweep->dir_name = "objects";
	sweep->keep = sweep->objects;
	if (for_each_stored(sweep->dir, sweep_visit, sweep) < 0)
		return -1;
	sweep->dir = sweep->store->hashes;
	sweep->dir_name = "hashes";
	if (sweep->dir >= 0 && for_each_stored(sweep->dir, sweep_visit, sweep) < 0)
		return -1;
	return sweep_temporaries(sweep);
}

int store_gc(int argc, char **argv)
{
	struct sweep sweep = { 0 };
	struct store store;
	char size[16];

	(void)argv;
	if (argc != 0) {
		complain("gc takes no argument");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || store_lock(&store, LOCK_SWEEPER) < 0)
		return EXIT_FAILED;
	sweep.store = &store;
	sweep.images = digest_set_create();
	sweep.objects = digest_set_create();
	sweep.list = json_array();
	if (mark_names(&sweep) < 0 || mark_leases(&sweep) < 0 ||
	    layers_mark(&store, options.remove, layer_base, layer_object, &sweep) < 0 ||
	    sweep_all(&sweep) < 0)
		return EXIT_FAILED;
	print_size(size, sweep.bytes);
	if (options.json)
		json_print(json_pack("{s:b, s:I, s:I, s:I, s:o}", "removed", options.remove,
				     "files", (json_int_t)sweep.count, "bytes",
				     (json_int_t)sweep.bytes, "failed", (json_int_t)sweep.failed,
				     "list", sweep.list));
	else
		printf("%llu files, %s %s\n", (unsigned long long)sweep.count, size,
		       options.remove	  ? "removed" :
		       sweep.count != 0 ? "are unused (--delete removes them)" :
						"are unused");
	digest_set_destroy(sweep.images);
	digest_set_destroy(sweep.objects);
	store_close(&store);
	if (sweep.failed == 0)
		return EXIT_OK;
	complain("%llu files could not be removed", (unsigned long long)sweep.failed);
	return EXIT_FAILED;
}
