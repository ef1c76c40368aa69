/*
 * Damaged bytes through everything of nacre-store that reads what others wrote: the journal and
 * the log of layers, names, the format, leases, the cache of ingest, archives, OCI layouts and
 * their layers. (Images: image_fuzz.c.)
 *
 * usage: store_fuzz [RUNS [SEED]]
 *
 * Good ones are made, cut and changed, and half of those that carry a sum get a right one again,
 * so that what lies behind it is read, too. A tree that comes of it must make an image that can
 * be opened; nothing may be left in memory or on the disk.
 */
#define _GNU_SOURCE
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/host/kept.h"
#include "store/host/layer.h"

#define DATA_MAX 65536u

struct options options = { .quiet = true, .jobs = 1, .no_filter = true };

static u64 state = 88172645463325252ull;
static char folder[] = "/dev/shm/nacre-store-fuzz-XXXXXX";
static struct store store;
static u64 trees; /* made of what was damaged */

static u64 random_number(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below == 0 ? 0 : state % below;
}

/* One change of len bytes, of which there is room for DATA_MAX; the new length. */
static size_t change(u8 *data, size_t len)
{
	static const u8 marks[] = { 0,	 1,   2,   7,	'.', '/', '\\',
				    '\n', ' ', '0', '9', 127, 128, 255 };
	size_t at = random_number(len), n = random_number(64);

	if (len == 0)
		return 0;
	switch (random_number(6)) {
	case 0:
		data[at] = (u8)random_number(256);
		return len;
	case 1:
		data[at] = marks[random_number(sizeof(marks))];
		return len;
	case 2:
		data[at] ^= (u8)(1u << random_number(8));
		return len;
	case 3: /* a part away */
		n = MIN(n, len - at);
		memmove(data + at, data + at + n, len - at - n);
		return len - n;
	case 4: /* a part somewhere else */
		n = MIN(n, len - at);
		memmove(data + random_number(len - n + 1), data + at, n);
		return len;
	default: /* a part twice */
		n = MIN(n, MIN(len - at, DATA_MAX - len));
		memmove(data + at + n, data + at, len - at);
		return len + n;
	}
}

static size_t changes(u8 *data, size_t len)
{
	for (u64 n = random_number(5); n > 0; n--)
		len = change(data, len);
	return len;
}

static int bytes_fd(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

static void put_file(int dir, const char *name, const void *data, size_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

/* What became a tree can be an image, or is refused. */
static void use_tree(struct tree *tree)
{
	struct image image;
	void *data;
	size_t size;

	tree_sort(tree);
	if (image_build(tree, &data, &size) < 0)
		return;
	if (image_open(&image, data, size, NULL) < 0)
		abort();
	trees++;
	free(data);
}

/* --- layers --- */

static struct entry *add(struct tree *tree, struct entry *dir, const char *name, u32 mode)
{
	struct inode *inode = inode_create(mode);

	if (S_ISLNK(mode))
		inode->target = xprintf("to/%s", name);
	inode_set_xattr(inode, "user.of", name, (u32)strlen(name));
	return tree_add(tree, dir, name, (u32)strlen(name), inode);
}

static void base_image(struct image *ret, void **ret_data)
{
	struct tree *tree = tree_create();
	struct entry *dir;
	size_t size;

	tree->root.inode->mode = S_IFDIR | 0755;
	dir = add(tree, &tree->root, "dir", S_IFDIR | 0755);
	add(tree, dir, "below", S_IFDIR | 0700);
	add(tree, dir, "file", S_IFREG | 0644);
	add(tree, &tree->root, "link", S_IFLNK | 0777);
	add(tree, &tree->root, "fifo", S_IFIFO | 0600);
	tree_sort(tree);
	if (image_build(tree, ret_data, &size) < 0 || image_open(ret, *ret_data, size, NULL) < 0)
		abort();
	tree_destroy(tree);
}

static size_t record(u8 *at, u32 type, u64 id, const void *body, size_t size, const char *text,
		     size_t text_len)
{
	struct layer_record *r = (struct layer_record *)at;
	size_t len = (sizeof(r->head) + size + text_len + 7) & ~(size_t)7;

	memset(at, 0, len);
	r->head = (struct layer_head){ .magic = LAYER_MAGIC, .len = (u32)len, .type = type,
				       .id = id };
	memcpy(at + sizeof(r->head), body, size);
	memcpy(at + sizeof(r->head) + size, text, text_len);
	r->head.sum = layer_sum(r);
	return len;
}

static size_t put_node(u8 *at, u64 id, u32 mode, u64 lower, const char *target)
{
	struct layer_node n = { .mode = mode, .nlink = 1, .mtime = { 1, 2 } };
	char text[64];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)lower);
	if (lower != ~0ull)
		n.flags = LAYER_HAS_LOWER;
	else if (target != NULL)
		snprintf(text, sizeof(text), "%s", target);
	else
		text[0] = 0;
	n.text_len = (u32)strlen(text);
	n.flags |= S_ISREG(mode) ? LAYER_HAS_DATA : 0;
	return record(at, LAYER_NODE, id, &n, sizeof(n), text, n.text_len);
}

static size_t put_name(u8 *at, u64 dir, const char *name, u64 target, u32 kind)
{
	struct layer_name n = { .kind = kind, .target = target, .len = (u32)strlen(name) };

	return record(at, LAYER_NAME, dir, &n, sizeof(n), name, n.len);
}

static size_t journal_make(u8 *data, const struct image *image)
{
	struct layer_xattr x = { .name_len = 6, .value_len = 2 };
	struct image_inode root;
	struct image_entry dir;
	size_t len = 0;

	if (image_inode(image, image->root, &root) < 0 ||
	    image_lookup(image, &root, "dir", 3, &dir) < 0)
		abort();
	len += put_node(data + len, 1, S_IFDIR | 0755, image->root, NULL);
	len += put_node(data + len, 2, S_IFDIR | 0755, dir.nid, NULL);
	len += put_node(data + len, 3, S_IFREG | 0644, ~0ull, NULL);
	len += put_node(data + len, 4, S_IFDIR | 0711, ~0ull, NULL);
	len += put_node(data + len, 5, S_IFLNK | 0777, ~0ull, "somewhere");
	len += put_name(data + len, 1, "dir", 0, LAYER_WHITEOUT);
	len += put_name(data + len, 1, "moved", 2, LAYER_ENTRY);
	len += put_name(data + len, 2, "file", 0, LAYER_WHITEOUT);
	len += put_name(data + len, 2, "new", 3, LAYER_ENTRY);
	len += put_name(data + len, 1, "hard", 3, LAYER_ENTRY);
	len += put_name(data + len, 2, "deep", 4, LAYER_ENTRY);
	len += put_name(data + len, 4, "l", 5, LAYER_ENTRY);
	len += record(data + len, LAYER_XATTR, 3, &x, sizeof(x), "user.aok", 8);
	len += record(data + len, LAYER_END, 1, &x, 0, "", 0);
	return len;
}

/* Right sums and lengths for as many records as there are. */
static void journal_mend(u8 *data, size_t len)
{
	size_t at = 0;

	while (at + sizeof(struct layer_head) <= len) {
		struct layer_record *r = (struct layer_record *)(data + at);

		if (r->head.len < sizeof(r->head) || r->head.len > len - at || r->head.len % 8 != 0)
			return;
		r->head.magic = LAYER_MAGIC;
		r->head.sum = layer_sum(r);
		at += r->head.len;
	}
}

static int set_content(void *context, struct entry *entry, u64 id)
{
	(void)context;
	entry->inode->content = CONTENT_INLINE;
	entry->inode->size = id % INLINE_MAX;
	return 0;
}

static void fuzz_journal(u8 *data)
{
	static const struct layer_content content = { set_content, NULL };
	static struct image image;
	static void *base;
	struct tree *tree;
	size_t len;
	int fd;

	if (base == NULL)
		base_image(&image, &base);
	len = changes(data, journal_make(data, &image));
	if (random_number(4) != 0)
		journal_mend(data, len);
	fd = bytes_fd(data, len);
	tree = layer_tree(&image, fd, len, random_number(2), &content);
	close(fd);
	if (tree == NULL)
		return;
	use_tree(tree);
	tree_destroy(tree);
}

static void fuzz_log(u8 *data)
{
	struct log_entry entries[4] = { { .id = 1, .content = CONTENT_INLINE, .size = 3 },
					{ .id = 2, .content = CONTENT_OBJECT, .size = 5000 } };
	int fd = bytes_fd("", 0);
	struct log log;
	ssize_t n;

	if (log_append(fd, 100, entries, 4) < 0 || log_append(fd, 200, entries + 1, 1) < 0)
		abort();
	n = pread(fd, data, DATA_MAX / 2, 0);
	close(fd);
	put_file(store.tmp, "log", data, changes(data, (size_t)n));
	if (log_read(store.tmp, "fuzz", &log) == 0) {
		for (u32 i = 0; i < log.count; i++)
			if (log.entries[i].content > CONTENT_OBJECT)
				abort();
		log_free(&log);
	}
	unlinkat(store.tmp, "log", 0);
}

/* --- names, format, cache --- */

static void fuzz_ref(u8 *data)
{
	static const char seed[] =
		"image 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
		"protected\nprotect a/b\\040c/\\134\nprotect etc\n";
	size_t len = changes(data, (size_t)sprintf((char *)data, "%s", seed));
	struct ref_text ref;

	data[len] = 0;
	if (!ref_text_parse((char *)data, &ref))
		return;
	for (u32 i = 0; i < ref.path_count; i++) {
		char *text = protect_path_escape(ref.paths[i]);

		if (!protect_path_ok(ref.paths[i]) || strpbrk(text, "\n ") != NULL)
			abort();
		free(text);
	}
	ref_text_free(&ref);
}

static int count_lease(void *count, const u8 *digest)
{
	(void)digest;
	++*(u64 *)count;
	return 0;
}

/* Whatever is taken for a lease says all that its bytes say. */
static void fuzz_lease(u8 *data)
{
	static const char line[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
	size_t len = 0;
	u64 count = 0;

	for (u64 i = random_number(5); i > 0; i--, len += sizeof(line) - 1)
		memcpy(data + len, line, sizeof(line));
	len = changes(data, len);
	if (lease_parse((const char *)data, len, count_lease, &count) == 0 &&
	    count * (sizeof(line) - 1) != len)
		abort();
}

static void fuzz_format(u8 *data)
{
	unsigned int features = (unsigned int)random_number(4);
	char *text = store_format_text(features);
	size_t len = strlen(text);
	int found;

	memcpy(data, text, len);
	len = changes(data, len);
	data[len] = 0;
	found = store_format_parse((char *)data);
	if (found > 3 || (strcmp((char *)data, text) == 0 && found != (int)features))
		abort();
	free(text);
}

static void fuzz_cache(u8 *data)
{
	struct cache_key key = { .ino = 7, .size = 5 };
	struct cache *cache = cache_load(&store, folder);
	u8 digest[DIGEST_SIZE] = { 1 };
	DIR *listing;
	struct dirent *e;
	int dir = openat(store.fd, "cache", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (key.ino = 1; key.ino < 6; key.ino++)
		cache_add(cache, &key, digest);
	cache_save(&store, cache);
	cache_destroy(cache);
	listing = fdopendir(dir);
	while ((e = readdir(listing)) != NULL) {
		size_t size;
		char *text;

		if (e->d_name[0] == '.')
			continue;
		text = read_small(dir, e->d_name, DATA_MAX / 2, &size);
		memcpy(data, text, size);
		free(text);
		size = changes(data, size);
		if (random_number(2) && size > DIGEST_SIZE)
			sha256(data, size - DIGEST_SIZE, data + size - DIGEST_SIZE);
		put_file(dir, e->d_name, data, size);
	}
	closedir(listing);
	cache = cache_load(&store, folder);
	for (key.ino = 0; key.ino < 8; key.ino++)
		if (cache_find(cache, &key) != NULL)
			digest[1] += *cache_find(cache, &key);
	cache_destroy(cache);
}

/* --- archives --- */

static void write_entry(struct archive *a, const char *path, u32 mode, const char *link, bool hard)
{
	struct archive_entry *e = archive_entry_new();
	char content[200] = "content";

	archive_entry_set_pathname(e, path);
	archive_entry_set_mode(e, mode);
	archive_entry_set_mtime(e, 1000000, 5);
	if (link != NULL && hard)
		archive_entry_set_hardlink(e, link);
	else if (link != NULL)
		archive_entry_set_symlink(e, link);
	else if (S_ISREG(mode))
		archive_entry_set_size(e, sizeof(content));
	if (S_ISREG(mode) && !hard)
		archive_entry_xattr_add_entry(e, "user.x", "1", 1);
	if (archive_write_header(a, e) == ARCHIVE_OK && S_ISREG(mode) && link == NULL)
		(void)!archive_write_data(a, content, sizeof(content));
	archive_entry_free(e);
}

static size_t archive_make(u8 *data, u32 kind)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	if ((kind == 0 ? archive_write_set_format_pax(a) :
	     kind == 1 ? archive_write_set_format_gnutar(a) :
			 archive_write_set_format_zip(a)) != ARCHIVE_OK ||
	    (kind == 2 && archive_write_zip_set_compression_store(a) != ARCHIVE_OK) ||
	    archive_write_add_filter_none(a) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
	    archive_write_open_memory(a, data, DATA_MAX / 2, &used) != ARCHIVE_OK)
		abort();
	write_entry(a, "d/", S_IFDIR | 0755, NULL, false);
	write_entry(a, "d/file", S_IFREG | 0644, NULL, false);
	write_entry(a, "d/link", S_IFLNK | 0777, "file", false);
	write_entry(a, "d/.wh.gone", S_IFREG | 0644, NULL, false);
	if (kind != 2)
		write_entry(a, "hard", S_IFREG | 0644, "d/file", true);
	write_entry(a, "a/very/long/path/that/needs/more/than/a/hundred/bytes/in/the/header/of/an/"
		       "archive/so/that/extensions/are/used",
		    S_IFREG | 0600, NULL, false);
	archive_write_close(a);
	archive_write_free(a);
	return used;
}

/* The headers of 512 bytes whose sums are near get right ones. */
static void tar_mend(u8 *data, size_t len)
{
	for (size_t at = 0; at + 512 <= len; at += 512) {
		u32 sum = 0;

		if (memcmp(data + at + 257, "ustar", 5) != 0)
			continue;
		memset(data + at + 148, ' ', 8);
		for (u32 i = 0; i < 512; i++)
			sum += data[at + i];
		snprintf((char *)data + at + 148, 8, "%06o", sum);
	}
}

static void fuzz_archive(u8 *data)
{
	u32 kind = (u32)random_number(3);
	size_t len = changes(data, archive_make(data, kind));
	struct ingest in;
	char *path;
	int fd;

	if (kind < 2 && random_number(4) != 0)
		tar_mend(data, len);
	ingest_init(&in, &store);
	if (random_number(3) == 0) {
		fd = bytes_fd(data, len);
		if (read_layer(&in, fd, "fuzz") == 0)
			use_tree(in.tree);
	} else {
		fd = bytes_fd(data, len);
		path = xprintf("/proc/self/fd/%d", fd);
		if (read_archive(&in, path) == 0)
			use_tree(in.tree);
		free(path);
		close(fd);
	}
	ingest_fini(&in);
}

static void put_blob(int layout, const void *data, size_t size, char ret_hex[HEX_SIZE])
{
	u8 digest[DIGEST_SIZE];
	char *path;

	sha256(data, size, digest);
	hex_text(digest, ret_hex);
	path = xprintf("blobs/sha256/%s", ret_hex);
	put_file(layout, path, data, size);
	free(path);
}

static int rm_visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void fuzz_oci(u8 *data)
{
	char layer[HEX_SIZE], manifest[HEX_SIZE], *place = xprintf("%s/layout", folder);
	struct ingest in;
	size_t len;
	int dir;

	if (mkdir(place, 0755) < 0 || (dir = open(place, O_RDONLY | O_DIRECTORY)) < 0 ||
	    mkdirat(dir, "blobs", 0755) < 0 || mkdirat(dir, "blobs/sha256", 0755) < 0)
		abort();
	put_file(dir, "oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}", 31);
	len = archive_make(data, 0);
	put_blob(dir, data, len, layer);
	len = (size_t)sprintf((char *)data,
			      "{\"schemaVersion\": 2, \"layers\": [{\"mediaType\": "
			      "\"application/vnd.oci.image.layer.v1.tar\", \"digest\": "
			      "\"sha256:%s\", \"size\": %zu}]}",
			      layer, len);
	if (random_number(2))
		len = changes(data, len);
	put_blob(dir, data, len, manifest);
	len = (size_t)sprintf((char *)data,
			      "{\"schemaVersion\": 2, \"manifests\": [{\"digest\": \"sha256:%s\", "
			      "\"size\": %zu, \"platform\": {\"os\": \"linux\", "
			      "\"architecture\": \"amd64\"}}]}",
			      manifest, len);
	put_file(dir, "index.json", data, changes(data, len));
	close(dir);
	ingest_init(&in, &store);
	if (read_oci(&in, place) == 0)
		use_tree(in.tree);
	ingest_fini(&in);
	if (nftw(place, rm_visit, 16, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
	free(place);
}

int main(int argc, char **argv)
{
	static void (*const targets[])(u8 *data) = {
		fuzz_journal, fuzz_journal, fuzz_archive, fuzz_log,
		fuzz_ref,     fuzz_format,  fuzz_cache,	  fuzz_lease,
	};
	u64 runs = argc > 1 ? strtoull(argv[1], NULL, 0) : 4000;
	u8 *data = xmalloc(DATA_MAX + 1);
	int left = 0;

	if (argc > 2)
		state ^= strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15u;
	if (mkdtemp(folder) == NULL) {
		printf("no /dev/shm\n");
		return 77;
	}
	stderr = fopen("/dev/null", "w"); /* the complaints; not what sanitizers say */
	options.store = xprintf("%s/store", folder);
	if (store_open(&store, true) < 0)
		return 1;
	for (u64 i = 0; i < runs; i++) {
		targets[random_number(ARRAY_SIZE(targets))](data);
		if (i % 16 == 0)
			fuzz_oci(data);
	}
	store_close(&store);
	if (nftw(folder, rm_visit, 16, FTW_DEPTH | FTW_PHYS) != 0)
		left = 1;
	free(data);
	free((char *)options.store);
	printf("%llu runs, %llu became images\n", (unsigned long long)runs,
	       (unsigned long long)trees);
	return left || trees == 0;
}
