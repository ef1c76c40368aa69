/*
 * The store's folder: opening it, its locks, temporary files, the names of images.
 *
 *	format        what kind of store this is; unknown features are refused
 *	lock          flock: shared by who adds, exclusive by who sweeps
 *	objects/xx/…  content by digest, 0444
 *	images/xx/…   images by digest, 0444
 *	hashes/xx/…   of the pieces of large objects, by the object's digest; may be removed
 *	refs/NAME     "image DIGEST", "protected" and "protect PATH" lines: see ref.c
 *	tmp/          what is being written; swept by gc
 *	layers/       what sandboxes write that is kept: see kept.h
 *	leases/       images in use by running sandboxes
 *	cache/        what ingest need not read again; may be removed at any time
 *	quarantine/   what fsck found damaged
 *
 * DURABILITY. A file appears under its name complete and synced or not at all, and before
 * anything that refers to it. A crash leaves files in tmp/, nothing else.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "store/host/kept.h"

int write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = write(fd, at, MIN(size, (size_t)1 << 30));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

char *read_small(int dir, const char *name, size_t max, size_t *ret_size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text;
	size_t size = 0;
	ssize_t n = 0;
	int error;

	if (fd < 0)
		return NULL;
	text = xmalloc(max + 1);
	while (size < max && (n = read(fd, text + size, max - size)) > 0)
		size += (size_t)n;
	error = n < 0 ? errno : 0;
	close(fd);
	if (error != 0) {
		free(text);
		errno = error;
		return NULL;
	}
	text[size] = 0;
	if (ret_size != NULL)
		*ret_size = size;
	return text;
}

/* mkdir -p */
static int make_parents(const char *path)
{
	char *copy = xprintf("%s", path);

	for (char *slash = copy + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = 0;
		if (mkdir(copy, 0777) < 0 && errno != EEXIST) {
			complain("%s: %s", copy, strerror(errno));
			free(copy);
			return -1;
		}
		*slash = '/';
	}
	free(copy);
	return 0;
}

static int make_store(const char *path)
{
	static const char *const folders[] = { "objects", "images", "refs",    "tmp",
					       "leases",  "cache",  "quarantine", "hashes" };
	struct store made = { .tmp = -1 };
	char *format = store_format_text(0);
	struct dirent *entry;
	DIR *listing;
	int fd, result;

	if (make_parents(path) < 0)
		return -1;
	if (mkdir(path, 0777) < 0 && errno != EEXIST) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	listing = opendir(path);
	if (listing == NULL) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	fd = dirfd(listing);
	if (faccessat(fd, "format", F_OK, 0) == 0) {
		closedir(listing);
		return 0;
	}
	/* Never take over a folder that is something else; an interrupted init is ours. */
	while ((entry = readdir(listing)) != NULL) {
		bool known = entry->d_name[0] == '.';

		for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
			known |= strcmp(entry->d_name, folders[i]) == 0;
		if (!known) {
			complain("%s is not empty and not a store", path);
			closedir(listing);
			return -1;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (mkdirat(fd, folders[i], 0777) < 0 && errno != EEXIST) {
			complain("%s/%s: %s", path, folders[i], strerror(errno));
			closedir(listing);
			return -1;
		}
	made.path = (char *)path;
	made.fd = fd;
	made.tmp = openat(fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (format == NULL)
		out_of_memory();
	result = made.tmp < 0 ? -1 : replace_file(&made, fd, "format", format, strlen(format));
	free(format);
	if (made.tmp >= 0)
		close(made.tmp);
	closedir(listing);
	return result;
}

/* The features that the store's format names; -1 after saying that it is not ours. */
static int read_format(const char *path, int fd)
{
	char *text = read_small(fd, "format", 4096, NULL);
	int features;

	if (text == NULL) {
		complain("%s: no store here (nacre store init makes one)", path);
		return -1;
	}
	features = store_format_parse(text);
	free(text);
	if (features < 0)
		complain("%s: its file 'format' names what this nacre does not know; a newer one "
			 "may have made it",
			 path);
	return features;
}

/* Those who add to a file that is replaced as a whole come one after the other. */
static int lock_file(struct store *store, const char *name, int flags)
{
	int fd = openat(store->fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	complain("%s/%s: %s", store->path, name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int names_lock(struct store *store)
{
	return lock_file(store, "refs", O_RDONLY | O_DIRECTORY);
}

int store_require(struct store *store, enum store_feature feature)
{
	int lock, features, result = -1;
	char *text;

	if (store->features & 1u << feature)
		return 0;
	lock = lock_file(store, "tmp", O_RDONLY | O_DIRECTORY);
	features = lock < 0 ? -1 : read_format(store->path, store->fd);
	if (features >= 0) {
		store->features = (u32)features | 1u << feature;
		text = store_format_text(store->features);
		if (text == NULL)
			out_of_memory();
		result = replace_file(store, store->fd, "format", text, strlen(text));
		free(text);
	}
	if (lock >= 0)
		close(lock);
	return result;
}

static int open_folder(struct store *store, const char *name)
{
	int fd = openat(store->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		complain("%s/%s: %s", store->path, name, strerror(errno));
	return fd;
}

int store_open(struct store *store, bool create)
{
	int features;

	memset(store, 0, sizeof(*store));
	store->fd = store->objects = store->images = store->refs = store->tmp = -1;
	store->lock = store->hashes = -1;
	store->verity = true;
	store->path = store_place(options.store);
	if (store->path == NULL)
		complain("no place for a store: give --store or set NACRE_STORE");
	if (store->path == NULL || (create && make_store(store->path) < 0))
		return -1;
	store->fd = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0) {
		complain("%s: %s%s", store->path, strerror(errno),
			 errno == ENOENT ? " (nacre store init makes a store)" : "");
		return -1;
	}
	features = read_format(store->path, store->fd);
	if (features < 0)
		return -1;
	store->features = (u32)features;
	store->objects = open_folder(store, "objects");
	store->images = open_folder(store, "images");
	store->refs = open_folder(store, "refs");
	store->tmp = open_folder(store, "tmp");
	/* Stores of before have none; nothing depends on it. */
	if (create)
		mkdirat(store->fd, "hashes", 0777);
	store->hashes = openat(store->fd, "hashes",
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (store->objects < 0 || store->images < 0 || store->refs < 0 || store->tmp < 0)
		return -1;
	layers_replay(store);
	return 0;
}

int store_lock(struct store *store, enum store_lock kind)
{
	int result;

	store->lock = openat(store->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	/* Who only reads need not be able to write. */
	if (store->lock < 0 && (errno == EACCES || errno == EROFS))
		store->lock = openat(store->fd, "lock",
				     O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (store->lock < 0) {
		complain("%s/lock: %s", store->path, strerror(errno));
		return -1;
	}
	do
		result = flock(store->lock, kind == LOCK_SWEEPER ? LOCK_EX : LOCK_SH);
	while (result < 0 && errno == EINTR && !interrupted());
	if (result < 0)
		complain("%s/lock: %s", store->path, strerror(errno));
	return result;
}

void store_unlock(struct store *store)
{
	close(store->lock);
	store->lock = -1;
}

void store_close(struct store *store)
{
	int fds[] = { store->fd,  store->objects, store->images, store->refs,
		      store->tmp, store->hashes,  store->lock };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(store->path);
	store->path = NULL;
}

static u64 run_number;

static void draw_number(void)
{
	struct timespec now;

	if (getrandom(&run_number, sizeof(run_number), 0) == (ssize_t)sizeof(run_number))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	run_number = (u64)now.tv_sec << 30 ^ (u64)now.tv_nsec;
}

char *own_name(const char *rest)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, draw_number);
	return xprintf("%d-%llx.%s", getpid(), (unsigned long long)run_number, rest);
}

int store_temp(struct store *store, char **ret_name)
{
	static u64 counter;

	for (int i = 0; i < 100; i++) {
		u64 number = __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
		char digits[24], *name;
		int fd = -1;

		snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
		name = own_name(digits);
		fd = openat(store->tmp, name,
			    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd >= 0) {
			*ret_name = name;
			return fd;
		}
		free(name);
		if (errno != EEXIST)
			break;
	}
	complain("%s/tmp: %s", store->path, strerror(errno));
	return -1;
}

static int rm_visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

int remove_tree(const char *path)
{
	if (nftw(path, rm_visit, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0)
		return 0;
	complain("%s: %s", path, strerror(errno));
	return -1;
}

int remove_all(struct store *store, const char *folder, const char *name)
{
	char *path = xprintf("%s/%s/%s", store->path, folder, name);
	int result = remove_tree(path);

	free(path);
	return result;
}

int store_sync(struct store *store)
{
	if (syncfs(store->objects < 0 ? store->fd : store->objects) == 0)
		return 0;
	complain("%s: not on the disk: %s", store->path, strerror(errno));
	return -1;
}

int replace_file(struct store *store, int dir, const char *name, const void *data, size_t size)
{
	char *temp;
	int fd = store_temp(store, &temp), result;

	if (fd < 0)
		return -1;
	result = write_all(fd, data, size);
	if (result == 0)
		result = fchmod(fd, 0644);
	if (result == 0)
		result = fsync(fd);
	close(fd);
	if (result == 0)
		result = renameat(store->tmp, temp, dir, name);
	if (result == 0)
		result = fsync(dir);
	if (result < 0) {
		complain("%s: %s: %s", store->path, name, strerror(errno));
		unlinkat(store->tmp, temp, 0);
	}
	free(temp);
	return result;
}

int set_immutable(int dir, const char *name, bool on)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int flags, result = -1;

	if (fd < 0)
		return -1;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		int wanted = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;

		result = wanted == flags ? 0 : ioctl(fd, FS_IOC_SETFLAGS, &wanted);
	}
	close(fd);
	return result;
}

/* --- names of images --- */

void ref_free(struct ref *ref)
{
	free(ref->name);
	ref_text_free(&ref->text);
}

void ref_list_free(struct ref *refs, u32 count)
{
	for (u32 i = 0; refs != NULL && i < count; i++)
		ref_free(&refs[i]);
	free(refs);
}

int ref_read(struct store *store, const char *name, struct ref *ret)
{
	struct ref ref = { 0 };
	char *text;
	bool right;

	if (!store_name_ok(name)) {
		complain("'%s' cannot be an image's name", name);
		return -1;
	}
	text = read_small(store->refs, name, REF_TEXT_MAX, NULL);
	if (text == NULL) {
		complain("no image '%s'", name);
		return -1;
	}
	right = ref_text_parse(text, &ref.text) && hex_parse(ref.text.image, ref.digest);
	free(text);
	if (!right) {
		complain("%s/refs/%s: damaged", store->path, name);
		ref_text_free(&ref.text);
		return -1;
	}
	ref.name = xprintf("%s", name);
	*ret = ref;
	return 0;
}

int ref_write(struct store *store, const struct ref *ref)
{
	char hex[HEX_SIZE];
	char *text;
	int result;

	hex_text(ref->digest, hex);
	text = xprintf("image %s\n%s", hex, ref->text.protected ? "protected\n" : "");
	for (u32 i = 0; i < ref->text.path_count; i++) {
		char *path = protect_path_escape(ref->text.paths[i]), *more;

		if (path == NULL)
			out_of_memory();
		more = xprintf("%sprotect %s\n", text, path);
		free(path);
		free(text);
		text = more;
	}
	result = replace_file(store, store->refs, ref->name, text, strlen(text));
	free(text);
	return result;
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void ref_names_free(char **names, u32 count)
{
	for (u32 i = 0; names != NULL && i < count; i++)
		free(names[i]);
	free(names);
}

char **ref_names(struct store *store, u32 *ret_count)
{
	int fd = openat(store->refs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char **names = xmalloc(sizeof(*names));
	struct dirent *entry;
	u32 count = 0;

	*ret_count = 0;
	while (dir != NULL && (errno = 0, entry = readdir(dir)) != NULL) {
		if (!store_name_ok(entry->d_name))
			continue;
		names = xrealloc(names, (count + 1) * sizeof(*names));
		names[count++] = xprintf("%s", entry->d_name);
	}
	if (dir == NULL || errno != 0) {
		complain("%s/refs: %s", store->path, strerror(errno));
		ref_names_free(names, count);
		names = NULL;
	} else {
		if (count > 1)
			qsort(names, count, sizeof(*names), name_order);
		*ret_count = count;
	}
	if (dir != NULL)
		closedir(dir);
	return names;
}

struct ref *ref_list_readable(struct store *store, u32 *ret_count, u32 *ret_damaged)
{
	u32 count, damaged = 0;
	char **names = ref_names(store, &count);
	struct ref *refs;

	*ret_count = 0;
	if (names == NULL)
		return NULL;
	refs = xcalloc(count, sizeof(*refs));
	for (u32 i = 0; i < count; i++)
		damaged += ref_read(store, names[i], &refs[i - damaged]) < 0;
	ref_names_free(names, count);
	*ret_count = count - damaged;
	*ret_damaged = damaged;
	return refs;
}

struct ref *ref_list(struct store *store, u32 *ret_count)
{
	u32 damaged;
	struct ref *refs = ref_list_readable(store, ret_count, &damaged);

	if (refs == NULL || damaged == 0)
		return refs;
	ref_list_free(refs, *ret_count);
	*ret_count = 0;
	return NULL;
}

int ref_resolve(struct store *store, const char *name, u8 ret[DIGEST_SIZE])
{
	struct ref ref;

	if (hex_parse(name, ret) && faccessat(store->refs, name, F_OK, 0) < 0)
		return 0;
	if (ref_read(store, name, &ref) < 0)
		return -1;
	memcpy(ret, ref.digest, DIGEST_SIZE);
	ref_free(&ref);
	return 0;
}
