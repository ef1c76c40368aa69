/*
 * Images of the store as trees of a sandbox.
 *
 * OVERVIEW. An image is two trees: its manifest and the store's directory of objects. The jail
 * holds neither; it asks for an object by name (object.c). A manifest of one piece, or one that
 * is a file of the user's, is copied to a sealed memory file; larger ones of the store are
 * mapped as they are, shared by all sandboxes, and verified by pieces like objects.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/session.h"
#include "store/host/digest.h"
#include "store/host/place.h"

#define MANIFEST_MAX ((u64)16 << 30)

/* A sealed copy in memory of the file fd; -errno. */
static int manifest_copy(int fd)
{
	struct stat st;
	off_t at = 0;
	int copy;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((u64)st.st_size > MANIFEST_MAX)
		return -EFBIG;
	copy = memory_file("nacre-manifest", false);
	if (copy < 0)
		return copy;
	while (at < st.st_size) {
		ssize_t n = sendfile(copy, fd, &at, (size_t)(st.st_size - at));

		if (n > 0 || (n < 0 && errno == EINTR))
			continue;
		n = n < 0 ? -errno : -EIO;
		close(copy);
		return (int)n;
	}
	if (fcntl(copy, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
		close(copy);
		return -errno;
	}
	return copy;
}

/* --- the store --- */

#define LEASES_MAX 10000 /* files in leases/ of one process number, until the next gc */

/* The store that images are looked up in; opened once. */
static struct {
	int fd;	       /* its directory; -1: there is none */
	bool looked;
	int lease_dir, lease; /* -1 until the first image of it is used */
	char lease_name[32];
} store = { .fd = -1, .lease_dir = -1, .lease = -1 };

static int read_file(int dir, const char *name, char *text, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	text[n] = 0;
	return 0;
}

static bool store_open(bool loud)
{
	char text[4096];
	char *place;

	if (store.looked)
		return store.fd >= 0;
	store.looked = true;
	place = store_place(NULL);
	if (place == NULL)
		return false;
	store.fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store.fd < 0) {
		if (loud)
			say("store %s: %s", place, strerror(errno));
	} else if (read_file(store.fd, "format", text, sizeof(text)) < 0 ||
		   store_format_parse(text) < 0) {
		if (loud)
			say("store %s: of a format this nacre does not know", place);
		close(store.fd);
		store.fd = -1;
	}
	free(place);
	return store.fd >= 0;
}

/* The digest of the image of that name as "xx/...", and what its file says: 0, -errno. */
static int name_resolve(const char *name, char ret[OBJECT_PATH_SIZE], struct ref_text *ret_ref)
{
	char path[STORE_NAME_MAX + 8], hex[OBJECT_PATH_SIZE];
	char *text = malloc(REF_TEXT_MAX + 1);
	u8 digest[OBJECT_DIGEST_SIZE];
	int r = -ENOMEM;

	snprintf(path, sizeof(path), "refs/%s", name);
	if (text != NULL)
		r = read_file(store.fd, path, text, REF_TEXT_MAX + 1);
	if (r == 0 && !ref_text_parse(text, ret_ref))
		r = -EIO;
	free(text);
	if (r < 0)
		return r;
	snprintf(hex, sizeof(hex), "%.2s/%.62s", ret_ref->image, ret_ref->image + 2);
	if (!object_parse(hex, strlen(hex), digest)) {
		ref_text_free(ret_ref);
		return -EIO;
	}
	object_path(digest, ret);
	return 0;
}

bool image_is_named(const char *source)
{
	return strchr(source, '/') == NULL && source[0] != '.';
}

/* --- names that are not there --- */

#define NEAR_MAX 5 /* names that are told of */

/* Levenshtein's, of names. */
static u32 distance(const char *a, const char *b)
{
	u32 row[STORE_NAME_MAX + 1], length = (u32)strlen(b);

	for (u32 j = 0; j <= length; j++)
		row[j] = j;
	for (u32 i = 1; a[i - 1] != 0; i++) {
		u32 before = row[0];

		row[0] = i;
		for (u32 j = 1; j <= length; j++) {
			u32 changed = before + (a[i - 1] != b[j - 1]);

			before = row[j];
			row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[length];
}

/* ", but NAME, NAME" with the nearest first, or "". */
static void near_names(const char *name, char *text, size_t size)
{
	struct {
		u32 distance;
		char name[STORE_NAME_MAX + 1];
	} near[NEAR_MAX];
	int fd = openat(store.fd, "refs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	u32 count = 0, limit = MAX((u32)strlen(name) / 3, 2u);
	const struct dirent *e;
	size_t len = 0;

	while (listing != NULL && (e = readdir(listing)) != NULL) {
		u32 d = store_name_ok(e->d_name) ? distance(name, e->d_name) : ~0u, at = count;

		if (strncmp(e->d_name, name, strlen(name)) == 0)
			d = MIN(d, limit);
		if (d > limit)
			continue;
		while (at > 0 && near[at - 1].distance > d) {
			if (at < NEAR_MAX)
				near[at] = near[at - 1];
			at--;
		}
		if (at == NEAR_MAX)
			continue;
		near[at].distance = d;
		strcpy(near[at].name, e->d_name);
		count += count < NEAR_MAX;
	}
	if (listing != NULL)
		closedir(listing);
	text[0] = 0;
	for (u32 i = 0; i < count && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i == 0 ? ", but " : ", ",
					near[i].name);
}

/* Perhaps what is here by that name was meant. */
static void say_no_image(const char *name, const char *why, const char *near)
{
	struct stat st;
	bool here = lstat(name, &st) == 0;

	say("image %s: %s%s%s%s", name, why, near, here ? "; what is here is ./" : "",
	    here ? name : "");
}

bool image_has_layer(const char *name)
{
	char path[STORE_NAME_MAX + 16];

	if (!store_name_ok(name) || !store_open(false))
		return false;
	snprintf(path, sizeof(path), "layers/%s.sync", name);
	return faccessat(store.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int store_hashes_open(const char *path)
{
	char place[OBJECT_PATH_SIZE + 8];

	snprintf(place, sizeof(place), "hashes/%s", path);
	return store.fd < 0 ? -1 :
			      openat(store.fd, place,
				     O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* --- leases: what gc must leave alone while we run --- */

/*
 * Write the digest to our file in leases/, which stays locked as long as we live. The caller
 * holds the store's lock, so no gc looks meanwhile.
 */
static void lease_take(const char *image, const char path[OBJECT_PATH_SIZE])
{
	char line[OBJECT_PATH_SIZE];

	if (store.lease < 0) {
		store.lease_dir = openat(store.fd, "leases", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* Another container may have a process of our number. */
		for (int i = 0; i < LEASES_MAX && store.lease_dir >= 0 && store.lease < 0; i++) {
			snprintf(store.lease_name, sizeof(store.lease_name), "%d.%d", getpid(), i);
			store.lease = openat(store.lease_dir, store.lease_name,
					     O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
					     0644);
			if (store.lease < 0 && errno != EEXIST)
				break;
		}
		if (store.lease >= 0 && flock(store.lease, LOCK_EX | LOCK_NB) < 0) {
			close(store.lease);
			store.lease = -1;
		}
	}
	snprintf(line, sizeof(line), "%.2s%s", path, path + 3);
	line[OBJECT_PATH_SIZE - 2] = '\n';
	if (store.lease < 0 ||
	    write(store.lease, line, OBJECT_PATH_SIZE - 1) != OBJECT_PATH_SIZE - 1)
		warn_user("warning: image %s: its use cannot be noted in the store; a gc may "
			  "remove it meanwhile",
			  image);
}

void image_leases_end(void)
{
	if (store.lease >= 0)
		unlinkat(store.lease_dir, store.lease_name, 0);
}

static void say_no_such_image(const char *name)
{
	char near[NEAR_MAX * (STORE_NAME_MAX + 8)];

	near_names(name, near, sizeof(near));
	say_no_image(name, "the store has none of that name", near);
}

/* --- opening --- */

/* Is it large enough to be verified by pieces when it is used? */
static bool has_pieces(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (u64)st.st_size > PIECE_SIZE &&
	       (u64)st.st_size <= MANIFEST_MAX;
}

/* The manifest of the image of that digest: as it is, or copied and compared; -errno. */
static int manifest_open(const char path[OBJECT_PATH_SIZE], bool *ret_by_pieces)
{
	u8 wanted[OBJECT_DIGEST_SIZE];
	char place[OBJECT_PATH_SIZE + 8];
	int fd, copy;

	snprintf(place, sizeof(place), "images/%s", path);
	fd = openat(store.fd, place, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	*ret_by_pieces = has_pieces(fd);
	if (*ret_by_pieces)
		return fd;
	copy = manifest_copy(fd);
	close(fd);
	/* The copy is what is used, so it is what is verified. */
	if (copy >= 0 && (!object_parse(path, OBJECT_PATH_SIZE - 1, wanted) ||
			  !file_is_right(copy, wanted))) {
		close(copy);
		copy = -EIO;
	}
	return copy;
}

/* The manifest of the named image as a tree, and a lease; false, and said. */
static bool named_manifest(const char *name, struct tree *ret, struct ref_text *ret_ref)
{
	char path[OBJECT_PATH_SIZE];
	bool by_pieces = false;
	int r = name_resolve(name, path, ret_ref), fd;

	if (r == -ENOENT)
		say_no_such_image(name);
	else if (r < 0)
		say("image %s: its name in the store is damaged", name);
	if (r < 0)
		return false;
	fd = manifest_open(path, &by_pieces);
	if (fd == -EIO)
		say("image %s: images/%s is damaged (nacre store fsck)", name, path);
	else if (fd < 0)
		say("image %s: %s", name, strerror(-fd));
	if (fd < 0)
		return false;
	lease_take(name, path);
	*ret = (struct tree){ .source = name, .fd = fd, .is_file = true, .jail_fd = -1 };
	if (by_pieces)
		memcpy(ret->manifest, path, sizeof(path));
	return true;
}

static bool named_trees_open(struct session *s, const char *name, struct mount_trees *ret)
{
	struct tree manifest, *tree, *objects;
	struct ref_text ref;
	bool found;
	int lock, fd;

	if (!store_name_ok(name) || !store_open(true)) {
		say_no_image(name,
			     store_name_ok(name) ?
				     "there is no store (NACRE_STORE says where one is)" :
				     "no image can be called that; a path has a slash",
			     "");
		return false;
	}
	/* Shared: no gc between finding the image and taking the lease. */
	lock = openat(store.fd, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (lock >= 0)
		flock(lock, LOCK_SH);
	found = named_manifest(name, &manifest, &ref);
	if (lock >= 0)
		close(lock);
	if (!found)
		return false;
	fd = openat(store.fd, "objects", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	tree = tree_add(s);
	objects = tree == NULL ? NULL : tree_add(s);
	if (fd < 0 || objects == NULL) {
		say("image %s: its objects: %s", name, fd < 0 ? strerror(errno) : "no room");
		return false;
	}
	*tree = manifest;
	*objects = (struct tree){ .source = name, .fd = fd, .objects = true, .jail_fd = -1 };
	*ret = (struct mount_trees){ .tree = s->tree_count - 2,
				     .objects = s->tree_count - 1,
				     .upper = ~0u,
				     .is_image = true,
				     .ref = ref };
	return true;
}

bool image_trees_open(struct session *s, const char *name, struct mount_trees *ret)
{
	struct tree *tree;
	int fd, copy;

	if (strchr(name, '/') == NULL)
		return named_trees_open(s, name, ret);
	tree = tree_add(s);
	if (tree == NULL)
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	copy = fd < 0 ? -errno : manifest_copy(fd);
	if (fd >= 0)
		close(fd);
	if (copy < 0) {
		say("image %s: %s", name, strerror(-copy));
		return false;
	}
	*tree = (struct tree){ .source = name, .fd = copy, .is_file = true, .jail_fd = -1 };
	*ret = (struct mount_trees){ .tree = s->tree_count - 1, .objects = ~0u,
				     .upper = ~0u,
				     .is_image = true };
	return true;
}

