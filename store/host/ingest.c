/* nacre store ingest and commit: making images. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/kept.h"

static void report_left_out(const json_t *list)
{
	size_t i;
	json_t *item;

	if (options.quiet || options.json || json_array_size(list) == 0)
		return;
	fprintf(stderr, "nacre store: left out (--no-filter keeps what looks like a secret):\n");
	json_array_foreach (list, i, item) {
		const json_t *path = json_object_get(item, "path");

		fputs("  ", stderr);
		if (json_is_string(path))
			print_name(stderr, json_string_value(path), json_string_length(path));
		else
			fputs(json_string_value(json_object_get(path, "hex")), stderr);
		fprintf(stderr, ": %s\n", json_string_value(json_object_get(item, "why")));
	}
}

static int left_out_order(const void *a, const void *b)
{
	const json_t *x = json_object_get(*(json_t *const *)a, "path");
	const json_t *y = json_object_get(*(json_t *const *)b, "path");

	if (json_is_string(x) != json_is_string(y))
		return json_is_string(x) ? -1 : 1;
	return json_is_string(x) ? strcmp(json_string_value(x), json_string_value(y)) :
				   strcmp(json_string_value(json_object_get(x, "hex")),
					  json_string_value(json_object_get(y, "hex")));
}

/* Several threads have found them. */
static void sort_left_out(json_t *list)
{
	size_t count = json_array_size(list);
	json_t **items = xmalloc((count + 1) * sizeof(*items));

	for (size_t i = 0; i < count; i++)
		items[i] = json_incref(json_array_get(list, i));
	qsort(items, count, sizeof(*items), left_out_order);
	for (size_t i = 0; i < count; i++)
		json_array_set_new(list, i, items[i]);
	free(items);
}

static void report(const struct ingest *in, const u8 *digest)
{
	char hex[HEX_SIZE], all[16], fresh[16];

	hex_text(digest, hex);
	if (options.json) {
		json_print(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:O}", "name",
				     options.name, "image", hex, "files", (json_int_t)in->files,
				     "bytes", (json_int_t)in->bytes, "unread",
				     (json_int_t)in->skipped, "new_objects",
				     (json_int_t)in->batch.new_objects, "new_bytes",
				     (json_int_t)in->batch.new_bytes, "left_out", in->left_out));
		return;
	}
	print_size(all, in->bytes);
	print_size(fresh, in->batch.new_bytes);
	printf("%s  %s\n", hex, options.name);
	if (!options.quiet)
		fprintf(stderr,
			"nacre store: %llu files, %s; %llu unchanged since the last time; "
			"%llu new objects, %s\n",
			(unsigned long long)in->files, all, (unsigned long long)in->skipped,
			(unsigned long long)in->batch.new_objects, fresh);
}

/* Everything is read: objects to their names, then the image, then its name. */
static int finish(struct ingest *in)
{
	struct ref ref = { .name = (char *)options.name };

	if (interrupted() || batch_publish(&in->batch) < 0 ||
	    image_publish(in->store, in->tree, ref.digest) < 0 ||
	    name_check(in->store, options.name) < 0 || ref_write(in->store, &ref) < 0)
		return -1;
	sort_left_out(in->left_out);
	report_left_out(in->left_out);
	report(in, ref.digest);
	return 0;
}

static int read_source(struct ingest *in, const char *source)
{
	struct stat st;

	if (strcmp(source, "-") != 0 && stat(source, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (is_oci_layout(source))
			return read_oci(in, source);
		in->cache = cache_load(in->store, source);
		return scan_directory(in, source);
	}
	return read_archive(in, source);
}

/* --- --mode=move --- */

static bool unchanged(const struct inode *inode, const struct stat *st)
{
	return st->st_dev == inode->source_dev && st->st_ino == inode->source_ino &&
	       (st->st_mode & S_IFMT) == (inode->mode & S_IFMT) &&
	       st->st_mtim.tv_sec == inode->mtime &&
	       (u32)st->st_mtim.tv_nsec == inode->mtime_nsec &&
	       st->st_ctim.tv_sec == inode->source_ctime &&
	       (u32)st->st_ctim.tv_nsec == inode->source_ctime_nsec;
}

/* What is as it was read, or not there any more. */
static int remove_file(int dir, const char *name, struct inode *inode)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int result = -1;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == 0 && unchanged(inode, &st) && unlinkat(dir, name, 0) == 0) {
		result = 0;
		/* That was a change, too, of the file that its other names are of. */
		if (st.st_nlink > 1 && fstat(fd, &st) == 0) {
			inode->source_ctime = st.st_ctim.tv_sec;
			inode->source_ctime_nsec = (u32)st.st_ctim.tv_nsec;
		}
	}
	close(fd);
	return result;
}

/* Deepest first; what changed meanwhile and what was left out stays, with its directories. */
static int remove_below(struct ingest *in, struct entry *dir)
{
	struct inode *inode = dir->inode;
	char *path = entry_path(dir);
	int fd = open_beneath(in->source, path[0] == 0 ? "." : path, O_RDONLY | O_DIRECTORY);
	int result = fd < 0 && errno != ENOENT ? -1 : 0;

	for (u32 i = 0; fd >= 0 && i < inode->entry_count; i++) {
		struct entry *entry = inode->entries[i];

		if (!inode_is(entry->inode, S_IFDIR)) {
			if (remove_file(fd, entry->name, entry->inode) < 0)
				result = -1;
		} else if (remove_below(in, entry) < 0 ||
			   (unlinkat(fd, entry->name, AT_REMOVEDIR) < 0 && errno != ENOENT)) {
			result = -1;
		}
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return result;
}

int remove_source(struct ingest *in, const char *path)
{
	int result = remove_below(in, &in->tree->root);

	if (result == 0 && rmdir(path) < 0)
		result = -1;
	if (result < 0)
		complain("%s: something was left there", path);
	return 0;
}

int store_ingest(int argc, char **argv)
{
	struct store store;
	struct ingest in;
	int status = EXIT_FAILED;

	if (argc != 1) {
		complain("ingest takes one source");
		return EXIT_FAILED;
	}
	if (store_open(&store, true) < 0 || name_check(&store, options.name) < 0 ||
	    store_lock(&store, LOCK_READER) < 0)
		return EXIT_FAILED;
	ingest_init(&in, &store);
	if (read_source(&in, argv[0]) == 0 && finish(&in) == 0) {
		status = EXIT_OK;
		if (in.cache != NULL)
			cache_save(&store, in.cache);
		if (options.move && in.source < 0)
			complain("%s: only a directory is moved; it is still there", argv[0]);
		else if (options.move && remove_source(&in, argv[0]) < 0)
			status = EXIT_FAILED;
	}
	ingest_fini(&in);
	store_close(&store);
	return status;
}

/* --- commit --- */

/* The value of an overlay attribute, privileged or not; NULL: not there. */
static const struct tree_xattr *overlay_xattr(const struct inode *inode, const char *name)
{
	for (u32 i = 0; i < inode->xattr_count; i++) {
		const char *at = inode->xattrs[i].name;

		if (strncmp(at, "trusted.overlay.", 16) == 0)
			at += 16;
		else if (strncmp(at, "user.overlay.", 13) == 0)
			at += 13;
		else
			continue;
		if (strcmp(at, name) == 0)
			return &inode->xattrs[i];
	}
	return NULL;
}

static bool is_whiteout(const struct inode *inode)
{
	return (inode_is(inode, S_IFCHR) && inode->rdev == 0) ||
	       (inode_is(inode, S_IFREG) && overlay_xattr(inode, "whiteout") != NULL);
}

/* What overlayfs keeps for itself is no part of the file. */
static void strip_overlay(struct inode *inode)
{
	u32 kept = 0;

	for (u32 i = 0; i < inode->xattr_count; i++) {
		struct tree_xattr *xattr = &inode->xattrs[i];

		if (strncmp(xattr->name, "trusted.overlay.", 16) == 0 ||
		    strncmp(xattr->name, "user.overlay.", 13) == 0) {
			free(xattr->name);
			free(xattr->value);
		} else {
			inode->xattrs[kept++] = *xattr;
		}
	}
	inode->xattr_count = kept;
}

struct pair {
	struct entry *upper, *base;
};

static void copy_directory(struct inode *to, const struct inode *from)
{
	to->mode = from->mode;
	to->uid = from->uid;
	to->gid = from->gid;
	to->mtime = from->mtime;
	to->mtime_nsec = from->mtime_nsec;
	inode_clear_xattrs(to);
	for (u32 i = 0; i < from->xattr_count; i++)
		inode_set_xattr(to, from->xattrs[i].name, from->xattrs[i].value,
				from->xattrs[i].size);
}

/* One name of the upper layer into the base; *ret_dir where to go on, or NULL. */
static int merge_entry(struct tree *tree, struct entry *base_dir, struct entry *upper,
		       struct entry **ret_dir)
{
	struct entry *old = tree_find(tree, base_dir, upper->name, upper->len);
	struct inode *inode = upper->inode;
	bool opaque = overlay_xattr(inode, "opaque") != NULL;

	*ret_dir = NULL;
	if (overlay_xattr(inode, "redirect") != NULL || overlay_xattr(inode, "metacopy") != NULL) {
		complain("%s: refers to the layer below it, which cannot be followed", upper->name);
		return -1;
	}
	if (is_whiteout(inode)) {
		if (old != NULL)
			tree_remove(tree, old);
		return 0;
	}
	if (inode_is(inode, S_IFDIR)) {
		if (old != NULL && (opaque || !inode_is(old->inode, S_IFDIR))) {
			tree_remove(tree, old);
			old = NULL;
		}
		if (old == NULL)
			old = tree_add(tree, base_dir, upper->name, upper->len,
				       inode_create(S_IFDIR));
		strip_overlay(inode);
		copy_directory(old->inode, inode);
		*ret_dir = old;
		return 0;
	}
	strip_overlay(inode);
	if (old != NULL)
		tree_remove(tree, old);
	tree_add(tree, base_dir, upper->name, upper->len, inode);
	return 0;
}

static int merge(struct tree *base, struct tree *upper)
{
	struct pair *queue = xmalloc((upper->count + 1) * sizeof(*queue));
	u32 count = 1;
	int result = 0;

	strip_overlay(upper->root.inode);
	copy_directory(base->root.inode, upper->root.inode);
	queue[0] = (struct pair){ &upper->root, &base->root };
	for (u32 i = 0; i < count && result == 0; i++) {
		struct inode *dir = queue[i].upper->inode;

		for (u32 j = 0; j < dir->entry_count && result == 0; j++) {
			struct entry *next;

			result = merge_entry(base, queue[i].base, dir->entries[j], &next);
			if (result == 0 && next != NULL)
				queue[count++] = (struct pair){ dir->entries[j], next };
		}
	}
	free(queue);
	return result;
}

int store_commit(int argc, char **argv)
{
	struct tree *base, *upper;
	struct mapped mapped;
	struct store store;
	struct ingest in;
	int status = EXIT_FAILED;

	if (argc != 2) {
		complain("commit takes an image and a directory of changes");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || name_check(&store, options.name) < 0 ||
	    store_lock(&store, LOCK_READER) < 0 || image_map_name(&store, argv[0], &mapped) < 0)
		return EXIT_FAILED;
	base = image_to_tree(&mapped.image);
	if (base == NULL)
		return EXIT_FAILED;
	ingest_init(&in, &store);
	if (scan_directory(&in, argv[1]) == 0 && merge(base, in.tree) == 0) {
		upper = in.tree;
		in.tree = base;
		status = finish(&in) == 0 ? EXIT_OK : EXIT_FAILED;
		in.tree = upper;
	}
	tree_destroy(base);
	ingest_fini(&in);
	image_unmap(&mapped);
	store_close(&store);
	return status;
}
