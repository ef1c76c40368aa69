/* nacre store init, tag, rm, mount-info: the names of images. */
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

/* A name that is another image's is given away by --force only. */
static int name_is_free(struct store *store, const char *name, const u8 *digest)
{
	struct ref ref;
	bool same;

	if (options.force || (faccessat(store->refs, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
			      errno == ENOENT))
		return 0;
	if (ref_read(store, name, &ref) < 0)
		return -1;
	same = memcmp(ref.digest, digest, DIGEST_SIZE) == 0;
	ref_free(&ref);
	if (same)
		return 0;
	complain("'%s' is the name of another image (--force gives it to this one)", name);
	return -1;
}

int store_tag(int argc, char **argv)
{
	struct store store;
	struct ref ref = { 0 };
	char path[OBJECT_PATH_SIZE], hex[HEX_SIZE];
	int lock, result;

	if (argc != 2 || !store_name_ok(argv[1])) {
		complain(argc != 2 ? "tag takes a name and a new name" : NAME_RULE);
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || store_lock(&store, LOCK_READER) < 0 ||
	    ref_resolve(&store, argv[0], ref.digest) < 0)
		return EXIT_FAILED;
	object_path(ref.digest, path);
	if (faccessat(store.images, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		complain("no image '%s'", argv[0]);
		return EXIT_FAILED;
	}
	ref.name = argv[1];
	lock = names_lock(&store);
	result = lock < 0 || name_check(&store, argv[1]) < 0 ||
				 name_is_free(&store, argv[1], ref.digest) < 0 ?
			 -1 :
			 ref_write(&store, &ref);
	if (lock >= 0)
		close(lock);
	if (result < 0)
		return EXIT_FAILED;
	if (options.json) {
		hex_text(ref.digest, hex);
		json_print(json_pack("{s:s, s:s}", "name", ref.name, "image", hex));
	}
	return EXIT_OK;
}

int store_rm(int argc, char **argv)
{
	struct store store;
	struct ref ref;
	json_t *removed;

	if (argc == 0) {
		complain("rm takes names");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || store_lock(&store, LOCK_READER) < 0)
		return EXIT_FAILED;
	for (int i = 0; i < argc; i++) {
		if (ref_read(&store, argv[i], &ref) < 0)
			return EXIT_FAILED;
		ref_free(&ref);
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
	if (options.json) {
		removed = json_array();
		for (int i = 0; i < argc; i++)
			json_array_append_new(removed, json_string(argv[i]));
		json_print(json_pack("{s:o}", "removed", removed));
	}
	return EXIT_OK;
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
