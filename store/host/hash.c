/*
 * The content of a directory's files: read and hashed by several threads.
 *
 * A file that changes while it is read is read again, three times at most; then the run
 * fails, because a half-old file is nobody's. One that another has taken the place of, as
 * package managers do, is that other; one that has gone is left out, and that is reported.
 * What size, times and number of the last time have a known digest is not read (cache.c),
 * unless --force-hash.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/host.h"

#define SMALL_MAX (1024 * 1024) /* up to this, content is read into memory */
#define SECRET_LOOK 65536
#define TRIES 3

struct worker {
	struct ingest *in;
	pthread_t thread;
	u32 *next; /* shared */
	u32 *failed;
	struct verity verity;
	u8 buffer[SMALL_MAX + 1];
};

void ingest_init(struct ingest *in, struct store *store)
{
	struct timespec now;

	memset(in, 0, sizeof(*in));
	in->store = store;
	in->source = -1;
	in->tree = tree_create();
	in->left_out = json_array();
	pthread_mutex_init(&in->lock, NULL);
	batch_init(&in->batch, store);
	clock_gettime(CLOCK_REALTIME, &now);
	in->started = now.tv_sec;
}

void ingest_fini(struct ingest *in)
{
	for (u32 i = 0; i < in->job_count; i++)
		free(in->jobs[i].path);
	free(in->jobs);
	if (in->source >= 0)
		close(in->source);
	batch_fini(&in->batch);
	cache_destroy(in->cache);
	tree_destroy(in->tree);
	json_decref(in->left_out);
	pthread_mutex_destroy(&in->lock);
}

void add_job(struct ingest *in, struct entry *entry, const char *path, const char *secret,
	     const char *words)
{
	if (in->job_count == in->job_capacity) {
		in->job_capacity = in->job_capacity == 0 ? 256 : in->job_capacity * 2;
		in->jobs = xrealloc(in->jobs, in->job_capacity * sizeof(*in->jobs));
	}
	in->jobs[in->job_count++] = (struct job){ .entry = entry,
						  .path = xprintf("%s", path),
						  .secret = secret,
						  .secret_words = words };
	entry->inode->job = in->job_count;
	in->total_bytes += entry->inode->size;
}

int inode_set_content(struct batch *batch, struct verity *verity, struct inode *inode,
		      const void *data, size_t size)
{
	inode->size = size;
	inode->content = size == 0		 ? CONTENT_NONE :
			 size <= INLINE_MAX ? CONTENT_INLINE :
						   CONTENT_OBJECT;
	if (inode->content == CONTENT_INLINE)
		memcpy(inode->bytes, data, size);
	if (inode->content == CONTENT_OBJECT)
		return batch_put(batch, verity, data, size, inode->digest);
	return 0;
}

static struct cache_key key_of(const struct stat *st)
{
	return (struct cache_key){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = (u64)st->st_size,
		.mtime = st->st_mtim.tv_sec,
		.ctime = st->st_ctim.tv_sec,
		.mtime_nsec = (u32)st->st_mtim.tv_nsec,
		.ctime_nsec = (u32)st->st_ctim.tv_nsec,
	};
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	struct cache_key x = key_of(a), y = key_of(b);

	return memcmp(&x, &y, sizeof(x)) == 0;
}

/* Up to size + 1 bytes, so that growth shows. < 0: errno. */
static ssize_t read_content(int fd, u8 *buffer, size_t max)
{
	size_t size = 0;

	while (size < max) {
		ssize_t n = pread(fd, buffer + size, max - size, (off_t)size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		size += (size_t)n;
	}
	return (ssize_t)size;
}

/* 1: read; 0: it has changed meanwhile; -1: failed. */
static int read_once(struct worker *w, struct job *job, int fd, const struct stat *before)
{
	struct inode *inode = job->entry->inode;
	struct stat after;
	int result;

	if (before->st_size <= SMALL_MAX) {
		ssize_t n = read_content(fd, w->buffer, (size_t)before->st_size + 1);

		if (n < 0)
			goto failed;
		if (n != before->st_size || fstat(fd, &after) < 0 || !same_file(before, &after))
			return 0;
		if (job->secret != NULL &&
		    secret_content(job->secret_words, w->buffer,
				   MIN((size_t)n, (size_t)SECRET_LOOK))) {
			inode->left_out = IS_SECRET;
			return 1;
		}
		result = inode_set_content(&w->in->batch, &w->verity, inode, w->buffer, (size_t)n);
		return result < 0 ? -1 : 1;
	}
	if (job->secret != NULL) {
		ssize_t n = read_content(fd, w->buffer, SECRET_LOOK);

		if (n > 0 && secret_content(job->secret_words, w->buffer, (size_t)n)) {
			inode->left_out = IS_SECRET;
			return 1;
		}
	}
	inode->content = CONTENT_OBJECT;
	if (batch_put_file(&w->in->batch, &w->verity, fd, &inode->size, inode->digest) < 0)
		goto failed;
	return fstat(fd, &after) == 0 && same_file(before, &after);
failed:
	if (!interrupted())
		complain("%s: %s", job->path, strerror(errno));
	return -1;
}

static void count_file(struct ingest *in, u64 bytes, bool skipped)
{
	u64 files, all;

	pthread_mutex_lock(&in->lock);
	files = ++in->files;
	all = in->bytes += bytes;
	in->skipped += skipped;
	pthread_mutex_unlock(&in->lock);
	progress("reading", files, in->job_count > files ? in->job_count : files, all);
}

static bool take_cached(struct worker *w, struct job *job, const struct stat *st)
{
	struct inode *inode = job->entry->inode;
	struct cache_key key = key_of(st);
	const u8 *digest;

	if (options.force_hash || w->in->cache == NULL || job->secret != NULL ||
	    st->st_size <= INLINE_MAX)
		return false;
	digest = cache_find(w->in->cache, &key);
	if (digest == NULL || !object_present(w->in->store, digest, (u64)st->st_size))
		return false;
	inode->content = CONTENT_OBJECT;
	memcpy(inode->digest, digest, DIGEST_SIZE);
	cache_add(w->in->cache, &key, digest);
	return true;
}

/* What fd is open on now, into st and the inode; it may be another file than was listed. */
static int describe(struct worker *w, struct job *job, int fd, struct stat *st)
{
	struct inode *inode = job->entry->inode;
	bool same;

	if (fstat(fd, st) < 0) {
		complain("%s: %s", job->path, strerror(errno));
		return -1;
	}
	same = st->st_ino == inode->source_ino && (u64)st->st_dev == inode->source_dev;
	if (!S_ISREG(st->st_mode) || (!same && inode->links > 1)) {
		complain("%s: has been replaced while it was read", job->path);
		return -1;
	}
	inode_set_stat(inode, st);
	if (same)
		return 0;
	inode_clear_xattrs(inode);
	return read_xattrs(w->in, fd, NULL, job->path, inode);
}

static int read_file(struct worker *w, struct job *job, int fd)
{
	struct inode *inode = job->entry->inode;
	struct cache_key key;
	struct stat st;
	int result = 0;

	for (int i = 0; i < TRIES && result == 0; i++) {
		if (describe(w, job, fd, &st) < 0)
			return -1;
		if (take_cached(w, job, &st)) {
			count_file(w->in, inode->size, true);
			return 0;
		}
		result = read_once(w, job, fd, &st);
	}
	if (result == 0)
		complain("%s: changes while it is read", job->path);
	if (result <= 0)
		return -1;
	key = key_of(&st);
	/* A file written just now may be written again within the clock's grain. */
	if (w->in->cache != NULL && inode->content == CONTENT_OBJECT && inode->left_out == NULL &&
	    job->secret == NULL && st.st_ctim.tv_sec < w->in->started - 1)
		cache_add(w->in->cache, &key, inode->digest);
	count_file(w->in, inode->size, false);
	return 0;
}

static int do_job(struct worker *w, struct job *job)
{
	int fd, result;

	if (job->entry->inode->left_out != NULL)
		return 0;
	fd = open_beneath(w->in->source, job->path,
			  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME);
	if (fd < 0 && errno == EPERM)
		fd = open_beneath(w->in->source, job->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT && job->entry->inode->links == 1) {
		job->entry->inode->left_out = WENT_AWAY;
		return 0;
	}
	if (fd < 0) {
		complain("%s: %s", job->path, strerror(errno));
		return -1;
	}
	result = read_file(w, job, fd);
	close(fd);
	return result;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!interrupted() && __atomic_load_n(w->failed, __ATOMIC_RELAXED) == 0) {
		u32 i = __atomic_fetch_add(w->next, 1, __ATOMIC_RELAXED);

		if (i >= w->in->job_count)
			break;
		if (do_job(w, &w->in->jobs[i]) < 0)
			__atomic_store_n(w->failed, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static bool shall_go(const struct entry *entry, void *context)
{
	char *path;

	if (entry->inode->left_out == NULL)
		return false;
	path = entry_path(entry);
	left_out(context, path, entry->inode->left_out);
	free(path);
	return true;
}

void remove_left_out(struct ingest *in)
{
	tree_remove_if(in->tree, shall_go, in);
}

int run_jobs(struct ingest *in)
{
	u32 count = MIN(options.jobs, in->job_count), started = 0, next = 0, failed = 0;
	struct worker **workers = xcalloc(count, sizeof(*workers));

	for (; started < count; started++) {
		struct worker *w = workers[started] = xcalloc(1, sizeof(*w));

		w->in = in;
		w->next = &next;
		w->failed = &failed;
		if (started > 0 && pthread_create(&w->thread, NULL, work, w) != 0) {
			free(w);
			break;
		}
	}
	if (started > 0)
		work(workers[0]);
	for (u32 i = 0; i < started; i++) {
		if (i > 0)
			pthread_join(workers[i]->thread, NULL);
		free(workers[i]);
	}
	free(workers);
	remove_left_out(in);
	return failed != 0 || interrupted() ? -1 : 0;
}
