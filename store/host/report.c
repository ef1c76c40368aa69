/* nacre store diff, du, status: comparing and counting. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/kept.h"

/* --- diff --- */

struct difference {
	json_t *list;
	u64 count;
	bool silent; /* only count */
};

static void differs(struct difference *d, const char *how, const char *path)
{
	json_t *item;

	d->count++;
	if (d->silent)
		return;
	if (!options.json) {
		printf("%s ", how);
		print_name(stdout, path, strlen(path));
		putchar('\n');
		return;
	}
	item = json_pack("{s:s}", "change", how);
	json_object_set_new(item, "path", json_name(path, strlen(path)));
	json_array_append_new(d->list, item);
}

static void all_below(struct difference *d, const char *how, const char *path,
		      const struct inode *inode)
{
	differs(d, how, path);
	for (u32 i = 0; i < inode->entry_count; i++) {
		char *below = xprintf("%s/%s", path, inode->entries[i]->name);

		all_below(d, how, below, inode->entries[i]->inode);
		free(below);
	}
}

static bool same_content(const struct inode *a, const struct inode *b)
{
	if (inode_is(a, S_IFLNK))
		return strcmp(a->target, b->target) == 0;
	if (inode_is(a, S_IFCHR) || inode_is(a, S_IFBLK))
		return a->rdev == b->rdev;
	if (a->content != b->content || a->size != b->size)
		return false;
	return a->content == CONTENT_OBJECT ? memcmp(a->digest, b->digest, DIGEST_SIZE) == 0 :
					      memcmp(a->bytes, b->bytes, INLINE_MAX) == 0;
}

static bool same_metadata(const struct inode *a, const struct inode *b)
{
	if (a->mode != b->mode || a->uid != b->uid || a->gid != b->gid || a->mtime != b->mtime ||
	    a->mtime_nsec != b->mtime_nsec || a->xattr_count != b->xattr_count ||
	    (!inode_is(a, S_IFDIR) && a->links != b->links))
		return false;
	for (u32 i = 0; i < a->xattr_count; i++)
		if (strcmp(a->xattrs[i].name, b->xattrs[i].name) != 0 ||
		    a->xattrs[i].size != b->xattrs[i].size ||
		    memcmp(a->xattrs[i].value, b->xattrs[i].value, a->xattrs[i].size) != 0)
			return false;
	return true;
}

static int name_order(const struct entry *a, const struct entry *b)
{
	return strcmp(a->name, b->name);
}

/* Both sorted. The depth is bounded by the walk that made the trees. */
static void compare(struct difference *d, const char *path, const struct inode *a,
		    const struct inode *b)
{
	u32 i = 0, j = 0;

	if ((a->mode & S_IFMT) != (b->mode & S_IFMT)) {
		differs(d, "T", path);
		return;
	}
	if (!inode_is(a, S_IFDIR) && !same_content(a, b))
		differs(d, "M", path);
	else if (!same_metadata(a, b))
		differs(d, "m", path[0] == 0 ? "." : path);
	while (i < a->entry_count || j < b->entry_count) {
		const struct entry *x = i < a->entry_count ? a->entries[i] : NULL;
		const struct entry *y = j < b->entry_count ? b->entries[j] : NULL;
		int order = x == NULL ? 1 : y == NULL ? -1 : name_order(x, y);
		char *below = xprintf("%s%s%s", path, path[0] == 0 ? "" : "/",
				      order <= 0 ? x->name : y->name);

		if (order < 0)
			all_below(d, "-", below, x->inode);
		else if (order > 0)
			all_below(d, "+", below, y->inode);
		else
			compare(d, below, x->inode, y->inode);
		i += order <= 0;
		j += order >= 0;
		free(below);
	}
}

bool same_below(const struct inode *a, const struct inode *b)
{
	struct difference d = { .silent = true };

	compare(&d, "", a, b);
	return d.count == 0;
}

int store_diff(int argc, char **argv)
{
	struct difference d = { 0 };
	struct mapped a, b;
	struct tree *x, *y;
	struct store store;

	if (argc != 2) {
		complain("diff takes two names");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || image_map_name(&store, argv[0], &a) < 0 ||
	    image_map_name(&store, argv[1], &b) < 0)
		return EXIT_FAILED;
	x = image_to_tree(&a.image);
	y = image_to_tree(&b.image);
	if (x == NULL || y == NULL)
		return EXIT_FAILED;
	tree_sort(x);
	tree_sort(y);
	d.list = json_array();
	compare(&d, "", x->root.inode, y->root.inode);
	if (options.json)
		json_print(d.list);
	return d.count == 0 ? EXIT_OK : EXIT_DIFFERENT;
}

/* --- du --- */

struct usage {
	char *name;
	struct digest_set *objects; /* number: size + 1 */
	u64 apparent, inlined;
	u64 files;
};

static int usage_visit(struct visit *visit)
{
	struct usage *usage = visit->context;

	if (!visit->first || !S_ISREG(visit->inode.mode))
		return 0;
	usage->files++;
	usage->apparent += visit->inode.size;
	return 0;
}

static int measure(struct store *store, const char *name, struct usage *ret)
{
	struct mapped mapped;
	int result;

	memset(ret, 0, sizeof(*ret));
	if (image_map_name(store, name, &mapped) < 0)
		return -1;
	ret->name = xprintf("%s", name);
	ret->objects = digest_set_create();
	result = mark_objects(&mapped.image, ret->objects);
	if (result == 0)
		result = image_walk(&mapped.image, mapped.image.root, usage_visit, ret);
	image_unmap(&mapped);
	return result;
}

/* Bytes of the set's objects; only: those that no more than one image uses. */
static u64 object_bytes(const struct digest_set *set, const struct digest_set *users, bool only)
{
	u64 bytes = 0, *number;
	const u8 *digest;
	u32 cursor = 0;

	while ((digest = digest_set_next(set, &cursor, &number)) != NULL)
		if (!only || *digest_set_find(users, digest) == 1)
			bytes += *number - 1;
	return bytes;
}

static void print_usage(const struct usage *usage, const struct digest_set *users, json_t *list)
{
	u64 stored = object_bytes(usage->objects, users, false);
	u64 own = object_bytes(usage->objects, users, true);
	char sizes[3][16];

	if (options.json) {
		json_array_append_new(list,
				      json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "name",
						usage->name, "files", (json_int_t)usage->files,
						"bytes", (json_int_t)usage->apparent, "objects",
						(json_int_t)digest_set_count(usage->objects),
						"object_bytes", (json_int_t)stored, "own_bytes",
						(json_int_t)own));
		return;
	}
	print_size(sizes[0], usage->apparent);
	print_size(sizes[1], stored);
	print_size(sizes[2], own);
	printf("%-24s %8llu files %12s, stored %12s, its own %12s\n", usage->name,
	       (unsigned long long)usage->files, sizes[0], sizes[1], sizes[2]);
}

static int measure_all(struct store *store, struct usage *usages, char **names, u32 count,
		       struct digest_set *users)
{
	for (u32 i = 0; i < count; i++) {
		const u8 *digest;
		u32 cursor = 0;

		if (measure(store, names[i], &usages[i]) < 0)
			return -1;
		while ((digest = digest_set_next(usages[i].objects, &cursor, NULL)) != NULL)
			++*digest_set_add(users, digest, NULL);
	}
	return 0;
}

int store_du(int argc, char **argv)
{
	struct digest_set *users = digest_set_create();
	json_t *list = json_array();
	struct usage *usages;
	struct store store;
	u32 count = (u32)argc;
	char **names = argv;

	if (store_open(&store, false) < 0)
		return EXIT_FAILED;
	if (argc == 0) {
		struct ref *refs = ref_list(&store, &count);

		if (refs == NULL)
			return EXIT_FAILED;
		names = xcalloc(count, sizeof(*names));
		for (u32 i = 0; i < count; i++)
			names[i] = refs[i].name;
		free(refs);
	}
	usages = xcalloc(count, sizeof(*usages));
	if (measure_all(&store, usages, names, count, users) < 0)
		return EXIT_FAILED;
	for (u32 i = 0; i < count; i++)
		print_usage(&usages[i], users, list);
	if (options.json)
		json_print(list);
	return EXIT_OK;
}

/* --- status --- */

struct total {
	int dir;
	u64 count, bytes;
};

static int total_visit(const char *path, const u8 *digest, void *context)
{
	struct total *total = context;
	struct stat st;

	if (digest != NULL && fstatat(total->dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		total->count++;
		total->bytes += (u64)st.st_size;
	}
	return 0;
}

static u64 count_files(struct store *store, const char *folder)
{
	int fd = openat(store->fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	u64 count = 0;

	while (listing != NULL && (entry = readdir(listing)) != NULL)
		count += entry->d_name[0] != '.';
	if (listing != NULL)
		closedir(listing);
	return count;
}

int store_status(int argc, char **argv)
{
	struct total objects = { 0 }, images = { 0 };
	char object_size[16], image_size[16];
	struct store store;
	u64 temporaries, quarantined, used;
	u32 names, protected = 0;
	struct ref *refs;

	(void)argv;
	if (argc != 0) {
		complain("status takes no argument");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0)
		return EXIT_FAILED;
	objects.dir = store.objects;
	images.dir = store.images;
	if (for_each_stored(objects.dir, total_visit, &objects) < 0 ||
	    for_each_stored(images.dir, total_visit, &images) < 0)
		return EXIT_FAILED;
	refs = ref_list(&store, &names);
	if (refs == NULL)
		return EXIT_FAILED;
	for (u32 i = 0; i < names; i++)
		protected += ref_is_protected(&refs[i]);
	ref_list_free(refs, names);
	used = layers_in_use(&store);
	temporaries = count_files(&store, "tmp");
	quarantined = count_files(&store, "quarantine");
	if (options.json) {
		json_print(json_pack("{s:o, s:i, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
				     "store",
				     json_name(store.path, strlen(store.path)), "format", 1,
				     "digest", "fsverity-sha256-12", "names", (int)names,
				     "protected", (int)protected, "images",
				     (json_int_t)images.count, "image_bytes",
				     (json_int_t)images.bytes, "objects", (json_int_t)objects.count,
				     "object_bytes", (json_int_t)objects.bytes, "temporaries",
				     (json_int_t)temporaries, "quarantined",
				     (json_int_t)quarantined, "layers", (json_int_t)used));
		return EXIT_OK;
	}
	print_size(object_size, objects.bytes);
	print_size(image_size, images.bytes);
	printf("store %s, format 1\n"
	       "%u names, %u of them protected, %llu images (%s), %llu objects (%s)\n"
	       "%llu temporary files, %llu files in quarantine, %llu layers in use\n",
	       store.path, names, protected, (unsigned long long)images.count, image_size,
	       (unsigned long long)objects.count, object_size, (unsigned long long)temporaries,
	       (unsigned long long)quarantined, (unsigned long long)used);
	return EXIT_OK;
}
