/* nacre store init, tag, rm, protect, unprotect, mount-info: the names of images. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/host.h"

int store_init(int argc, char **argv)
{
	struct store store;

	(void)argv;
	if (argc != 0) {
		complain("init takes no argument (--store says where)");
		return EXIT_FAILED;
	}
	if (store_open(&store, true) < 0)
		return EXIT_FAILED;
	if (options.json)
		json_print(json_pack("{s:o}", "store", json_name(store.path, strlen(store.path))));
	else
		puts(store.path);
	store_close(&store);
	return EXIT_OK;
}

int store_tag(int argc, char **argv)
{
	struct store store;
	struct ref ref;
	char path[OBJECT_PATH_SIZE], hex[HEX_SIZE];

	if (argc != 2 || !store_name_ok(argv[1])) {
		complain(argc != 2 ? "tag takes a name and a new name" :
				     "an image's name has letters, digits and . _ + - @ only");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || store_lock(&store, LOCK_READER) < 0 ||
	    ref_resolve(&store, argv[0], ref.digest) < 0 || name_check(&store, argv[1]) < 0)
		return EXIT_FAILED;
	object_path(ref.digest, path);
	if (faccessat(store.images, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		complain("no image '%s'", argv[0]);
		return EXIT_FAILED;
	}
	ref.name = argv[1];
	ref.protected = false;
	if (ref_write(&store, &ref) < 0)
		return EXIT_FAILED;
	if (options.json) {
		hex_text(ref.digest, hex);
		json_print(json_pack("{s:s, s:s}", "name", ref.name, "image", hex));
	}
	return EXIT_OK;
}

/* With --json: the names as the member of that name, and what is true of them. */
static void report_names(const char *member, char **names, int count, json_t *protected)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_string(names[i]));
	if (options.json)
		json_print(json_pack("{s:O, s:o*}", member, list, "protected", protected));
	json_decref(list);
}

int store_rm(int argc, char **argv)
{
	struct store store;
	struct ref ref;

	if (argc == 0) {
		complain("rm takes names");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || store_lock(&store, LOCK_READER) < 0)
		return EXIT_FAILED;
	for (int i = 0; i < argc; i++) {
		if (ref_read(&store, argv[i], &ref) < 0)
			return EXIT_FAILED;
		free(ref.name);
		if (name_check(&store, argv[i]) < 0)
			return EXIT_FAILED;
	}
	for (int i = 0; i < argc; i++)
		if (unlinkat(store.refs, argv[i], 0) < 0 && errno != ENOENT) {
			complain("%s: %s", argv[i], strerror(errno));
			return EXIT_FAILED;
		}
	if (fsync(store.refs) < 0) {
		complain("%s/refs: %s", store.path, strerror(errno));
		return EXIT_FAILED;
	}
	report_names("removed", argv, argc, NULL);
	return EXIT_OK;
}

/* --- protection --- */

/* The immutable flag for the image, its name and its objects; how many took it. */
static void flag_all(struct store *store, const struct mapped *mapped, const char *name,
		     const struct digest_set *keep, bool on, u64 *ret_done, u64 *ret_refused)
{
	struct digest_set *set = digest_set_create();
	char path[OBJECT_PATH_SIZE];
	const u8 *digest;
	u32 cursor = 0;

	object_path(mapped->digest, path);
	*(set_immutable(store->images, path, on) < 0 ? ret_refused : ret_done) += 1;
	if (on)
		*(set_immutable(store->refs, name, on) < 0 ? ret_refused : ret_done) += 1;
	if (mark_objects(&mapped->image, set) < 0)
		complain("%s: not all of it could be read", name);
	while ((digest = digest_set_next(set, &cursor, NULL)) != NULL) {
		if (keep != NULL && digest_set_find(keep, digest) != NULL)
			continue;
		object_path(digest, path);
		*(set_immutable(store->objects, path, on) < 0 ? ret_refused : ret_done) += 1;
	}
	digest_set_destroy(set);
}

/* What other protected names need stays immutable. */
static struct digest_set *kept_by_others(struct store *store, const char *but)
{
	struct digest_set *set = digest_set_create();
	u32 count;
	struct ref *refs = ref_list(store, &count);

	for (u32 i = 0; refs != NULL && i < count; i++) {
		struct mapped mapped;

		if (refs[i].protected && strcmp(refs[i].name, but) != 0 &&
		    image_map(store, refs[i].digest, false, &mapped) == 0) {
			if (mark_objects(&mapped.image, set) < 0)
				complain("%s: not all of it could be read", refs[i].name);
			image_unmap(&mapped);
		}
		free(refs[i].name);
	}
	free(refs);
	return set;
}

static int protect_one(struct store *store, const char *name, bool on)
{
	u64 done = 0, refused = 0;
	struct digest_set *keep;
	struct mapped mapped;
	struct ref ref;
	int result;

	if (ref_read(store, name, &ref) < 0)
		return -1;
	if (image_map(store, ref.digest, true, &mapped) < 0)
		return -1;
	set_immutable(store->refs, name, false);
	ref.protected = on;
	result = ref_write(store, &ref);
	if (result == 0) {
		keep = on ? NULL : kept_by_others(store, name);
		flag_all(store, &mapped, name, keep, on, &done, &refused);
		digest_set_destroy(keep);
		if (on && refused != 0 && !options.quiet)
			fprintf(stderr,
				"nacre store: %s: this host grants no immutable flag for %llu "
				"files; the store's own commands refuse changes\n",
				name, (unsigned long long)refused);
	}
	image_unmap(&mapped);
	free(ref.name);
	return result;
}

static int protect_all(int argc, char **argv, bool on)
{
	struct store store;

	if (argc == 0) {
		complain("%s takes names", on ? "protect" : "unprotect");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || store_lock(&store, LOCK_READER) < 0)
		return EXIT_FAILED;
	for (int i = 0; i < argc; i++)
		if (protect_one(&store, argv[i], on) < 0)
			return EXIT_FAILED;
	report_names("names", argv, argc, json_boolean(on));
	return EXIT_OK;
}

int store_protect(int argc, char **argv)
{
	return protect_all(argc, argv, true);
}

int store_unprotect(int argc, char **argv)
{
	return protect_all(argc, argv, false);
}

/* --- mount-info --- */

int store_mount_info(int argc, char **argv)
{
	char path[OBJECT_PATH_SIZE];
	struct mapped mapped;
	struct store store;
	char *place;

	if (argc != 1) {
		complain("mount-info takes a name");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || image_map_name(&store, argv[0], &mapped) < 0)
		return EXIT_FAILED;
	object_path(mapped.digest, path);
	place = realpath(store.path, NULL);
	if (place == NULL)
		place = xprintf("%s", store.path);
	if (options.json)
		json_print(json_pack("{s:s+++, s:s+, s:s}", "image", place, "/images/", path, "",
				     "objects", place, "/objects", "digest_algorithm",
				     "fsverity-sha256-12"));
	else
		printf("mount -t erofs -o ro,loop %s/images/%s /META\n"
		       "mount -t overlay -o ro,metacopy=on,redirect_dir=follow,"
		       "lowerdir=/META::%s/objects overlay /DEST\n",
		       place, path, place);
	free(place);
	return EXIT_OK;
}
