/*
 * Layers that are kept: images of what sandboxes write. See kept.h.
 *
 * OVERVIEW. A layer over an image is made before its sandbox starts. At the sandbox's end its
 * journal and data become a new image (layer.c): contents are hashed into objects, what is
 * unchanged is taken over by digest. Of a :sync layer each batch of closed files becomes objects
 * at once; the log (log.c) then names them together with the journal's size of that moment. After
 * a crash the same image is made of what the log says.
 *
 * DURABILITY. Objects, then the journal, then the log's record, then the answer. At the end
 * objects, image, name, as everywhere in the store; then the layer goes. Whoever finds the name
 * set and the layer still there makes the same image again, so nothing happens twice.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/host/kept.h"
#include "store/host/layer.h"

/* --- folders --- */

int layers_open(struct store *store, bool create)
{
	int fd;

	if (create && (store_require(store, STORE_LAYERS) < 0 ||
		       (mkdirat(store->fd, "layers", 0777) < 0 && errno != EEXIST)))
		return -1;
	fd = openat(store->fd, "layers", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (create && fd >= 0)
		fsync(store->fd);
	return fd;
}

/* Lock the layer: its directory; -1 and EWOULDBLOCK when somebody has it. */
int layer_lock(int layers, const char *folder)
{
	int fd = openat(layers, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && strcmp(name + len - n, suffix) == 0;
}

static int read_base(int dir, u8 ret[DIGEST_SIZE])
{
	char *text = read_small(dir, "base", 256, NULL);
	int result = -1;

	if (text != NULL && strncmp(text, "image ", 6) == 0 && strlen(text) == 6 + HEX_SIZE) {
		text[6 + HEX_SIZE - 1] = 0;
		result = hex_parse(text + 6, ret) ? 0 : -1;
	}
	free(text);
	return result;
}

void kept_close(struct kept *k)
{
	int fds[] = { k->dir, k->upper, k->log };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(k->folder);
	free(k->name);
}

/* The layer has become an image, or nobody wants it. Out of sight first, then away. */
static int layer_remove(struct store *store, const char *folder)
{
	int layers = layers_open(store, false), result = -1;
	char *gone = own_name(folder);

	if (layers >= 0 && renameat(layers, folder, store->tmp, gone) == 0 && fsync(layers) == 0)
		result = remove_all(store, "tmp", gone);
	else
		complain("layers/%s: %s", folder, strerror(errno));
	if (layers >= 0)
		close(layers);
	free(gone);
	return result;
}

/* --- making an image of a layer --- */

/* What a job of hash.c overwrites: those are attributes of data/N. */
struct saved {
	struct inode *inode;
	u32 mode, uid, gid;
};

struct live {
	struct ingest *in;
	int upper;
	struct saved *saved;
	u32 count, capacity;
};

static int set_live(void *context, struct entry *entry, u64 id)
{
	struct live *live = context;
	struct inode *inode = entry->inode;
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "data/%llu", (unsigned long long)id);
	if (fstatat(live->upper, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode)) {
		complain("%s: its content, %s, is not there", entry->name, path);
		return -1;
	}
	inode->content = CONTENT_NONE;
	inode->source_dev = st.st_dev;
	inode->source_ino = st.st_ino;
	inode->size = (u64)st.st_size;
	if (live->count == live->capacity) {
		live->capacity = live->capacity == 0 ? 256 : live->capacity * 2;
		live->saved = xrealloc(live->saved, live->capacity * sizeof(*live->saved));
	}
	live->saved[live->count++] =
		(struct saved){ inode, inode->mode, inode->uid, inode->gid };
	add_job(live->in, entry, path, NULL, NULL);
	return 0;
}

struct logged {
	const struct log *log;
	struct digest_set *ids; /* an id in the first bytes; number: place in the log + 1 */
	struct store *store;
};

static void id_key(u64 id, u8 ret[DIGEST_SIZE])
{
	memset(ret, 0, DIGEST_SIZE);
	memcpy(ret, &id, sizeof(id));
}

static int set_logged(void *context, struct entry *entry, u64 id)
{
	const struct logged *logged = context;
	struct inode *inode = entry->inode;
	const struct log_entry *e;
	u8 key[DIGEST_SIZE];
	const u64 *at;

	id_key(id, key);
	at = digest_set_find(logged->ids, key);
	/* Not yet closed when the last of the log was written: as it was before. */
	if (at == NULL)
		return 0;
	e = &logged->log->entries[*at - 1];
	inode->content = e->content;
	inode->size = e->size;
	inode->mtime = e->mtime;
	inode->mtime_nsec = e->mtime_nsec;
	if (e->content == CONTENT_INLINE)
		memcpy(inode->bytes, e->bytes, sizeof(inode->bytes));
	if (e->content == CONTENT_OBJECT)
		memcpy(inode->digest, e->bytes, DIGEST_SIZE);
	if (e->content != CONTENT_OBJECT || object_present(logged->store, inode->digest, e->size))
		return 0;
	complain("%s: its object is not in the store (nacre store fsck)", entry->name);
	return -1;
}

/* Does the name say that already? -1: nobody has the name. */
static int name_is(struct store *store, const char *name, const u8 digest[DIGEST_SIZE])
{
	struct ref ref;
	int same;

	if (faccessat(store->refs, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return -1;
	if (ref_read(store, name, &ref) < 0)
		return 0;
	same = memcmp(ref.digest, digest, DIGEST_SIZE) == 0;
	ref_free(&ref);
	return same;
}

/*
 * The name has become something else meanwhile: nothing is lost, it has another name, which
 * nobody has: NAME.kept, NAME.kept.2 ...
 */
static int name_aside(struct kept *k, const u8 digest[DIGEST_SIZE], const char *why)
{
	struct ref ref = { 0 };
	int there = 0, result;

	memcpy(ref.digest, digest, DIGEST_SIZE);
	for (u32 n = 1; there == 0; n++) {
		char *suffix = n == 1 ? xprintf(".kept") : xprintf(".kept.%u", n);

		free(ref.name);
		ref.name = xprintf("%.*s%s", STORE_NAME_MAX - (int)strlen(suffix), k->name, suffix);
		free(suffix);
		there = name_is(k->store, ref.name, digest);
	}
	complain("'%s' %s; the changes are in '%s'", k->name, why, ref.name);
	result = there > 0 ? 0 : ref_write(k->store, &ref);
	free(ref.name);
	return result;
}

/* The sandbox's kernel lets nobody change what is protected; what it wrote is looked at. */
static int name_sync(struct kept *k, const u8 digest[DIGEST_SIZE])
{
	struct ref ref;
	int result;

	if (ref_read(k->store, k->name, &ref) < 0)
		return -1;
	if (memcmp(ref.digest, digest, DIGEST_SIZE) == 0) {
		result = 0;
	} else if (memcmp(ref.digest, k->base, DIGEST_SIZE) != 0) {
		result = name_aside(k, digest, "is another image now");
	} else if (ref.text.protected) {
		result = name_aside(k, digest, "is protected now");
	} else {
		result = same_protected(k->store, &ref, digest);
		memcpy(ref.digest, digest, DIGEST_SIZE);
		if (result == 0)
			result = name_aside(k, digest, "has protected files that are others now");
		else if (result > 0)
			result = ref_write(k->store, &ref);
	}
	ref_free(&ref);
	return result;
}

static int name_image(struct kept *k, const u8 digest[DIGEST_SIZE])
{
	struct ref ref = { .name = k->name };

	if (k->sync && faccessat(k->store->refs, k->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return name_sync(k, digest);
	if (k->sync)
		return name_aside(k, digest, "is no image's name any more");
	memcpy(ref.digest, digest, DIGEST_SIZE);
	return name_check(k->store, k->name) < 0 ? -1 : ref_write(k->store, &ref);
}

static int publish(struct kept *k, struct ingest *in)
{
	u8 digest[DIGEST_SIZE];

	if (batch_publish(&in->batch) < 0 || image_publish(k->store, in->tree, digest) < 0)
		return -1;
	return name_image(k, digest);
}

static int take_contents(struct live *live)
{
	int result = run_jobs(live->in);

	for (u32 i = 0; i < live->count; i++) {
		live->saved[i].inode->mode = live->saved[i].mode;
		live->saved[i].inode->uid = live->saved[i].uid;
		live->saved[i].inode->gid = live->saved[i].gid;
	}
	return result;
}

/* logged NULL: all that is there, which must be all there was to be. */
static int make_image(struct kept *k, int journal, u64 journal_size, struct logged *logged)
{
	struct live live = { .upper = k->upper };
	const struct layer_content content = { logged == NULL ? set_live : set_logged,
					       logged == NULL ? (void *)&live : logged };
	struct mapped mapped;
	struct ingest in;
	int result = -1;

	if (image_map(k->store, k->base, true, &mapped) < 0)
		return -1;
	ingest_init(&in, k->store);
	live.in = &in;
	in.source = fcntl(k->upper, F_DUPFD_CLOEXEC, 3);
	tree_destroy(in.tree);
	in.tree = layer_tree(&mapped.image, journal, journal_size, logged == NULL, &content);
	if (in.tree == NULL)
		in.tree = tree_create();
	else if (take_contents(&live) == 0)
		result = publish(k, &in);
	free(live.saved);
	ingest_fini(&in);
	image_unmap(&mapped);
	return result;
}

static int journal_open(const struct kept *k, u64 *ret_size)
{
	int fd = open_beneath(k->upper, "journal", O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		complain("layers/%s: its journal cannot be read", k->folder);
	else
		*ret_size = (u64)st.st_size;
	return fd;
}

int layer_put_away(struct store *store, const char *folder)
{
	int layers = layers_open(store, false), result = -1;

	if (layers >= 0)
		result = quarantine(store, layers, folder);
	if (result == 0) {
		complain("layers/%s: is damaged and has been moved to quarantine/", folder);
		result = fsync(layers);
	}
	if (layers >= 0)
		close(layers);
	return result;
}

/* The sandbox has ended, and said so. */
int layer_finish(struct kept *k)
{
	u64 size;
	int journal, result = -1;

	if (store_lock(k->store, LOCK_READER) < 0)
		return -1;
	journal = journal_open(k, &size);
	if (journal >= 0) {
		result = make_image(k, journal, size, NULL);
		close(journal);
	}
	if (result == 0)
		(void)!layer_remove(k->store, k->folder);
	else
		complain("image %s: the changes were not kept", k->name);
	store_unlock(k->store);
	return result;
}

/* What the log says of a :sync layer whose sandbox has not come to its end. */
int layer_replay(struct kept *k)
{
	struct logged logged = { .store = k->store };
	struct log log;
	u64 size;
	int journal = -1, result;

	if (store_lock(k->store, LOCK_READER) < 0)
		return -1;
	result = log_read(k->dir, k->folder, &log);
	if (result == 0 && log.records != 0) {
		logged.log = &log;
		logged.ids = digest_set_create();
		for (u32 i = 0; i < log.count; i++) {
			u8 key[DIGEST_SIZE];

			id_key(log.entries[i].id, key);
			*digest_set_add(logged.ids, key, NULL) = i + 1;
		}
		journal = journal_open(k, &size);
		result = journal < 0 ? -1 : make_image(k, journal, log.journal_size, &logged);
		if (journal >= 0)
			close(journal);
		digest_set_destroy(logged.ids);
	}
	log_free(&log);
	if (result == 0)
		result = log.damaged ? layer_put_away(k->store, k->folder) :
				       layer_remove(k->store, k->folder);
	else
		complain("layers/%s: cannot be brought into the image", k->folder);
	store_unlock(k->store);
	return result;
}

/* --- all layers --- */

static int for_each_layer(struct store *store,
			  int (*visit)(struct store *store, int layers, const char *folder,
				       void *context),
			  void *context)
{
	int fd = layers_open(store, false), result = 0;
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (listing == NULL)
		return fd < 0 && errno == ENOENT ? 0 : -1;
	while (result == 0 && (entry = readdir(listing)) != NULL)
		if (entry->d_name[0] != '.')
			result = visit(store, fd, entry->d_name, context);
	closedir(listing);
	return result;
}

/* Has anybody been told that something is kept? */
static bool was_used(int layer)
{
	struct stat st;

	return fstatat(layer, "log", &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size != 0 :
								       errno != ENOENT;
}

static int replay_visit(struct store *store, int layers, const char *folder, void *context)
{
	struct kept k = { .store = store, .sync = true, .upper = -1, .log = -1 };

	(void)context;
	if (!has_suffix(folder, SYNC_SUFFIX))
		return 0;
	k.dir = layer_lock(layers, folder);
	if (k.dir < 0)
		return 0; /* in use, or not ours to touch */
	k.folder = xprintf("%s", folder);
	k.name = xstrndup(folder, strlen(folder) - strlen(SYNC_SUFFIX));
	k.upper = openat(k.dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (k.upper < 0 || read_base(k.dir, k.base) < 0)
		(void)!(was_used(k.dir) ? layer_put_away(store, folder) :
					  layer_remove(store, folder));
	else if (store_name_ok(k.name))
		(void)!layer_replay(&k);
	kept_close(&k);
	return 0;
}

void layers_replay(struct store *store)
{
	if (for_each_layer(store, replay_visit, NULL) < 0)
		complain("%s/layers: %s", store->path, strerror(errno));
}

static int use_visit(struct store *store, int layers, const char *folder, void *context)
{
	int fd = layer_lock(layers, folder);

	(void)store;
	if (fd < 0)
		++*(u32 *)context;
	else
		close(fd);
	return 0;
}

struct left {
	void (*tell)(void *context, const char *folder);
	void *context;
};

static int left_visit(struct store *store, int layers, const char *folder, void *context)
{
	const struct left *left = context;
	int fd = has_suffix(folder, SYNC_SUFFIX) ? layer_lock(layers, folder) : -1;

	(void)store;
	if (fd < 0)
		return 0;
	close(fd);
	left->tell(left->context, folder);
	return 0;
}

int layers_left(struct store *store, void (*tell)(void *context, const char *folder),
		void *context)
{
	struct left left = { tell, context };

	return for_each_layer(store, left_visit, &left);
}

u32 layers_in_use(struct store *store)
{
	u32 count = 0;

	return for_each_layer(store, use_visit, &count) < 0 ? 0 : count;
}

bool layer_holds(struct store *store, const char *name)
{
	char *path = xprintf("layers/%s%s", name, SYNC_SUFFIX);
	bool there = faccessat(store->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	free(path);
	return there;
}

struct mark {
	bool remove;
	int (*base)(void *context, const u8 *digest, const char *layer);
	void (*object)(void *context, const u8 *digest, u64 size);
	void *context;
};

static int mark_visit(struct store *store, int layers, const char *folder, void *context)
{
	const struct mark *mark = context;
	bool is_commit = has_suffix(folder, COMMIT_SUFFIX);
	int lock = is_commit ? layer_lock(layers, folder) : -1, dir, result = 0;
	u8 digest[DIGEST_SIZE];
	struct log log;

	if (lock >= 0) { /* its sandbox is no more */
		if (mark->remove)
			result = layer_remove(store, folder);
		close(lock);
		return result;
	}
	dir = openat(layers, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	/* What is no directory is no layer, and not ours. */
	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (dir < 0) {
		complain("layers/%s: %s", folder, strerror(errno));
		return -1;
	}
	if (read_base(dir, digest) == 0) {
		result = mark->base(mark->context, digest, folder);
	} else if (is_commit || has_suffix(folder, SYNC_SUFFIX)) {
		complain("layers/%s: its base cannot be read; nothing is removed", folder);
		result = -1;
	}
	if (result == 0)
		result = log_read(dir, folder, &log);
	if (result == 0) {
		for (u32 i = 0; i < log.count; i++)
			if (log.entries[i].content == CONTENT_OBJECT)
				mark->object(mark->context, log.entries[i].bytes,
					     log.entries[i].size);
		log_free(&log);
	}
	close(dir);
	return result;
}

int layers_mark(struct store *store, bool remove,
		int (*base)(void *context, const u8 *digest, const char *layer),
		void (*object)(void *context, const u8 *digest, u64 size), void *context)
{
	struct mark mark = { remove, base, object, context };

	return for_each_layer(store, mark_visit, &mark);
}
