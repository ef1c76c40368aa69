/*
 * nacre store fsck: reading everything and comparing it with its name.
 *
 * Images first, all of them, whether a name refers to them or not; they say which objects
 * there must be. Then every object, by several threads. What is wrong is told with the files
 * of the images that it concerns. Nothing is changed without --repair, and then nothing is
 * removed: damaged files are moved to quarantine/.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/kept.h"

/* The number that a set keeps for an object: bits above the size. */
#define SIZE_BITS 48
#define SEEN ((u64)1 << 62)
#define BAD ((u64)1 << 63)
#define SIZE_OF(number) (((number) & (((u64)1 << SIZE_BITS) - 1)) - 1)


struct check {
	struct store *store;
	struct digest_set *objects; /* wanted by some image */
	struct digest_set *images;  /* those that are right */
	json_t *findings;
	u64 problems, missing, repaired;
	u64 lost; /* names without their image, which no source tree brings back */
	/* objects to be read */
	char **paths;
	u32 path_count, path_capacity, next;
	u64 bytes;
	pthread_mutex_t lock; /* of what follows and of the findings */
	u32 done;
	bool failed;
};

static void found(struct check *check, const char *kind, const char *path, const char *what)
{
	pthread_mutex_lock(&check->lock);
	check->problems++;
	json_array_append_new(check->findings, json_pack("{s:s, s:o, s:s}", "kind", kind, "path",
							 json_name(path, strlen(path)), "what",
							 what));
	if (!options.json) {
		progress_end();
		printf("%s ", kind);
		print_name(stdout, path, strlen(path));
		printf(": %s\n", what);
	}
	pthread_mutex_unlock(&check->lock);
}

static int found_foreign(struct check *check, const char *kind, int dir, const char *path)
{
	found(check, kind, path, "is foreign");
	return options.repair != NULL ? quarantine(check->store, dir, path) : 0;
}

/* --- images --- */

static bool right_image(struct check *check, const char *path, const u8 *digest,
			struct verity *verity)
{
	int fd = openat(check->store->images, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	u8 real[DIGEST_SIZE];
	u64 size;
	bool right;

	if (fd < 0)
		return false;
	right = digest_fd(verity, fd, &size, real) == 0 && memcmp(real, digest, DIGEST_SIZE) == 0;
	close(fd);
	return right;
}

static int check_image(const char *path, const u8 *digest, void *context)
{
	struct check *check = context;
	struct verity *verity;
	struct mapped mapped;
	bool right;

	if (digest == NULL)
		return found_foreign(check, "images", check->store->images, path);
	verity = xmalloc(sizeof(*verity));
	right = right_image(check, path, digest, verity);
	free(verity);
	if (interrupted())
		return -1;
	if (!right) {
		found(check, "images", path, "is damaged");
		if (options.repair != NULL)
			return quarantine(check->store, check->store->images, path);
		return 0;
	}
	if (image_map(check->store, digest, false, &mapped) < 0) {
		found(check, "images", path, "is no image");
		return 0;
	}
	digest_set_add(check->images, digest, NULL);
	if (mark_objects(&mapped.image, check->objects) < 0)
		found(check, "images", path, "has damage inside");
	image_unmap(&mapped);
	return interrupted() ? -1 : 0;
}

static int check_name(struct check *check, const char *name)
{
	struct mapped mapped;
	struct ref ref;

	if (ref_read(check->store, name, &ref) < 0) {
		found(check, "refs", name, "is damaged");
		return options.repair == NULL ?
			       0 :
			       quarantine(check->store, check->store->refs, name);
	}
	if (digest_set_find(check->images, ref.digest) == NULL) {
		found(check, "refs", name, "its image is missing or damaged");
		check->lost++;
	} else if (image_map(check->store, ref.digest, false, &mapped) == 0) {
		if (!protected_paths_exist(&mapped.image, &ref.text))
			found(check, "refs", name, "protects what is not in its image");
		image_unmap(&mapped);
	}
	ref_free(&ref);
	return 0;
}

static int check_names(struct check *check)
{
	u32 count;
	char **names = ref_names(check->store, &count);
	int result = names == NULL ? -1 : 0;

	for (u32 i = 0; i < count && result == 0; i++)
		result = check_name(check, names[i]);
	ref_names_free(names, count);
	return result;
}

/* --- objects --- */

static int list_object(const char *path, const u8 *digest, void *context)
{
	struct check *check = context;

	if (digest == NULL)
		return found_foreign(check, "objects", check->store->objects, path);
	if (check->path_count == check->path_capacity) {
		check->path_capacity = check->path_capacity == 0 ? 1024 : check->path_capacity * 2;
		check->paths = xrealloc(check->paths, check->path_capacity * sizeof(char *));
	}
	check->paths[check->path_count++] = xprintf("%s", path);
	return 0;
}

/* NULL: right. */
static const char *object_fault(struct check *check, struct verity *verity, const char *path,
				const u8 *digest, u64 *ret_size)
{
	int fd = openat(check->store->objects, path,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	const char *fault = NULL;
	u8 real[DIGEST_SIZE];
	struct stat st;

	*ret_size = 0;
	if (fd < 0)
		return errno == ELOOP ? "is a link" : "cannot be opened";
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		fault = "is no file";
	else if (digest_fd(verity, fd, ret_size, real) < 0)
		fault = "cannot be read";
	else if (memcmp(real, digest, DIGEST_SIZE) != 0)
		fault = st.st_size == 0 ? "is empty (torn)" : "is damaged";
	else if ((st.st_mode & 0333) != 0)
		fault = "has a mode other than 0444";
	close(fd);
	return fault;
}

static void check_object(struct check *check, struct verity *verity, const char *path)
{
	u8 digest[DIGEST_SIZE];
	const char *fault;
	u64 size, *number;
	u32 done;
	bool bad;

	if (!object_parse(path, strlen(path), digest))
		return;
	fault = object_fault(check, verity, path, digest, &size);
	if (interrupted())
		return;
	bad = fault != NULL && strncmp(fault, "has a mode", 10) != 0;
	pthread_mutex_lock(&check->lock);
	number = digest_set_find(check->objects, digest);
	if (number != NULL && !bad && SIZE_OF(*number) != size) {
		fault = "has another size than an image says";
		bad = true;
	}
	if (number != NULL)
		*number |= bad ? BAD | SEEN : SEEN;
	check->bytes += size;
	done = ++check->done;
	pthread_mutex_unlock(&check->lock);
	progress("checking", done, check->path_count, check->bytes);
	if (fault == NULL)
		return;
	found(check, "objects", path, fault);
	if (options.repair != NULL && bad &&
	    quarantine(check->store, check->store->objects, path) < 0)
		check->failed = true;
	else if (options.repair != NULL && !bad)
		check->failed |= fchmodat(check->store->objects, path, 0444, 0) < 0;
}

static void *check_some(void *context)
{
	struct check *check = context;
	struct verity *verity = xmalloc(sizeof(*verity));

	while (!interrupted()) {
		u32 i = __atomic_fetch_add(&check->next, 1, __ATOMIC_RELAXED);

		if (i >= check->path_count)
			break;
		check_object(check, verity, check->paths[i]);
	}
	free(verity);
	return NULL;
}

static int check_objects(struct check *check)
{
	u32 count = options.jobs, started = 1;
	pthread_t *threads = xcalloc(count, sizeof(*threads));

	if (for_each_stored(check->store->objects, list_object, check) < 0) {
		free(threads);
		return -1;
	}
	for (; started < count; started++)
		if (pthread_create(&threads[started], NULL, check_some, check) != 0)
			break;
	check_some(check);
	for (u32 i = 1; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	progress_end();
	return interrupted() || check->failed ? -1 : 0;
}

/* --- hashes of pieces --- */

/* True: they lead to the digest of an object of that size. */
static bool right_hashes(struct check *check, const char *path, const u8 *digest, u64 size)
{
	struct verity *verity = xmalloc(sizeof(*verity));
	struct pieces pieces = { .count = pieces_of(size) };
	u64 bytes = pieces.count * DIGEST_SIZE;
	u8 real[DIGEST_SIZE];
	size_t found_bytes;
	bool right = false;

	pieces.hashes = (u8 *)read_small(check->store->hashes, path, bytes + 1, &found_bytes);
	if (pieces.hashes != NULL && found_bytes == bytes && size > PIECE_SIZE) {
		verity_of_pieces(verity, &pieces, size, real);
		right = memcmp(real, digest, DIGEST_SIZE) == 0;
	}
	pieces_fini(&pieces);
	free(verity);
	return right;
}

static int check_hashes(const char *path, const u8 *digest, void *context)
{
	struct check *check = context;
	const u64 *number;
	struct stat st;
	u64 size;

	if (digest == NULL)
		return found_foreign(check, "hashes", check->store->hashes, path);
	number = digest_set_find(check->objects, digest);
	if (number != NULL && (*number & BAD) == 0)
		size = SIZE_OF(*number & ~SEEN);
	else if (digest_set_find(check->images, digest) != NULL &&
		 fstatat(check->store->images, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		size = (u64)st.st_size;
	else
		return 0;
	if (right_hashes(check, path, digest, size))
		return 0;
	found(check, "hashes", path, "is damaged");
	return options.repair != NULL ? quarantine(check->store, check->store->hashes, path) : 0;
}

static void find_missing(struct check *check)
{
	char path[OBJECT_PATH_SIZE];
	const u8 *digest;
	u64 *number;
	u32 cursor = 0;

	while ((digest = digest_set_next(check->objects, &cursor, &number)) != NULL) {
		if ((*number & SEEN) == 0) {
			*number |= BAD;
			object_path(digest, path);
			found(check, "objects", path, "is missing");
		}
		if (*number & BAD)
			check->missing++;
	}
}

/* --- whom it concerns --- */

struct concerned {
	struct check *check;
	const char *name;
};

static int concerned_visit(struct visit *visit)
{
	struct concerned *c = visit->context;
	char path[OBJECT_PATH_SIZE];
	u8 digest[DIGEST_SIZE];
	u64 *number;
	json_t *item;

	if (image_object(visit->image, &visit->inode, digest) < 0)
		return 0;
	number = digest_set_find(c->check->objects, digest);
	if (number == NULL || (*number & BAD) == 0)
		return 0;
	object_path(digest, path);
	if (!options.json) {
		printf("  %s:/", c->name);
		print_name(stdout, visit->path, visit->path_len);
		printf(" needs objects/%s\n", path);
		return 0;
	}
	item = json_pack("{s:s, s:s, s:s}", "kind", "file", "image", c->name, "object", path);
	json_object_set_new(item, "path", json_name(visit->path, visit->path_len));
	json_array_append_new(c->check->findings, item);
	return 0;
}

static void tell_concerned(struct check *check)
{
	u32 count;
	struct ref *refs = check->missing == 0 ? NULL : ref_list(check->store, &count);

	if (refs == NULL)
		return;
	for (u32 i = 0; i < count; i++) {
		struct concerned c = { check, refs[i].name };
		struct mapped mapped;

		if (digest_set_find(check->images, refs[i].digest) != NULL &&
		    image_map(check->store, refs[i].digest, false, &mapped) == 0) {
			if (image_walk(&mapped.image, mapped.image.root, concerned_visit, &c) < 0)
				complain("%s: not all of it could be read", refs[i].name);
			image_unmap(&mapped);
		}
	}
	ref_list_free(refs, count);
}

/* --- --repair --- */

static bool size_wanted(const struct ingest *in, u64 size)
{
	const struct check *check = in->wanted_context;
	const u8 *digest;
	u64 *number;
	u32 cursor = 0;

	while ((digest = digest_set_next(check->objects, &cursor, &number)) != NULL)
		if ((*number & BAD) != 0 && SIZE_OF(*number & ~(BAD | SEEN)) == size)
			return true;
	return false;
}

/* What is still missing afterwards; -1 failed. */
static s64 repair(struct check *check)
{
	struct ingest in;
	const u8 *digest;
	u64 *number;
	u32 cursor = 0;
	s64 left = 0;
	bool filter = options.no_filter;
	int result;

	if (check->missing == 0)
		return 0;
	ingest_init(&in, check->store);
	in.wanted = size_wanted;
	in.wanted_context = check;
	options.no_filter = true;
	result = scan_directory(&in, options.repair);
	options.no_filter = filter;
	if (result == 0)
		result = batch_publish(&in.batch);
	ingest_fini(&in);
	if (result < 0)
		return -1;
	while ((digest = digest_set_next(check->objects, &cursor, &number)) != NULL) {
		char path[OBJECT_PATH_SIZE];

		if ((*number & BAD) == 0)
			continue;
		object_path(digest, path);
		if (!object_present(check->store, digest, SIZE_OF(*number & ~(BAD | SEEN)))) {
			left++;
			continue;
		}
		check->repaired++;
		if (!options.json)
			printf("objects %s: repaired\n", path);
	}
	return left;
}

static void check_layer(void *context, const char *folder)
{
	struct check *check = context;

	found(check, "layers", folder, "cannot be brought into its image");
	if (options.repair != NULL && layer_put_away(check->store, folder) < 0)
		check->failed = true;
}

static int run_checks(struct check *check)
{
	if (for_each_stored(check->store->images, check_image, check) < 0 ||
	    check_names(check) < 0 || layers_left(check->store, check_layer, check) < 0 ||
	    check_objects(check) < 0)
		return -1;
	if (check->store->hashes >= 0 &&
	    for_each_stored(check->store->hashes, check_hashes, check) < 0)
		return -1;
	find_missing(check);
	tell_concerned(check);
	return 0;
}

int store_fsck(int argc, char **argv)
{
	struct check check = { .lock = PTHREAD_MUTEX_INITIALIZER };
	const char *outcome = "";
	struct store store;
	u64 missing;
	s64 left = 0;

	(void)argv;
	if (argc != 0) {
		complain("fsck takes no argument");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 ||
	    store_lock(&store, options.repair != NULL ? LOCK_SWEEPER : LOCK_READER) < 0)
		return EXIT_FAILED;
	check.store = &store;
	check.objects = digest_set_create();
	check.images = digest_set_create();
	check.findings = json_array();
	if (run_checks(&check) < 0)
		return EXIT_FAILED;
	if (options.repair != NULL) {
		left = repair(&check);
		if (left < 0)
			return EXIT_FAILED;
	}
	missing = check.missing - check.repaired + check.lost;
	if (options.repair != NULL && check.problems != 0)
		outcome = left == 0 && check.lost == 0 ? ", contents complete again" :
							 ", contents still missing";
	if (options.json)
		json_print(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "images",
				     (json_int_t)digest_set_count(check.images), "objects",
				     (json_int_t)check.path_count, "bytes", (json_int_t)check.bytes,
				     "problems", (json_int_t)check.problems, "repaired",
				     (json_int_t)check.repaired, "missing", (json_int_t)missing,
				     "findings", check.findings));
	else
		printf("%u images, %u objects, %llu problems%s\n", digest_set_count(check.images),
		       check.path_count, (unsigned long long)check.problems, outcome);
	for (u32 i = 0; i < check.path_count; i++)
		free(check.paths[i]);
	free(check.paths);
	digest_set_destroy(check.objects);
	digest_set_destroy(check.images);
	store_close(&store);
	return check.problems == 0 ? EXIT_OK : EXIT_DIFFERENT;
}
