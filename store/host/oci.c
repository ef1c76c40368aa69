/*
 * OCI image layouts: reading one into a tree, writing an image as one.
 *
 * OCI image specification: image-layout.md, manifest.md, layer.md. Blobs are compared with
 * their digests; only sha256 is taken. Of several images the one for linux/amd64 is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/host.h"

#define JSON_MAX (8 * 1024 * 1024)
#define NESTING_MAX 4

bool is_oci_layout(const char *path)
{
	char *marker = xprintf("%s/oci-layout", path);
	struct stat st;
	bool found = lstat(marker, &st) == 0 && S_ISREG(st.st_mode);

	free(marker);
	return found;
}

/* "blobs/sha256/<hex>" of a descriptor; NULL and a complaint. */
static char *blob_path(const json_t *descriptor, u8 ret[DIGEST_SIZE])
{
	const char *digest = json_string_value(json_object_get(descriptor, "digest"));

	if (digest == NULL || strncmp(digest, "sha256:", 7) != 0 || !hex_parse(digest + 7, ret)) {
		complain("a digest that is not sha256: %s", digest == NULL ? "none" : digest);
		return NULL;
	}
	return xprintf("blobs/sha256/%s", digest + 7);
}

/* Open a blob and compare it with its name, and with the size that its descriptor may tell. */
static int blob_open(int layout, const json_t *descriptor)
{
	const json_t *told = json_object_get(descriptor, "size");
	u8 wanted[DIGEST_SIZE], found[DIGEST_SIZE];
	json_int_t size = 0;
	char *path = blob_path(descriptor, wanted);
	struct sha256 *sha;
	u8 *buffer;
	ssize_t n;
	int fd;

	if (path == NULL)
		return -1;
	fd = open_beneath(layout, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		complain("%s: %s", path, strerror(errno));
		free(path);
		return -1;
	}
	sha = sha256_create();
	buffer = xmalloc(65536);
	while ((n = read(fd, buffer, 65536)) > 0 && !interrupted()) {
		sha256_add(sha, buffer, (size_t)n);
		size += n;
	}
	free(buffer);
	sha256_end(sha, found);
	if (n != 0 || (told != NULL && size != json_integer_value(told)) ||
	    memcmp(found, wanted, DIGEST_SIZE) != 0 || lseek(fd, 0, SEEK_SET) < 0) {
		if (!interrupted())
			complain("%s: %s", path, n < 0 ? strerror(errno) : "is damaged");
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

static json_t *load_fd(int fd, const char *what)
{
	char *text = xmalloc(JSON_MAX);
	json_error_t error;
	size_t size = 0;
	json_t *json;
	ssize_t n;

	while (size < JSON_MAX && (n = read(fd, text + size, JSON_MAX - size)) > 0)
		size += (size_t)n;
	json = size == JSON_MAX ? NULL :
				  json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		complain("%s: %s", what, size == JSON_MAX ? "larger than 8 MiB" : error.text);
	free(text);
	return json;
}

static json_t *load_blob(int layout, const json_t *descriptor)
{
	int fd = blob_open(layout, descriptor);
	json_t *json;

	if (fd < 0)
		return NULL;
	json = load_fd(fd, "a manifest");
	close(fd);
	return json;
}

static bool platform_fits(const json_t *descriptor)
{
	const json_t *platform = json_object_get(descriptor, "platform");
	const char *os = json_string_value(json_object_get(platform, "os"));
	const char *machine = json_string_value(json_object_get(platform, "architecture"));

	return platform == NULL || (os != NULL && machine != NULL && strcmp(os, "linux") == 0 &&
				    strcmp(machine, "amd64") == 0);
}

static int read_layers(struct ingest *in, int layout, const json_t *layers)
{
	size_t i;
	json_t *layer;

	json_array_foreach (layers, i, layer) {
		int fd = blob_open(layout, layer), result;

		if (fd < 0)
			return -1;
		in->tree->layer++;
		result = read_layer(in, fd, "a layer");
		close(fd);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* One layout may hold several images for the same machine; the first is taken. */
static void tell_passed_over(const json_t *descriptor)
{
	const json_t *notes = json_object_get(descriptor, "annotations");
	const char *name = json_string_value(
		json_object_get(notes, "org.opencontainers.image.ref.name"));

	complain("the layout has another image, '%s', which is not the one that is read",
		 name == NULL ? "without a name" : name);
}

/* An index leads to another index or to a manifest, which has layers. */
static int read_index(struct ingest *in, int layout, json_t *index)
{
	for (int depth = 0; depth < NESTING_MAX; depth++) {
		const json_t *layers = json_object_get(index, "layers");
		const json_t *manifests = json_object_get(index, "manifests");
		json_t *descriptor, *chosen = NULL, *next;
		size_t i;

		if (json_is_array(layers))
			return read_layers(in, layout, layers);
		json_array_foreach (manifests, i, descriptor) {
			if (!platform_fits(descriptor))
				continue;
			if (chosen == NULL)
				chosen = descriptor;
			else if (!options.quiet)
				tell_passed_over(descriptor);
		}
		if (chosen == NULL) {
			complain("no image for linux/amd64 in the layout");
			return -1;
		}
		next = load_blob(layout, chosen);
		if (next == NULL)
			return -1;
		/* The caller's is borrowed; keep each until the layers have been read. */
		json_object_set_new(index, "nacre.next", next);
		index = next;
	}
	complain("indexes of indexes of indexes");
	return -1;
}

int read_oci(struct ingest *in, const char *path)
{
	int layout = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd, result;
	json_t *index = NULL;

	fd = layout < 0 ? -1 :
			  open_beneath(layout, "index.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0) {
		index = load_fd(fd, "index.json");
		close(fd);
	} else {
		complain("%s/index.json: %s", path, strerror(errno));
	}
	result = index == NULL ? -1 : read_index(in, layout, index);
	json_decref(index);
	if (layout >= 0)
		close(layout);
	remove_left_out(in);
	return result;
}

/* --- writing --- */

/* Name a temporary file in the layout's blobs; *ret_size and the digest of it. */
static int finish_blob(int layout, const char *temp, u64 *ret_size, char ret_hex[HEX_SIZE])
{
	int fd = openat(layout, temp, O_RDONLY | O_CLOEXEC);
	struct sha256 *sha = sha256_create();
	u8 *buffer = xmalloc(65536), digest[DIGEST_SIZE];
	char *path;
	ssize_t n = -1;
	int result = -1;

	*ret_size = 0;
	while (fd >= 0 && (n = read(fd, buffer, 65536)) > 0) {
		sha256_add(sha, buffer, (size_t)n);
		*ret_size += (u64)n;
	}
	sha256_end(sha, digest);
	free(buffer);
	if (fd >= 0)
		close(fd);
	hex_text(digest, ret_hex);
	path = xprintf("blobs/sha256/%s", ret_hex);
	if (n == 0)
		result = renameat(layout, temp, layout, path);
	if (result < 0)
		complain("%s: %s", path, strerror(errno));
	free(path);
	return result;
}

static int write_json(int layout, const char *name, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	int fd = openat(layout, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int result;

	json_decref(json);
	if (text == NULL)
		out_of_memory();
	result = fd < 0 ? -1 : write_all(fd, text, strlen(text));
	if (result < 0)
		complain("%s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(text);
	return result;
}

static json_t *descriptor_of(const char *type, const char *hex, u64 size)
{
	return json_pack("{s:s, s:s+, s:I}", "mediaType", type, "digest", "sha256:", hex, "size",
			 (json_int_t)size);
}

static int write_layout(struct store *store, const struct image *image, const char *name,
			int layout)
{
	char layer[HEX_SIZE], config[HEX_SIZE], manifest[HEX_SIZE];
	u64 layer_size, config_size, manifest_size;
	json_t *json;
	int fd = openat(layout, ".layer", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || mkdirat(layout, "blobs", 0755) < 0 ||
	    mkdirat(layout, "blobs/sha256", 0755) < 0) {
		complain("the layout: %s", strerror(errno));
		return -1;
	}
	if (export_tar(store, image, fd) < 0 || close(fd) < 0 ||
	    finish_blob(layout, ".layer", &layer_size, layer) < 0)
		return -1;
	json = json_pack("{s:s, s:s, s:{}, s:{s:s, s:[s+]}}", "architecture", "amd64", "os",
			 "linux", "config", "rootfs", "type", "layers", "diff_ids", "sha256:",
			 layer);
	if (write_json(layout, ".config", json) < 0 ||
	    finish_blob(layout, ".config", &config_size, config) < 0)
		return -1;
	json = json_pack("{s:i, s:s, s:o, s:[o]}", "schemaVersion", 2, "mediaType",
			 "application/vnd.oci.image.manifest.v1+json", "config",
			 descriptor_of("application/vnd.oci.image.config.v1+json", config,
				       config_size),
			 "layers",
			 descriptor_of("application/vnd.oci.image.layer.v1.tar", layer,
				       layer_size));
	if (write_json(layout, ".manifest", json) < 0 ||
	    finish_blob(layout, ".manifest", &manifest_size, manifest) < 0)
		return -1;
	json = descriptor_of("application/vnd.oci.image.manifest.v1+json", manifest,
			     manifest_size);
	json_object_set_new(json, "platform",
			    json_pack("{s:s, s:s}", "architecture", "amd64", "os", "linux"));
	json_object_set_new(json, "annotations",
			    json_pack("{s:s}", "org.opencontainers.image.ref.name", name));
	json = json_pack("{s:i, s:[o]}", "schemaVersion", 2, "manifests", json);
	if (write_json(layout, "index.json", json) < 0)
		return -1;
	return write_json(layout, "oci-layout",
			  json_pack("{s:s}", "imageLayoutVersion", "1.0.0"));
}

int export_oci(struct store *store, const struct image *image, const char *name,
	       const char *dest)
{
	int layout, result;

	if (mkdir(dest, 0755) < 0) {
		complain("%s: %s", dest, strerror(errno));
		return -1;
	}
	layout = open(dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (layout < 0) {
		complain("%s: %s", dest, strerror(errno));
		return -1;
	}
	result = write_layout(store, image, name, layout);
	close(layout);
	return result;
}
