/*
 * nacre store protect, unprotect: images and files in them that are not to change.
 *
 * OVERVIEW. What is protected stands in the name's file (ref.c), as a whole or path by path. The
 * store's commands refuse to let a protected name go or be another image; the broker tells the
 * paths to the sandbox's kernel, which lets nobody inside change them; and where the host grants
 * it, its immutable flag is on the files: of a name that is protected as a whole the name itself,
 * its image and its objects; of paths their objects only, as :sync still makes new images.
 *
 * Objects are shared: one that any protected name needs keeps the flag. That is no burden to the
 * other images that use it, as nothing ever writes to an object, and gc removes none that is used.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "store/host/kept.h"

#define NAME_IS_WRITTEN                                                                    \
	"'%s' is written to by a sandbox that has it mounted :sync, or has changes of one " \
	"that could not be brought into it (nacre store fsck)"

/* --- what commands ask --- */

static int check(struct store *store, const char *name, bool sync)
{
	struct ref ref;
	bool whole, paths;

	if (name == NULL || !store_name_ok(name)) {
		complain(name == NULL ? "--name is missing" : NAME_RULE);
		return -1;
	}
	if (faccessat(store->refs, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (ref_read(store, name, &ref) < 0)
		return -1;
	whole = ref.text.protected;
	paths = ref.text.path_count != 0;
	ref_free(&ref);
	if (!whole && (!paths || sync))
		return 0;
	complain("'%s' %s protected (nacre store unprotect %s)", name,
		 whole ? "is" : "has files that are", name);
	return -1;
}

int name_check(struct store *store, const char *name)
{
	if (check(store, name, false) < 0)
		return -1;
	if (!layer_holds(store, name))
		return 0;
	complain(NAME_IS_WRITTEN, name);
	return -1;
}

int name_check_sync(struct store *store, const char *name)
{
	return check(store, name, true);
}

/* The path as plain_path() makes it. */
static bool path_is_protected(const struct ref_text *text, const char *path)
{
	if (text->protected)
		return true;
	for (u32 i = 0; i < text->path_count; i++) {
		size_t len = strlen(text->paths[i]);

		if (strncmp(path, text->paths[i], len) == 0 && (path[len] == 0 || path[len] == '/'))
			return true;
	}
	return false;
}

json_t *json_protected(const struct ref_text *text)
{
	json_t *list = json_array();

	for (u32 i = 0; i < text->path_count; i++)
		json_array_append_new(list, json_name(text->paths[i], strlen(text->paths[i])));
	return list;
}

static struct inode *inode_at(struct tree *tree, const char *path)
{
	struct entry *entry = &tree->root;

	while (entry != NULL && *path != 0) {
		size_t len = strcspn(path, "/");

		entry = inode_is(entry->inode, S_IFDIR) ?
				tree_find(tree, entry, path, (u32)len) : NULL;
		path += len + (path[len] == '/');
	}
	return entry == NULL ? NULL : entry->inode;
}

static struct tree *tree_of(struct store *store, const u8 digest[DIGEST_SIZE])
{
	struct mapped mapped;
	struct tree *tree;

	if (image_map(store, digest, true, &mapped) < 0)
		return NULL;
	tree = image_to_tree(&mapped.image);
	image_unmap(&mapped);
	if (tree != NULL)
		tree_sort(tree);
	return tree;
}

int same_protected(struct store *store, const struct ref *ref, const u8 other[DIGEST_SIZE])
{
	struct tree *old, *new;
	int same = -1;

	if (ref->text.path_count == 0)
		return 1;
	old = tree_of(store, ref->digest);
	new = tree_of(store, other);
	if (old != NULL && new != NULL)
		same = 1;
	for (u32 i = 0; i < ref->text.path_count && same > 0; i++) {
		const struct inode *a = inode_at(old, ref->text.paths[i]);
		const struct inode *b = inode_at(new, ref->text.paths[i]);

		same = a != NULL && b != NULL && same_below(a, b);
	}
	if (old != NULL)
		tree_destroy(old);
	if (new != NULL)
		tree_destroy(new);
	return same;
}

/* --- paths --- */

/* As protect_path_ok() has it, "" for all; NULL: it cannot be. Freed by the caller. */
static char *plain_path(const char *path)
{
	char *plain = xmalloc(strlen(path) + 1), *to = plain;

	for (const char *at = path; *at != 0;) {
		size_t len = strcspn(at, "/");

		if (len != 0 && !(len == 1 && at[0] == '.')) {
			if (to != plain)
				*to++ = '/';
			memcpy(to, at, len);
			to += len;
		}
		at += len + (at[len] == '/');
	}
	*to = 0;
	if (plain[0] == 0 || protect_path_ok(plain))
		return plain;
	free(plain);
	return NULL;
}

bool name_protects(struct store *store, const char *name, const char *path)
{
	char *plain = plain_path(path);
	struct ref ref;
	bool protects = false;

	if (plain != NULL && faccessat(store->refs, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ref_read(store, name, &ref) == 0) {
		protects = path_is_protected(&ref.text, plain);
		ref_free(&ref);
	}
	free(plain);
	return protects;
}

/* The inode that lies there, no link followed: 0, or -1 after saying why not. */
static int exact_path(const struct image *image, const char *path, struct image_inode *ret)
{
	struct image_entry entry = { .nid = image->root };
	const char *at = path;
	int result = image_inode(image, image->root, ret);

	while (result == 0 && *at != 0) {
		size_t len = strcspn(at, "/");

		result = image_lookup(image, ret, at, (u32)len, &entry);
		if (result == 0)
			result = image_inode(image, entry.nid, ret);
		at += len + (at[len] == '/');
		if (result == 0 && *at != 0 && S_ISLNK(ret->mode)) {
			complain("%s: leads through a symbolic link; what is protected is where it "
				 "leads to",
				 path);
			return -1;
		}
		if (result == 0 && *at != 0 && !S_ISDIR(ret->mode))
			result = -ENOTDIR;
	}
	if (result < 0)
		complain("%s: %s", path, strerror(-result));
	return result < 0 ? -1 : 0;
}

/* --- the host's files --- */

struct flags {
	u64 done, refused;
};

static void flag(struct flags *flags, int dir, const char *path, bool on)
{
	*(set_immutable(dir, path, on) < 0 ? &flags->refused : &flags->done) += 1;
}

static int object_visit(struct visit *visit)
{
	u8 digest[DIGEST_SIZE];

	if (image_object(visit->image, &visit->inode, digest) == 0)
		digest_set_add(visit->context, digest, NULL);
	return 0;
}

/* The objects of what a name protects, added to the set. */
static int protected_objects(const struct image *image, const struct ref_text *text,
			     struct digest_set *set)
{
	struct image_inode inode;

	if (text->protected)
		return mark_objects(image, set);
	for (u32 i = 0; i < text->path_count; i++)
		if (exact_path(image, text->paths[i], &inode) < 0 ||
		    image_walk(image, inode.nid, object_visit, set) < 0)
			return -1;
	return 0;
}

bool protected_paths_exist(const struct image *image, const struct ref_text *text)
{
	struct image_inode inode;

	for (u32 i = 0; i < text->path_count; i++)
		if (exact_path(image, text->paths[i], &inode) < 0)
			return false;
	return true;
}

/* Those of all protected names but one, and with them the images. */
static int protected_by_others(struct store *store, const char *but, struct digest_set *objects,
			       struct digest_set *images)
{
	u32 count;
	struct ref *refs = ref_list(store, &count);
	int result = refs == NULL ? -1 : 0;

	for (u32 i = 0; i < count && result == 0; i++) {
		struct mapped mapped;

		if (!ref_is_protected(&refs[i]) || strcmp(refs[i].name, but) == 0)
			continue;
		result = image_map(store, refs[i].digest, false, &mapped);
		if (result < 0)
			break;
		result = protected_objects(&mapped.image, &refs[i].text, objects);
		if (refs[i].text.protected)
			digest_set_add(images, refs[i].digest, NULL);
		image_unmap(&mapped);
	}
	ref_list_free(refs, count);
	return result;
}

static void flag_objects(struct store *store, const struct digest_set *set,
			 const struct digest_set *but, bool on, struct flags *flags)
{
	char path[OBJECT_PATH_SIZE];
	const u8 *digest;
	u32 cursor = 0;

	while ((digest = digest_set_next(set, &cursor, NULL)) != NULL) {
		if (but != NULL && digest_set_find(but, digest) != NULL)
			continue;
		object_path(digest, path);
		flag(flags, store->objects, path, on);
	}
}

/* What was protected, is no longer, and nobody else needs. */
static int flags_clear(struct store *store, const struct mapped *mapped, const struct ref *was,
		       const struct ref *is, struct flags *flags)
{
	struct digest_set *old = digest_set_create(), *keep = digest_set_create();
	struct digest_set *images = digest_set_create();
	char path[OBJECT_PATH_SIZE];
	int result = protected_objects(&mapped->image, &was->text, old);

	if (result == 0)
		result = protected_objects(&mapped->image, &is->text, keep);
	if (result == 0)
		result = protected_by_others(store, was->name, keep, images);
	if (result == 0)
		flag_objects(store, old, keep, false, flags);
	if (result == 0 && was->text.protected && !is->text.protected &&
	    digest_set_find(images, was->digest) == NULL) {
		object_path(was->digest, path);
		flag(flags, store->images, path, false);
	}
	digest_set_destroy(old);
	digest_set_destroy(keep);
	digest_set_destroy(images);
	return result;
}

static int flags_set(struct store *store, const struct mapped *mapped, const struct ref *ref,
		     struct flags *flags)
{
	struct digest_set *set = digest_set_create();
	char path[OBJECT_PATH_SIZE];
	int result = protected_objects(&mapped->image, &ref->text, set);

	if (result == 0)
		flag_objects(store, set, NULL, true, flags);
	if (ref->text.protected) {
		object_path(ref->digest, path);
		flag(flags, store->images, path, true);
		flag(flags, store->refs, ref->name, true);
	}
	digest_set_destroy(set);
	return result;
}

/* --- the commands --- */

static u32 path_index(const struct ref_text *text, const char *path)
{
	u32 i = 0;

	while (i < text->path_count && strcmp(text->paths[i], path) != 0)
		i++;
	return i;
}

static int add_path(const struct image *image, struct ref_text *text, char *path)
{
	struct image_inode inode;

	if (exact_path(image, path, &inode) < 0)
		return -1;
	if (path_is_protected(text, path))
		return 0;
	if (text->path_count == PROTECT_PATHS_MAX) {
		complain("more than %u protected paths: protect a directory of them",
			 PROTECT_PATHS_MAX);
		return -1;
	}
	text->paths = xrealloc(text->paths, (text->path_count + 1) * sizeof(*text->paths));
	text->paths[text->path_count++] = xprintf("%s", path);
	return 0;
}

static int remove_path(const char *name, struct ref_text *text, const char *path)
{
	u32 i = path_index(text, path);

	if (text->protected || i == text->path_count) {
		complain(text->protected ? "'%s' is protected as a whole: unprotect it without a "
					   "path, not %s" :
					   "'%s' does not protect %s itself (nacre store ls)",
			 name, path);
		return -1;
	}
	free(text->paths[i]);
	text->paths[i] = text->paths[--text->path_count];
	return 0;
}

static void clear_paths(struct ref_text *text)
{
	bool protected = text->protected;

	ref_text_free(text);
	text->protected = protected;
}

/* What the name shall protect; paths of the command line. */
static int change(const struct image *image, struct ref *ref, int count, char **paths, bool on)
{
	int result = 0;

	if (count == 0) {
		if (!on)
			clear_paths(&ref->text);
		ref->text.protected = on;
	}
	for (int i = 0; i < count && result == 0; i++) {
		char *path = plain_path(paths[i]);

		if (path == NULL) {
			complain("%s: not a path in an image", paths[i]);
			return -1;
		}
		if (path[0] == 0)
			result = change(image, ref, 0, NULL, on);
		else
			result = on ? add_path(image, &ref->text, path) :
				      remove_path(ref->name, &ref->text, path);
		free(path);
	}
	return result;
}

static void report(const struct ref *ref, const struct flags *flags, bool on)
{
	if (options.json)
		json_print(json_pack("{s:s, s:b, s:o, s:I, s:I}", "name", ref->name, "protected",
				     ref->text.protected, "protected_paths",
				     json_protected(&ref->text), "immutable",
				     (json_int_t)(on ? flags->done : 0), "refused",
				     (json_int_t)flags->refused));
	if (on && flags->refused != 0 && !options.quiet)
		fprintf(stderr,
			"nacre store: the host grants no immutable flag for %llu of %llu files: "
			"'%s' is protected against nacre's commands and in sandboxes\n",
			(unsigned long long)flags->refused,
			(unsigned long long)(flags->refused + flags->done), ref->name);
}

/* The flag would be in the way of replacing the name's file. */
static int unlock_name(struct store *store, const char *name)
{
	int fd = openat(store->refs, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int flags = 0;
	bool flagged = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
		       (flags & FS_IMMUTABLE_FL);

	if (fd >= 0)
		close(fd);
	if (!flagged || set_immutable(store->refs, name, false) == 0)
		return 0;
	complain("'%s' was protected by root, whose right it takes to change that", name);
	return -1;
}

static int protect(struct store *store, const char *name, int count, char **paths, bool on)
{
	struct ref was = { 0 }, ref = { 0 };
	struct flags flags = { 0 };
	struct mapped mapped;
	int result = -1;

	if (ref_read(store, name, &was) < 0)
		return -1;
	if (layer_holds(store, name)) {
		complain(NAME_IS_WRITTEN, name);
	} else if (ref_read(store, name, &ref) == 0 &&
		   image_map(store, ref.digest, true, &mapped) == 0) {
		result = change(&mapped.image, &ref, count, paths, on);
		if (result == 0 && ref.text.path_count != 0)
			result = store_require(store, STORE_PROTECTED_PATHS);
		if (result == 0)
			result = unlock_name(store, name);
		if (result == 0)
			result = ref_write(store, &ref);
		if (result == 0 && !on)
			result = flags_clear(store, &mapped, &was, &ref, &flags);
		if (result == 0 && ref_is_protected(&ref))
			result = flags_set(store, &mapped, &ref, &flags);
		if (result == 0)
			report(&ref, &flags, on);
		image_unmap(&mapped);
	}
	ref_free(&was);
	ref_free(&ref);
	return result;
}

static int run(int argc, char **argv, bool on)
{
	struct store store;
	int lock, result;

	if (argc == 0) {
		complain("%s takes a name and perhaps paths in the image",
			 on ? "protect" : "unprotect");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || store_lock(&store, LOCK_READER) < 0)
		return EXIT_FAILED;
	lock = names_lock(&store);
	result = lock < 0 ? -1 : protect(&store, argv[0], argc - 1, argv + 1, on);
	if (lock >= 0)
		close(lock);
	store_close(&store);
	return result < 0 ? EXIT_FAILED : EXIT_OK;
}

int store_protect(int argc, char **argv)
{
	return run(argc, argv, true);
}

int store_unprotect(int argc, char **argv)
{
	return run(argc, argv, false);
}
