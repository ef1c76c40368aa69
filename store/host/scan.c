/*
 * A directory of the host as a tree: names and metadata by one thread, content by many
 * (hash.c).
 *
 * The directory may change meanwhile. Everything is opened below it with openat2() and
 * RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, so a component that becomes a link leads nowhere.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "store/host/host.h"

#define XATTR_LIST_MAX 65536

/* Files with several names, by device and inode number. */
struct link {
	u64 dev, ino;
	struct inode *inode;
};

struct scan {
	struct ingest *in;
	struct link *links; /* open addressing; inode NULL: free */
	u32 link_size, link_count;
	struct entry **queue; /* directories to be listed */
	u32 queue_count, queue_capacity;
	dev_t store_dev, source_dev;
	ino_t store_ino;
};

int open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (u64)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN) && !interrupted());
	return (int)fd;
}

/* --- what is left out --- */

bool path_excluded(const char *path, const char *name)
{
	for (u32 i = 0; i < options.exclude_count; i++) {
		const char *pattern = options.excludes[i];
		bool whole = strchr(pattern, '/') != NULL;

		if (pattern[0] == '/')
			pattern++;
		if (fnmatch(pattern, whole ? path : name, whole ? FNM_PATHNAME : 0) == 0)
			return true;
	}
	return false;
}

static const struct {
	const char *pattern, *words;
} secrets[] = {
#define SECRET(pattern, words) { pattern, words },
#include "store/secrets.def"
#undef SECRET
};

/* The last part of path with as many slashes as the pattern has; NULL: it has fewer. */
static const char *path_end(const char *path, const char *pattern)
{
	size_t slashes = 0;
	const char *at = path + strlen(path);

	for (const char *p = pattern; *p != 0; p++)
		slashes += *p == '/';
	while (at > path) {
		if (at[-1] == '/' && slashes-- == 0)
			return at;
		at--;
	}
	return slashes == 0 ? at : NULL;
}

const char *secret_pattern(const char *path, const char *name, const char **ret_content)
{
	const char *found = NULL;

	if (options.no_filter)
		return NULL;
	/* A row that needs no look at the content is the stronger one. */
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		const char *pattern = secrets[i].pattern;
		const char *subject =
			strchr(pattern, '/') == NULL ? name : path_end(path, pattern);

		if (subject != NULL && (found == NULL || secrets[i].words == NULL) &&
		    fnmatch(pattern, subject, FNM_PATHNAME) == 0) {
			*ret_content = secrets[i].words;
			found = pattern;
		}
	}
	return found;
}

bool secret_content(const char *words, const void *data, size_t size)
{
	while (words != NULL && *words != 0) {
		size_t len = strcspn(words, "|");

		if (memmem(data, size, words, len) != NULL)
			return true;
		words += len + (words[len] == '|');
	}
	return false;
}

void left_out(struct ingest *in, const char *path, const char *why)
{
	json_t *item;

	pthread_mutex_lock(&in->lock);
	item = json_object();
	json_object_set_new(item, "path", json_name(path, strlen(path)));
	json_object_set_new(item, "why", json_string(why));
	json_array_append_new(in->left_out, item);
	pthread_mutex_unlock(&in->lock);
}

/* --- metadata --- */

void inode_set_stat(struct inode *inode, const struct stat *st)
{
	inode->mode = st->st_mode;
	inode->uid = st->st_uid;
	inode->gid = st->st_gid;
	inode->mtime = st->st_mtim.tv_sec;
	inode->mtime_nsec = (u32)st->st_mtim.tv_nsec;
	inode->size = S_ISREG(st->st_mode) ? (u64)st->st_size : 0;
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		inode->rdev = image_rdev(major(st->st_rdev), minor(st->st_rdev));
	inode->source_dev = st->st_dev;
	inode->source_ino = st->st_ino;
	inode->source_ctime = st->st_ctim.tv_sec;
	inode->source_ctime_nsec = (u32)st->st_ctim.tv_nsec;
}

bool xattr_known(const char *name)
{
	static const char *const kinds[] = { "user.", "trusted.", "security." };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			return name[strlen(kinds[i])] != 0;
	return strcmp(name, "system.posix_acl_access") == 0 ||
	       strcmp(name, "system.posix_acl_default") == 0;
}

int read_xattrs(struct ingest *in, int dir, const char *name, const char *path,
		struct inode *inode)
{
	char *place = xprintf("/proc/self/fd/%d/%s", dir, name == NULL ? "" : name);
	char *list = xmalloc(XATTR_LIST_MAX), *value = xmalloc(XATTR_SIZE_MAX);
	ssize_t size = name == NULL ? flistxattr(dir, list, XATTR_LIST_MAX) :
				      llistxattr(place, list, XATTR_LIST_MAX);
	int result = 0;

	if (size < 0 && errno != ENOTSUP && errno != ENOENT) {
		complain("%s: %s", path, strerror(errno));
		result = -1;
	}
	for (char *at = list; result == 0 && at < list + size; at += strlen(at) + 1) {
		ssize_t n = name == NULL ? fgetxattr(dir, at, value, XATTR_SIZE_MAX) :
					   lgetxattr(place, at, value, XATTR_SIZE_MAX);
		char *why;

		if (n < 0 && (errno == ENODATA || errno == ENOENT))
			continue;
		if (n >= 0 && xattr_known(at)) {
			inode_set_xattr(inode, at, value, (u32)n);
			continue;
		}
		why = xprintf("attribute %s%s%s", at, n < 0 ? ": " : " is of a foreign kind",
			      n < 0 ? strerror(errno) : "");
		left_out(in, path, why);
		free(why);
	}
	free(value);
	free(list);
	free(place);
	return result;
}

static char *read_link(int dir, const char *name)
{
	char *target = xmalloc(PATH_MAX + 1);
	ssize_t n = readlinkat(dir, name, target, PATH_MAX + 1);

	if (n < 0 || n > PATH_MAX) {
		free(target);
		return NULL;
	}
	target[n] = 0;
	return target;
}

/* --- links --- */

static struct link *link_slot(const struct scan *scan, u64 dev, u64 ino)
{
	u32 at = (u32)((ino ^ dev << 7) * 0x9e3779b97f4a7c15u >> 32);

	for (;; at++) {
		struct link *link = &scan->links[at & (scan->link_size - 1)];

		if (link->inode == NULL || (link->dev == dev && link->ino == ino))
			return link;
	}
}

static void link_add(struct scan *scan, struct inode *inode)
{
	if (scan->link_count * 2 >= scan->link_size) {
		struct link *old = scan->links;
		u32 old_size = scan->link_size;

		scan->link_size = old_size == 0 ? 256 : old_size * 2;
		scan->links = xcalloc(scan->link_size, sizeof(*scan->links));
		for (u32 i = 0; i < old_size; i++)
			if (old[i].inode != NULL)
				*link_slot(scan, old[i].dev, old[i].ino) = old[i];
		free(old);
	}
	*link_slot(scan, inode->source_dev, inode->source_ino) =
		(struct link){ inode->source_dev, inode->source_ino, inode };
	scan->link_count++;
}

/* --- the walk --- */

static void enqueue(struct scan *scan, struct entry *dir)
{
	if (scan->queue_count == scan->queue_capacity) {
		scan->queue_capacity = scan->queue_capacity == 0 ? 64 : scan->queue_capacity * 2;
		scan->queue = xrealloc(scan->queue,
				       scan->queue_capacity * sizeof(*scan->queue));
	}
	scan->queue[scan->queue_count++] = dir;
}

/* True: the entry is a further name of a file that is known. */
static bool known_link(struct scan *scan, struct entry *dir, const char *name,
		       const struct stat *st, const char *secret, const char *words)
{
	struct link *link;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2 || scan->link_size == 0)
		return false;
	link = link_slot(scan, st->st_dev, st->st_ino);
	if (link->inode == NULL)
		return false;
	tree_add(scan->in->tree, dir, name, (u32)strlen(name), link->inode);
	if (secret != NULL && words == NULL) {
		link->inode->left_out = IS_SECRET;
	} else if (secret != NULL && link->inode->job != 0) {
		struct job *job = &scan->in->jobs[link->inode->job - 1];

		job->secret = secret;
		job->secret_words = words;
	}
	return true;
}

/* Of a mounted file system, where only SRC's own shall be kept. */
static bool is_elsewhere(const struct scan *scan, const struct stat *st)
{
	return options.one_file_system && st->st_dev != scan->source_dev;
}

static int add_found(struct scan *scan, int fd, struct entry *dir, const char *name,
		     const char *path, const struct stat *st)
{
	struct ingest *in = scan->in;
	const char *words = NULL, *secret = NULL;
	struct inode *inode;
	struct entry *entry;

	if (S_ISREG(st->st_mode))
		secret = secret_pattern(path, name, &words);
	if (secret != NULL && words == NULL && st->st_nlink < 2) {
		left_out(in, path, IS_SECRET);
		return 0;
	}
	if (known_link(scan, dir, name, st, secret, words))
		return 0;
	inode = inode_create(st->st_mode);
	inode_set_stat(inode, st);
	if (S_ISLNK(st->st_mode)) {
		inode->target = read_link(fd, name);
		if (inode->target == NULL) {
			complain("%s: %s", path, strerror(errno));
			inode_put(inode);
			return -1;
		}
	}
	if (read_xattrs(in, fd, name, path, inode) < 0) {
		inode_put(inode);
		return -1;
	}
	entry = tree_add(in->tree, dir, name, (u32)strlen(name), inode);
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1)
		link_add(scan, inode);
	if (is_elsewhere(scan, st))
		left_out(in, path, "what is in it is of another file system");
	else if (S_ISDIR(st->st_mode))
		enqueue(scan, entry);
	if (secret != NULL && words == NULL)
		inode->left_out = IS_SECRET; /* and so are its other names */
	if (inode->left_out != NULL || (in->wanted != NULL && !in->wanted(in, (u64)st->st_size)))
		return 0;
	if (S_ISREG(st->st_mode) && st->st_size > 0)
		add_job(in, entry, path, secret, words);
	else if (S_ISREG(st->st_mode))
		in->files++;
	return 0;
}

static int scan_entry(struct scan *scan, int fd, struct entry *dir, const char *dir_path,
		      const char *name)
{
	char *path = xprintf("%s%s%s", dir_path, dir_path[0] == 0 ? "" : "/", name);
	struct stat st;
	int result = 0;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		/* It went between being listed and being looked at. */
		if (errno != ENOENT) {
			complain("%s: %s", path, strerror(errno));
			result = -1;
		}
	} else if (st.st_dev == scan->store_dev && st.st_ino == scan->store_ino) {
		left_out(scan->in, path, "is the store");
	} else if (is_elsewhere(scan, &st) && !S_ISDIR(st.st_mode)) {
		left_out(scan->in, path, "is of another file system");
	} else if (!path_excluded(path, name)) {
		result = add_found(scan, fd, dir, name, path, &st);
	}
	free(path);
	return result;
}

static int scan_one(struct scan *scan, struct entry *dir)
{
	char *path = entry_path(dir);
	int fd = open_beneath(scan->in->source, path[0] == 0 ? "." : path,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	if (fd < 0 && errno == ENOENT && dir->parent != NULL) {
		left_out(scan->in, path, WENT_AWAY);
		tree_remove(scan->in->tree, dir);
		free(path);
		return 0;
	}
	if (listing == NULL) {
		complain("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		free(path);
		return -1;
	}
	while (result == 0 && !interrupted()) {
		errno = 0;
		entry = readdir(listing);
		if (entry == NULL) {
			if (errno != 0) {
				complain("%s: %s", path, strerror(errno));
				result = -1;
			}
			break;
		}
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = scan_entry(scan, fd, dir, path, entry->d_name);
	}
	closedir(listing);
	progress("listing", scan->in->tree->count, 0, scan->in->total_bytes);
	free(path);
	return result;
}

static int scan_all(struct scan *scan, const char *path)
{
	struct ingest *in = scan->in;
	struct stat st;
	int result;

	if (fstat(in->source, &st) < 0) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	scan->source_dev = st.st_dev;
	inode_set_stat(in->tree->root.inode, &st);
	result = read_xattrs(in, in->source, NULL, path, in->tree->root.inode);
	if (fstat(in->store->fd, &st) == 0) {
		scan->store_dev = st.st_dev;
		scan->store_ino = st.st_ino;
	}
	if (result == 0)
		enqueue(scan, &in->tree->root);
	for (u32 i = 0; result == 0 && i < scan->queue_count && !interrupted(); i++)
		result = scan_one(scan, scan->queue[i]);
	return interrupted() ? -1 : result;
}

int scan_directory(struct ingest *in, const char *path)
{
	struct scan scan = { .in = in };
	int result;

	in->source = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (in->source < 0) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	result = scan_all(&scan, path);
	free(scan.links);
	free(scan.queue);
	if (result == 0)
		result = run_jobs(in);
	progress_end();
	return result;
}
