/* nacre store ls, tree, stat, cat: looking into images. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/names.h"
#include "store/host/host.h"

/* --- one file as a line and as JSON --- */

static void print_line(const struct image *image, const struct image_inode *inode,
		       const char *name, size_t len)
{
	char mode[11], when[40];
	char *target;

	mode_text(inode->mode, mode);
	time_text((s64)inode->mtime, inode->mtime_nsec, when);
	printf("%s %3u %5u %5u ", mode, inode->nlink, inode->uid, inode->gid);
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		printf("%5u,%4u", image_rdev_major(inode->rdev), image_rdev_minor(inode->rdev));
	else
		printf("%10llu", (unsigned long long)inode->size);
	printf(" %s ", when);
	print_name(stdout, name, len);
	if (S_ISLNK(inode->mode) && (target = image_bytes(image, inode)) != NULL) {
		printf(" -> ");
		print_name(stdout, target, strlen(target));
		free(target);
	}
	putchar('\n');
}

static json_t *json_inode(const struct image *image, const struct image_inode *inode)
{
	char when[40], hex[HEX_SIZE], mode[8];
	json_t *json = json_object(), *xattrs = json_object();
	u8 digest[DIGEST_SIZE];
	struct image_xattr xattr;
	u64 cursor = 0;
	char *text;

	time_text((s64)inode->mtime, inode->mtime_nsec, when);
	snprintf(mode, sizeof(mode), "%04o", inode->mode & 07777);
	json_object_set_new(json, "kind", json_string(kind_name(inode->mode)));
	json_object_set_new(json, "mode", json_string(mode));
	json_object_set_new(json, "uid", json_integer(inode->uid));
	json_object_set_new(json, "gid", json_integer(inode->gid));
	json_object_set_new(json, "links", json_integer(inode->nlink));
	json_object_set_new(json, "inode", json_integer((json_int_t)inode->nid));
	json_object_set_new(json, "size", json_integer((json_int_t)inode->size));
	json_object_set_new(json, "mtime", json_string(when));
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) {
		json_object_set_new(json, "major", json_integer(image_rdev_major(inode->rdev)));
		json_object_set_new(json, "minor", json_integer(image_rdev_minor(inode->rdev)));
	}
	if (S_ISLNK(inode->mode) && (text = image_bytes(image, inode)) != NULL) {
		json_object_set_new(json, "target", json_name(text, strlen(text)));
		free(text);
	}
	if (image_object(image, inode, digest) == 0) {
		hex_text(digest, hex);
		json_object_set_new(json, "object", json_string(hex));
	}
	while (image_xattr(image, inode, &cursor, &xattr) == 1) {
		text = xattr_name(&xattr);
		json_object_set_new(xattrs, text,
				    json_name((const char *)xattr.value, xattr.value_size));
		free(text);
	}
	if (json_object_size(xattrs) != 0)
		json_object_set(json, "attributes", xattrs);
	json_decref(xattrs);
	return json;
}

/* --- ls --- */

static void print_image(const struct ref *ref, const char *hex)
{
	printf("%s  %s%s", hex, ref->name, ref->text.protected ? "  (protected)" : "");
	for (u32 i = 0; i < ref->text.path_count && !ref->text.protected; i++) {
		printf(i == 0 ? "  (protected: " : ", ");
		print_name(stdout, ref->text.paths[i], strlen(ref->text.paths[i]));
	}
	printf(ref->text.path_count != 0 && !ref->text.protected ? ")\n" : "\n");
}

static int list_images(struct store *store)
{
	u32 count, damaged;
	struct ref *refs = ref_list_readable(store, &count, &damaged);
	json_t *json = json_array();
	char hex[HEX_SIZE];

	if (refs == NULL)
		return EXIT_FAILED;
	for (u32 i = 0; i < count; i++) {
		hex_text(refs[i].digest, hex);
		if (options.json)
			json_array_append_new(json, json_pack("{s:s, s:s, s:b, s:o}", "name",
							      refs[i].name, "image", hex,
							      "protected", refs[i].text.protected,
							      "protected_paths",
							      json_protected(&refs[i].text)));
		else
			print_image(&refs[i], hex);
	}
	ref_list_free(refs, count);
	if (options.json)
		json_print(json);
	else
		json_decref(json);
	return damaged != 0 ? EXIT_FAILED : EXIT_OK;
}

static int list_directory(const struct image *image, const struct image_inode *dir)
{
	json_t *json = json_array();
	struct image_entry entry;
	struct image_inode inode;
	u64 cursor = 0;
	int result;

	while ((result = image_readdir(image, dir, &cursor, &entry)) == 1) {
		if (name_is_dots(entry.name, entry.len))
			continue;
		if (image_inode(image, entry.nid, &inode) < 0) {
			result = -1;
			break;
		}
		if (options.json) {
			json_t *item = json_inode(image, &inode);

			json_object_set_new(item, "name", json_name(entry.name, entry.len));
			json_array_append_new(json, item);
		} else if (options.long_list) {
			print_line(image, &inode, entry.name, entry.len);
		} else {
			print_name(stdout, entry.name, entry.len);
			putchar('\n');
		}
	}
	if (result < 0)
		complain("the image is damaged");
	else if (options.json)
		json_print(json_incref(json));
	json_decref(json);
	return result < 0 ? EXIT_FAILED : EXIT_OK;
}

int store_ls(int argc, char **argv)
{
	struct image_inode inode;
	struct mapped mapped;
	struct store store;
	int result;

	if (argc > 2) {
		complain("ls takes a name and a path");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0)
		return EXIT_FAILED;
	if (argc == 0)
		return list_images(&store);
	if (image_map_name(&store, argv[0], &mapped) < 0 ||
	    image_path(&mapped.image, argc > 1 ? argv[1] : "/", true, &inode) < 0)
		return EXIT_FAILED;
	if (S_ISDIR(inode.mode))
		return list_directory(&mapped.image, &inode);
	if (options.json)
		json_print(json_inode(&mapped.image, &inode));
	else if (options.long_list)
		print_line(&mapped.image, &inode, argv[1], strlen(argv[1]));
	else
		puts(argv[1]);
	result = EXIT_OK;
	return result;
}

/* --- tree --- */

static int tree_visit(struct visit *visit)
{
	json_t *json = visit->context;
	const char *path = visit->path_len == 0 ? "." : visit->path;
	json_t *item;

	if (!options.json) {
		print_line(visit->image, &visit->inode, path, strlen(path));
		return 0;
	}
	item = json_inode(visit->image, &visit->inode);
	json_object_set_new(item, "path", json_name(path, strlen(path)));
	json_array_append_new(json, item);
	return 0;
}

int store_tree(int argc, char **argv)
{
	struct image_inode inode;
	struct mapped mapped;
	struct store store;
	json_t *json;

	if (argc < 1 || argc > 2) {
		complain("tree takes a name and perhaps a path");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || image_map_name(&store, argv[0], &mapped) < 0 ||
	    image_path(&mapped.image, argc > 1 ? argv[1] : "/", true, &inode) < 0)
		return EXIT_FAILED;
	json = json_array();
	if (image_walk(&mapped.image, inode.nid, tree_visit, json) < 0)
		return EXIT_FAILED;
	if (options.json)
		json_print(json);
	return EXIT_OK;
}

/* --- stat --- */

static void print_stat(json_t *json, const char *path)
{
	const char *key, *name;
	json_t *value, *inner;

	printf("path: ");
	print_name(stdout, path, strlen(path));
	putchar('\n');
	json_object_foreach (json, key, value) {
		if (json_is_string(value)) {
			printf("%s: ", key);
			print_name(stdout, json_string_value(value), json_string_length(value));
			putchar('\n');
		} else if (json_is_integer(value)) {
			printf("%s: %lld\n", key, (long long)json_integer_value(value));
		} else if (json_is_boolean(value)) {
			printf("%s: %s\n", key, json_is_true(value) ? "yes" : "no");
		} else {
			json_object_foreach (value, name, inner) {
				printf("%s: ", key);
				print_name(stdout, name, strlen(name));
				printf(" ");
				json_dumpf(inner, stdout, JSON_ENCODE_ANY);
				putchar('\n');
			}
		}
	}
	json_decref(json);
}

int store_stat(int argc, char **argv)
{
	struct image_inode inode;
	struct mapped mapped;
	struct store store;
	json_t *json;

	if (argc != 2) {
		complain("stat takes a name and a path");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || image_map_name(&store, argv[0], &mapped) < 0 ||
	    image_path(&mapped.image, argv[1], false, &inode) < 0)
		return EXIT_FAILED;
	json = json_inode(&mapped.image, &inode);
	json_object_set_new(json, "protected",
			    json_boolean(name_protects(&store, argv[0], argv[1])));
	if (options.json)
		json_print(json);
	else
		print_stat(json, argv[1]);
	return EXIT_OK;
}

/* --- cat --- */

#define CAT_JSON_MAX (64u << 20)

/* The whole content, verified; NULL after saying why not. Freed by the caller. */
static u8 *read_object(int fd, u64 size, const char *path)
{
	u8 *bytes = xmalloc(size + 1);
	size_t at = 0;
	ssize_t n = 1;

	while (at < size && (n = read(fd, bytes + at, size - at)) > 0)
		at += (size_t)n;
	if (at == size)
		return bytes;
	complain("%s: %s", path, n < 0 ? strerror(errno) : "has become shorter");
	free(bytes);
	return NULL;
}

static char *base64(const u8 *bytes, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = xmalloc(size / 3 * 4 + 8), *to = text;

	for (size_t i = 0; i < size; i += 3) {
		size_t n = MIN(size - i, (size_t)3);
		u32 three = (u32)bytes[i] << 16 | (n > 1 ? (u32)bytes[i + 1] << 8 : 0) |
			    (n > 2 ? bytes[i + 2] : 0);

		for (u32 j = 0; j < 4; j++)
			*to++ = j <= n ? digits[three >> (18 - 6 * j) & 63] : '=';
	}
	*to = 0;
	return text;
}

static int cat_json(struct store *store, const struct image *image,
		    const struct image_inode *inode, const char *path)
{
	u8 digest[DIGEST_SIZE], *bytes;
	char hex[HEX_SIZE], *text;
	json_t *json, *content;
	int fd;

	if (inode->size > CAT_JSON_MAX) {
		complain("%s: more than 64 MiB are not put into JSON", path);
		return -1;
	}
	json = json_object();
	json_object_set_new(json, "path", json_name(path, strlen(path)));
	json_object_set_new(json, "size", json_integer((json_int_t)inode->size));
	if (image_object(image, inode, digest) == 0) {
		hex_text(digest, hex);
		json_object_set_new(json, "object", json_string(hex));
		fd = object_open_verified(store, digest, inode->size, path);
		bytes = fd < 0 ? NULL : read_object(fd, inode->size, path);
		if (fd >= 0)
			close(fd);
	} else {
		bytes = (u8 *)image_bytes(image, inode);
	}
	if (bytes == NULL) {
		json_decref(json);
		return -1;
	}
	content = json_stringn((const char *)bytes, inode->size);
	json_object_set_new(json, "encoding", json_string(content != NULL ? "utf-8" : "base64"));
	if (content == NULL) {
		text = base64(bytes, inode->size);
		content = json_string(text);
		free(text);
	}
	json_object_set_new(json, "content", content);
	free(bytes);
	json_print(json);
	return 0;
}

static int cat_object(struct store *store, const struct image *image,
		      const struct image_inode *inode, const char *path)
{
	u8 digest[DIGEST_SIZE];
	char *buffer;
	ssize_t n;
	int fd;

	if (image_object(image, inode, digest) < 0) {
		complain("%s: its image is damaged", path);
		return -1;
	}
	fd = object_open_verified(store, digest, inode->size, path);
	if (fd < 0)
		return -1;
	buffer = xmalloc(65536);
	while ((n = read(fd, buffer, 65536)) > 0)
		if (interrupted() || write_all(STDOUT_FILENO, buffer, (size_t)n) < 0) {
			if (!interrupted())
				output_failed();
			n = -1;
			break;
		}
	free(buffer);
	close(fd);
	return n < 0 ? -1 : 0;
}

int store_cat(int argc, char **argv)
{
	struct image_inode inode;
	struct mapped mapped;
	struct store store;
	char *bytes;
	int result;

	if (argc != 2) {
		complain("cat takes a name and a path");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || image_map_name(&store, argv[0], &mapped) < 0 ||
	    image_path(&mapped.image, argv[1], true, &inode) < 0)
		return EXIT_FAILED;
	if (!S_ISREG(inode.mode)) {
		complain("%s: is a %s", argv[1], kind_name(inode.mode));
		return EXIT_FAILED;
	}
	if (options.json)
		return cat_json(&store, &mapped.image, &inode, argv[1]) < 0 ? EXIT_FAILED : EXIT_OK;
	bytes = image_bytes(&mapped.image, &inode);
	if (bytes == NULL)
		result = cat_object(&store, &mapped.image, &inode, argv[1]);
	else if ((result = write_all(STDOUT_FILENO, bytes, inode.size)) < 0)
		output_failed();
	free(bytes);
	return result < 0 ? EXIT_FAILED : EXIT_OK;
}
