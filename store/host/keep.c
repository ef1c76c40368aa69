/*
 * The keeper: the process that makes layers for a sandbox and images of them. See keep.h.
 *
 * It serves one broker and ends with it. A broker that is gone without a word has lost its
 * sandbox: of :sync layers what was kept so far becomes the image, others are dropped.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/host/fence.h"
#include "store/host/keep.h"
#include "store/host/kept.h"

#define LAYERS_MAX 32
#define SMALL_MAX (1u << 20)
#define TRIES 3

struct keeper {
	struct store store;
	struct kept layers[LAYERS_MAX];
	u32 count;
	struct verity verity;
	u8 buffer[SMALL_MAX];
};

/* --- making a layer --- */

static int write_base(int dir, const u8 *digest)
{
	int fd = openat(dir, "base", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	char hex[HEX_SIZE], *text;
	int result;

	if (fd < 0)
		return -1;
	hex_text(digest, hex);
	text = xprintf("image %s\n", hex);
	result = write_all(fd, text, strlen(text)) < 0 || fsync(fd) < 0 ? -1 : 0;
	free(text);
	close(fd);
	return result;
}

/* In the locked directory k->dir. */
static int layer_fill(struct kept *k)
{
	if (mkdirat(k->dir, "upper", 0700) < 0 || write_base(k->dir, k->base) < 0)
		return -1;
	k->upper = openat(k->dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (k->sync)
		k->log = openat(k->dir, "log", O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC,
				0644);
	return k->upper < 0 || (k->sync && k->log < 0) || fsync(k->dir) < 0 ? -1 : 0;
}

/* Made in tmp/, so that nobody finds it half, and moved. */
static int layer_make(struct kept *k)
{
	int layers = layers_open(k->store, true), result = -1;
	char *temp = own_name(k->folder);

	if (layers >= 0 && mkdirat(k->store->tmp, temp, 0700) == 0) {
		k->dir = layer_lock(k->store->tmp, temp);
		if (k->dir >= 0 && layer_fill(k) == 0 &&
		    renameat2(k->store->tmp, temp, layers, k->folder, RENAME_NOREPLACE) == 0)
			result = fsync(layers);
	}
	if (result < 0 && errno == EEXIST)
		complain("image %s: another sandbox has it mounted :sync", k->name);
	else if (result < 0)
		complain("layers/%s: %s", k->folder, strerror(errno));
	if (result < 0 && k->dir >= 0)
		(void)!remove_all(k->store, "tmp", temp);
	if (layers >= 0)
		close(layers);
	free(temp);
	return result;
}

/* commit:BASE:NEW, sync:NAME; 1: a replay, which is done when a store is opened. */
static int layer_parse(struct kept *k, char *spec, u32 number)
{
	char *base = strchr(spec, ':'), *new, commit[32];

	*base++ = 0;
	if (strcmp(spec, "replay") == 0)
		return 1;
	k->sync = strcmp(spec, "sync") == 0;
	new = k->sync ? base : strchr(base, ':');
	if (!k->sync)
		*new++ = 0;
	k->name = xprintf("%s", new);
	snprintf(commit, sizeof(commit), "%u" COMMIT_SUFFIX, number);
	k->folder = k->sync ? xprintf("%s" SYNC_SUFFIX, new) : own_name(commit);
	if (ref_resolve(k->store, base, k->base) < 0)
		return -1;
	/* Its own layer in the way is told of when it is made. */
	return k->sync ? name_check_sync(k->store, new) : name_check(k->store, new);
}

static int say_ready(int fd, const struct keep_ready *ready, const int *fds)
{
	struct iovec iov = { (void *)ready, sizeof(*ready) };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fds != NULL) {
		memset(&control, 0, sizeof(control));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(2 * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, 2 * sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int layer_start(struct keeper *keeper, int fd, char *spec)
{
	static struct keep_ready ready;
	struct kept *k = &keeper->layers[keeper->count++];
	char *place = realpath(keeper->store.path, NULL);
	int fds[2], result;

	*k = (struct kept){ .store = &keeper->store, .dir = -1, .upper = -1, .log = -1 };
	result = place == NULL ? -1 : layer_parse(k, spec, keeper->count);
	if (result == 0)
		result = layer_make(k);
	if (result == 0) {
		hex_text(k->base, ready.digest);
		if ((size_t)snprintf(ready.path, sizeof(ready.path), "%s/layers/%s/upper", place,
				     k->folder) >= sizeof(ready.path))
			result = -1;
		fds[0] = k->upper;
		fds[1] = k->dir;
	}
	free(place);
	ready.failed = result < 0;
	return say_ready(fd, &ready, result == 0 ? fds : NULL) < 0 || result < 0 ? -1 : 0;
}

/* --- keeping what was closed --- */

/* The content of an open file; what is being written to is taken as it is. */
static int content_take(struct keeper *keeper, struct batch *batch, int fd, struct stat *st,
			struct inode *inode)
{
	struct stat after;
	size_t size = 0;
	ssize_t n = 0;

	for (int i = 0; i < TRIES; i++) {
		if (fstat(fd, st) < 0)
			return -1;
		if ((u64)st->st_size > SMALL_MAX) {
			inode->content = CONTENT_OBJECT;
			if (batch_put_file(batch, &keeper->verity, fd, &inode->size,
					   inode->digest) < 0)
				return -1;
		} else {
			for (size = 0; size < SMALL_MAX; size += (size_t)n) {
				n = pread(fd, keeper->buffer + size, SMALL_MAX - size, (off_t)size);
				if (n <= 0)
					break;
			}
			if (n < 0)
				return -1;
		}
		if (fstat(fd, &after) == 0 && after.st_size == st->st_size &&
		    memcmp(&after.st_mtim, &st->st_mtim, sizeof(st->st_mtim)) == 0)
			break;
	}
	return (u64)st->st_size > SMALL_MAX ?
		       0 :
		       inode_set_content(batch, &keeper->verity, inode, keeper->buffer, size);
}

/* 1: kept; 0: it is gone, or no file; -1. */
static int keep_file(struct keeper *keeper, const struct kept *k, struct batch *batch, u64 id,
		     struct log_entry *ret)
{
	struct inode inode = { 0 };
	struct stat st;
	char path[32];
	int fd, result;

	snprintf(path, sizeof(path), "data/%llu", (unsigned long long)id);
	fd = open_beneath(k->upper, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return 0;
	}
	result = content_take(keeper, batch, fd, &st, &inode);
	close(fd);
	if (result < 0)
		return -1;
	*ret = (struct log_entry){ .id = id, .size = inode.size, .mtime = st.st_mtim.tv_sec,
				   .mtime_nsec = (u32)st.st_mtim.tv_nsec,
				   .content = inode.content };
	if (inode.content == CONTENT_INLINE)
		memcpy(ret->bytes, inode.bytes, inode.size);
	if (inode.content == CONTENT_OBJECT)
		memcpy(ret->bytes, inode.digest, DIGEST_SIZE);
	return 1;
}

static int journal_sync(const struct kept *k)
{
	int fd = open_beneath(k->upper, "journal", O_RDONLY | O_NOFOLLOW | O_NONBLOCK), result;

	if (fd < 0)
		return -1;
	result = fdatasync(fd);
	close(fd);
	return result;
}

static int keep_batch(struct keeper *keeper, const struct keep_ask *ask)
{
	struct kept *k = &keeper->layers[ask->layer];
	struct log_entry *entries = xcalloc(ask->count + 1, sizeof(*entries));
	struct batch batch;
	u32 count = 0;
	int result = store_lock(&keeper->store, LOCK_READER);

	batch_init(&batch, &keeper->store);
	for (u32 i = 0; i < ask->count && result >= 0; i++) {
		result = keep_file(keeper, k, &batch, ask->ids[i], &entries[count]);
		if (result > 0)
			count++;
	}
	if (result >= 0)
		result = batch_publish_soon(&batch);
	if (result == 0)
		result = journal_sync(k);
	if (result == 0)
		result = log_append(k->log, ask->journal_size, entries, count);
	if (result < 0)
		complain("image %s: %s", k->name, strerror(errno));
	batch_fini(&batch);
	store_unlock(&keeper->store);
	free(entries);
	return result;
}

/* --- serving --- */

static int finish_all(struct keeper *keeper)
{
	int result = 0;

	for (u32 i = 0; i < keeper->count; i++)
		if (keeper->layers[i].dir >= 0 && layer_finish(&keeper->layers[i]) < 0)
			result = -1;
	return result;
}

/* True: there is more to serve. */
static bool serve(struct keeper *keeper, int fd, struct keep_ask *ask)
{
	ssize_t n = recv(fd, ask, sizeof(*ask), 0);
	struct keep_done done = { 0 };
	bool end;

	if (n < 0 && errno == EINTR)
		return true;
	if (n < (ssize_t)offsetof(struct keep_ask, ids))
		return false;
	end = ask->what == KEEP_END;
	if (end)
		done.failed = finish_all(keeper) < 0;
	else if (ask->what != KEEP_BATCH || ask->layer >= keeper->count ||
		 keeper->layers[ask->layer].log < 0 || ask->count > KEEP_IDS_MAX ||
		 (size_t)n != offsetof(struct keep_ask, ids) + ask->count * sizeof(ask->ids[0]))
		done.failed = 1;
	else
		done.failed = keep_batch(keeper, ask) < 0;
	if (end)
		for (u32 i = 0; i < keeper->count; i++)
			kept_close(&keeper->layers[i]);
	keeper->count = end ? 0 : keeper->count;
	return send(fd, &done, sizeof(done), MSG_NOSIGNAL) == sizeof(done) && !end;
}

/*
 * What a sandbox wrote is parsed here, so what that does not take is given up: from now on there
 * is the store and what is open, and nothing can be started. Threads are for hashing.
 */
static void shut_in(struct keeper *keeper)
{
	int ruleset = fence_landlock_abi() == 0 ? -1 : fence_ruleset();
	u8 digest[DIGEST_SIZE];

	/* libcrypto reads its configuration when it is used first. */
	verity_begin(&keeper->verity, NULL);
	verity_end(&keeper->verity, digest);
	fence_capabilities(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER |
			   1u << CAP_LINUX_IMMUTABLE);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (ruleset >= 0 && (!fence_allow(ruleset, keeper->store.fd, fence_all_rights()) ||
			     !fence_enter(ruleset)))
		complain("the host's Landlock: %s", strerror(errno));
	if (ruleset >= 0)
		close(ruleset);
	fence_common_calls(true, 0);
}

int keep_main(int argc, char **argv)
{
	struct keeper *keeper = xcalloc(1, sizeof(*keeper));
	struct keep_ask *ask = xmalloc(sizeof(*ask));
	int fd = argc < 2 ? -1 : atoi(argv[0]);

	if (fd < 3 || argc - 1 > LAYERS_MAX || store_open(&keeper->store, false) < 0 ||
	    store_lock(&keeper->store, LOCK_READER) < 0)
		return EXIT_FAILED;
	options.quiet = true;
	for (int i = 1; i < argc; i++)
		if (strchr(argv[i], ':') == NULL || layer_start(keeper, fd, argv[i]) < 0)
			return EXIT_FAILED;
	store_unlock(&keeper->store);
	shut_in(keeper);
	while (serve(keeper, fd, ask))
		;
	for (u32 i = 0; i < keeper->count; i++) {
		if (keeper->layers[i].log >= 0)
			(void)!layer_replay(&keeper->layers[i]);
		kept_close(&keeper->layers[i]);
	}
	return EXIT_OK;
}
