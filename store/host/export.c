/*
 * Writing images out: to a directory, as tar. Content is verified before it is given away.
 *
 * A directory is written below a fresh one; every name is made with *at() calls in a
 * directory that was opened here, so nothing of the image leads elsewhere. Directories get
 * their modes and times last.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "store/host/host.h"

#define BUFFER (256 * 1024)
#define SMALL_MAX (128 * 1024) /* up to this content is read once, to be verified and written */

/* --- to a directory --- */

struct writer {
	struct store *store;
	int root;
	char **links; /* by inode: the first path, when it has several */
	struct dir_note {
		char *path;
		struct image_inode inode;
	} *dirs;
	u32 dir_count, dir_capacity;
	u64 files, bytes;
	u64 owners, attributes, devices; /* that only root could have made: left out */
	char *parent; /* the directory that was used last, and its descriptor: -1 none */
	int parent_fd;
	struct verity verity;
	u8 buffer[SMALL_MAX];
};

/* What a user cannot do the copy goes without, as with tar and cp. */
static bool needs_root(void)
{
	return errno == EPERM && geteuid() != 0;
}

static int failed(const char *path)
{
	complain("%s: %s", path[0] == 0 ? "." : path, strerror(errno));
	return -1;
}

static int write_bytes(const struct visit *visit, int fd)
{
	const u8 *part;
	u64 at = 0, size;

	while (at < visit->inode.size) {
		if (image_data(visit->image, &visit->inode, at, &part, &size) < 0 || size == 0) {
			errno = EIO;
			return -1;
		}
		if (write_all(fd, part, size) < 0)
			return -1;
		at += size;
	}
	return 0;
}

/* 1: written; 0: not what it should be, or not there. */
static int fill_small(struct writer *w, const struct visit *visit, const u8 *digest, int fd)
{
	int object = object_open(w->store, digest);
	size_t size = visit->inode.size;
	u8 found[DIGEST_SIZE];
	ssize_t n;

	if (object < 0)
		return 0;
	n = pread(object, w->buffer, SMALL_MAX, 0);
	close(object);
	if (n != (ssize_t)size)
		return 0;
	verity_begin(&w->verity, NULL);
	verity_add(&w->verity, w->buffer, size);
	verity_end(&w->verity, found);
	if (memcmp(found, digest, DIGEST_SIZE) != 0)
		return 0;
	return write_all(fd, w->buffer, size) < 0 ? failed(visit->path) : 1;
}

static int fill_file(struct writer *w, const struct visit *visit, int fd)
{
	u8 digest[DIGEST_SIZE];
	int object, result;

	if (visit->inode.size == 0 || image_object(visit->image, &visit->inode, digest) < 0)
		return write_bytes(visit, fd) < 0 ? failed(visit->path) : 0;
	result = visit->inode.size < SMALL_MAX ? fill_small(w, visit, digest, fd) : 0;
	if (result != 0)
		return result < 0 ? -1 : 0;
	object = object_open_verified(w->store, digest, visit->inode.size, visit->path);
	if (object < 0)
		return -1;
	result = copy_content(object, fd, visit->inode.size);
	close(object);
	return result < 0 ? failed(visit->path) : 0;
}

static int set_xattrs(const struct visit *visit, int dir, const char *name)
{
	char *place = xprintf("/proc/self/fd/%d/%s", dir, name[0] == 0 ? "." : name);
	struct image_xattr xattr;
	u64 cursor = 0;
	int result;

	while ((result = image_xattr(visit->image, &visit->inode, &cursor, &xattr)) == 1) {
		char *attribute = xattr_name(&xattr);

		if (lsetxattr(place, attribute, xattr.value, xattr.value_size, 0) == 0) {
			result = 0;
		} else if (needs_root()) {
			((struct writer *)visit->context)->attributes++;
		} else {
			complain("%s: attribute %s: %s", visit->path, attribute, strerror(errno));
			result = -1;
		}
		free(attribute);
		if (result < 0)
			break;
	}
	free(place);
	return result;
}

/* Owner, mode, attributes, times: in the order in which none undoes another. */
static int set_metadata(const struct visit *visit, int dir, const char *name, bool with_times)
{
	const struct image_inode *inode = &visit->inode;
	struct writer *w = visit->context;
	u32 mode = inode->mode & 07777;
	struct timespec times[2];
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
		return failed(visit->path);
	if ((st.st_uid != inode->uid || st.st_gid != inode->gid) &&
	    fchownat(dir, name, inode->uid, inode->gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) {
		if (!needs_root())
			return failed(visit->path);
		w->owners++;
		mode &= ~(u32)(S_ISUID | S_ISGID); /* they meant the other owner */
	}
	/* Before the mode: it may deny writing, and an access control list would change it. */
	if (set_xattrs(visit, dir, name) < 0)
		return -1;
	if (!S_ISLNK(inode->mode)) {
		int result = name[0] == 0 ? fchmod(dir, mode) : fchmodat(dir, name, mode, 0);
		if (result < 0)
			return failed(visit->path);
	}
	if (!with_times)
		return 0;
	times[0] = times[1] = (struct timespec){ (time_t)inode->mtime, inode->mtime_nsec };
	if (name[0] == 0 ? futimens(dir, times) < 0 :
			   utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(visit->path);
	return 0;
}

/* 1: left out. */
static int make_one(struct writer *w, const struct visit *visit, int dir, const char *name)
{
	const struct image_inode *inode = &visit->inode;
	char *target;
	int fd, result;

	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return failed(visit->path);
		result = fill_file(w, visit, fd);
		if (close(fd) < 0 && result == 0)
			result = failed(visit->path);
		return result;
	case S_IFLNK:
		target = image_bytes(visit->image, inode);
		result = target == NULL ? -1 : symlinkat(target, dir, name);
		free(target);
		return result < 0 ? failed(visit->path) : 0;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		if (mknodat(dir, name, (inode->mode & S_IFMT) | 0600,
			    makedev(image_rdev_major(inode->rdev),
				    image_rdev_minor(inode->rdev))) == 0)
			return 0;
		return needs_root() ? 1 : failed(visit->path);
	default:
		complain("%s: of an unknown kind", visit->path);
		return -1;
	}
}

static int make_directory(struct writer *w, const struct visit *visit, int dir, const char *name)
{
	if (name[0] != 0 && mkdirat(dir, name, 0700) < 0)
		return failed(visit->path);
	if (w->dir_count == w->dir_capacity) {
		w->dir_capacity = w->dir_capacity == 0 ? 64 : w->dir_capacity * 2;
		w->dirs = xrealloc(w->dirs, w->dir_capacity * sizeof(*w->dirs));
	}
	w->dirs[w->dir_count++] =
		(struct dir_note){ xstrndup(visit->path, visit->path_len), visit->inode };
	return 0;
}

/* The directory of the visited name, borrowed; *ret_name its last part. */
static int open_parent(struct writer *w, const struct visit *visit, const char **ret_name)
{
	const char *slash = strrchr(visit->path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - visit->path);

	*ret_name = slash == NULL ? visit->path : slash + 1;
	if (slash == NULL)
		return w->root;
	if (w->parent != NULL && strlen(w->parent) == len &&
	    memcmp(w->parent, visit->path, len) == 0)
		return w->parent_fd;
	if (w->parent != NULL)
		close(w->parent_fd);
	free(w->parent);
	w->parent = xstrndup(visit->path, len);
	w->parent_fd = open_beneath(w->root, w->parent, O_RDONLY | O_DIRECTORY);
	if (w->parent_fd < 0) {
		free(w->parent);
		w->parent = NULL;
		return -1;
	}
	return w->parent_fd;
}

static int write_visit(struct visit *visit)
{
	struct writer *w = visit->context;
	u64 nid = visit->inode.nid;
	const char *name;
	int dir, result;

	if (visit->path_len == 0)
		return make_directory(w, visit, w->root, "");
	dir = open_parent(w, visit, &name);
	if (dir < 0)
		return failed(visit->path);
	if (S_ISDIR(visit->inode.mode)) {
		result = make_directory(w, visit, dir, name);
	} else if (!visit->first) {
		result = w->links[nid] == NULL ?
				 1 :
				 linkat(w->root, w->links[nid], dir, name, 0);
		if (result < 0)
			failed(visit->path);
	} else {
		result = make_one(w, visit, dir, name);
		if (result == 0)
			result = set_metadata(visit, dir, name, true);
		if (visit->inode.nlink > 1 && result == 0)
			w->links[nid] = xstrndup(visit->path, visit->path_len);
		w->bytes += visit->inode.size;
	}
	w->devices += result == 1;
	progress("writing", ++w->files, visit->image->inodes, w->bytes);
	return result < 0 ? -1 : 0;
}

/* Deepest first: making a file changes its directory's time. */
static int finish_directories(struct writer *w, const struct image *image)
{
	int result = 0;

	for (u32 i = w->dir_count; i-- > 0 && result == 0;) {
		struct dir_note *note = &w->dirs[i];
		struct visit visit = { .image = image,
				       .path = note->path,
				       .path_len = strlen(note->path),
				       .inode = note->inode,
				       .context = w };
		int fd = note->path[0] == 0 ? dup(w->root) :
					      open_beneath(w->root, note->path,
							   O_RDONLY | O_DIRECTORY);

		result = fd < 0 ? failed(note->path) : set_metadata(&visit, fd, "", true);
		if (fd >= 0)
			close(fd);
	}
	return result;
}

int export_directory(struct store *store, const struct image *image, const char *dest)
{
	struct writer *w = xcalloc(1, sizeof(*w));
	u64 count = image->size / 32 + 1;
	int result = -1;

	w->store = store;
	w->root = mkdir(dest, 0700) < 0 ?
			  -1 :
			  open(dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (w->root < 0) {
		free(w);
		return failed(dest);
	}
	w->links = xcalloc(count, sizeof(*w->links));
	result = image_walk(image, image->root, write_visit, w);
	if (result == 0)
		result = finish_directories(w, image);
	progress_end();
	if (result == 0 && w->owners + w->attributes + w->devices != 0 && !options.quiet)
		fprintf(stderr,
			"nacre store: left out, as it takes root: owners of %llu files, %llu "
			"attributes, %llu devices\n",
			(unsigned long long)w->owners, (unsigned long long)w->attributes,
			(unsigned long long)w->devices);
	for (u64 i = 0; i < count; i++)
		free(w->links[i]);
	for (u32 i = 0; i < w->dir_count; i++)
		free(w->dirs[i].path);
	free(w->links);
	free(w->dirs);
	if (w->parent != NULL)
		close(w->parent_fd);
	free(w->parent);
	close(w->root);
	free(w);
	return result;
}

/* --- as tar --- */

struct tar {
	struct store *store;
	struct archive *archive;
	char **links;
	u64 files, bytes;
	u8 buffer[BUFFER];
};

static int tar_failed(struct tar *tar, const char *path)
{
	errno = archive_errno(tar->archive);
	if (errno == EPIPE) /* it can only be the standard output */
		output_failed();
	complain("%s: %s: %s", path, archive_error_string(tar->archive), strerror(errno));
	return -1;
}

static int tar_content(struct tar *tar, const struct visit *visit)
{
	u8 digest[DIGEST_SIZE];
	const u8 *part;
	u64 at = 0, size;
	ssize_t n;
	int fd;

	if (image_object(visit->image, &visit->inode, digest) < 0) {
		for (; at < visit->inode.size; at += size)
			if (image_data(visit->image, &visit->inode, at, &part, &size) < 0 ||
			    archive_write_data(tar->archive, part, size) < 0)
				return tar_failed(tar, visit->path);
		return 0;
	}
	fd = object_open_verified(tar->store, digest, visit->inode.size, visit->path);
	if (fd < 0)
		return -1;
	while ((n = read(fd, tar->buffer, BUFFER)) > 0 && !interrupted())
		if (archive_write_data(tar->archive, tar->buffer, (size_t)n) < 0) {
			n = tar_failed(tar, visit->path);
			break;
		}
	close(fd);
	return n < 0 || interrupted() ? -1 : 0;
}

/* libarchive writes seconds and fraction one after the other: see archive.c. */
static void tar_time(struct archive_entry *entry, s64 seconds, u32 nsec)
{
	if (seconds < -1 && nsec != 0) {
		seconds++;
		nsec = 1000000000 - nsec;
	} else if (seconds == -1) {
		nsec = 0; /* "-0.5" cannot be said */
	}
	archive_entry_set_mtime(entry, (time_t)seconds, nsec);
}

static int tar_fill(struct tar *tar, struct archive_entry *entry, const struct visit *visit)
{
	const struct image_inode *inode = &visit->inode;
	struct image_xattr xattr;
	u64 cursor = 0;
	char *text;
	int result;

	text = xprintf("./%s%s", visit->path,
		       S_ISDIR(inode->mode) && visit->path_len != 0 ? "/" : "");
	archive_entry_copy_pathname(entry, text);
	free(text);
	if (!visit->first && tar->links[inode->nid] != NULL) {
		archive_entry_copy_hardlink(entry, tar->links[inode->nid]);
		return 0;
	}
	archive_entry_set_filetype(entry, inode->mode & S_IFMT);
	archive_entry_set_perm(entry, inode->mode & 07777);
	archive_entry_set_uid(entry, inode->uid);
	archive_entry_set_gid(entry, inode->gid);
	tar_time(entry, (s64)inode->mtime, inode->mtime_nsec);
	archive_entry_set_size(entry, S_ISREG(inode->mode) ? (la_int64_t)inode->size : 0);
	archive_entry_set_rdevmajor(entry, image_rdev_major(inode->rdev));
	archive_entry_set_rdevminor(entry, image_rdev_minor(inode->rdev));
	if (S_ISLNK(inode->mode)) {
		text = image_bytes(visit->image, inode);
		if (text == NULL)
			return -1;
		archive_entry_copy_symlink(entry, text);
		free(text);
	}
	while ((result = image_xattr(visit->image, inode, &cursor, &xattr)) == 1) {
		text = xattr_name(&xattr);
		archive_entry_xattr_add_entry(entry, text, xattr.value, xattr.value_size);
		free(text);
	}
	return result;
}

static int tar_visit(struct visit *visit)
{
	struct tar *tar = visit->context;
	struct archive_entry *entry;
	int result;

	if (S_ISSOCK(visit->inode.mode)) {
		complain("%s: a socket has no place in tar and is left out", visit->path);
		return 0;
	}
	entry = archive_entry_new();
	if (entry == NULL)
		out_of_memory();
	result = tar_fill(tar, entry, visit);
	/* Names that are not UTF-8 are written as they are, with a warning of the library's. */
	if (result == 0 && archive_write_header(tar->archive, entry) < ARCHIVE_WARN)
		result = tar_failed(tar, visit->path);
	if (result == 0 && visit->first && S_ISREG(visit->inode.mode) && visit->inode.size != 0)
		result = tar_content(tar, visit);
	if (visit->first && visit->inode.nlink > 1 && !S_ISDIR(visit->inode.mode))
		tar->links[visit->inode.nid] = xprintf("./%s", visit->path);
	archive_entry_free(entry);
	tar->bytes += visit->inode.size;
	progress("writing", ++tar->files, visit->image->inodes, tar->bytes);
	return result;
}

/* How tar is compressed, by the end of a file's name. NULL in add: not at all. */
static const struct suffix {
	const char *end;
	int (*add)(struct archive *archive);
} suffixes[] = {
	{ ".tar", NULL },
	{ ".tar.gz", archive_write_add_filter_gzip },
	{ ".tgz", archive_write_add_filter_gzip },
	{ ".tar.xz", archive_write_add_filter_xz },
	{ ".txz", archive_write_add_filter_xz },
	{ ".tar.zst", archive_write_add_filter_zstd },
	{ ".tzst", archive_write_add_filter_zstd },
	{ ".tar.bz2", archive_write_add_filter_bzip2 },
	{ ".tbz2", archive_write_add_filter_bzip2 },
};

static bool ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len > end_len && strcmp(name + len - end_len, end) == 0;
}

/* NULL: the name is not that of a tar archive. */
static const struct suffix *suffix_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (ends_in(name, suffixes[i].end))
			return &suffixes[i];
	return NULL;
}

/* NULL: none. The same image gives the same bytes: no time in gzip's header. */
static int tar_compress(struct archive *archive, const struct suffix *suffix)
{
	if (suffix == NULL || suffix->add == NULL)
		return ARCHIVE_OK;
	if (suffix->add(archive) < ARCHIVE_WARN)
		return ARCHIVE_FATAL;
	return suffix->add != archive_write_add_filter_gzip ?
		       ARCHIVE_OK :
		       archive_write_set_filter_option(archive, "gzip", "timestamp", NULL);
}

static int tar_write(struct store *store, const struct image *image, int fd,
		     const struct suffix *suffix)
{
	struct tar *tar = xcalloc(1, sizeof(*tar));
	u64 count = image->size / 32 + 1;
	int result;

	tar->store = store;
	tar->links = xcalloc(count, sizeof(*tar->links));
	tar->archive = archive_write_new();
	if (tar->archive == NULL)
		out_of_memory();
	archive_write_set_format_pax(tar->archive);
	archive_write_set_bytes_in_last_block(tar->archive, 1);
	result = tar_compress(tar->archive, suffix) == ARCHIVE_OK &&
				 archive_write_open_fd(tar->archive, fd) == ARCHIVE_OK ?
			 image_walk(image, image->root, tar_visit, tar) :
			 tar_failed(tar, "tar");
	if (archive_write_close(tar->archive) != ARCHIVE_OK && result == 0)
		result = tar_failed(tar, "tar");
	archive_write_free(tar->archive);
	for (u64 i = 0; i < count; i++)
		free(tar->links[i]);
	free(tar->links);
	free(tar);
	progress_end();
	return result;
}

int export_tar(struct store *store, const struct image *image, int fd)
{
	return tar_write(store, image, fd, NULL);
}

/* --- the command --- */

/* A new file takes the place of path when it is whole. */
static int to_new_tar(struct store *store, const struct image *image, const char *path,
		      const struct suffix *suffix)
{
	char *part = xprintf("%s.part-%d", path, (int)getpid());
	int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), result;

	if (fd < 0) {
		result = failed(part);
		free(part);
		return result;
	}
	result = tar_write(store, image, fd, suffix);
	if (close(fd) < 0 && result == 0)
		result = failed(part);
	if (result == 0 && rename(part, path) < 0)
		result = failed(path);
	if (result < 0)
		unlink(part);
	free(part);
	return result;
}

static int to_tar(struct store *store, const struct image *image, const char *dest)
{
	const struct suffix *suffix = suffix_find(dest);
	struct stat st;
	char *path;
	int fd, result;

	if (strcmp(dest, "-") == 0)
		return export_tar(store, image, STDOUT_FILENO);
	if (stat(dest, &st) < 0)
		return to_new_tar(store, image, dest, suffix);
	if (S_ISREG(st.st_mode)) {
		path = realpath(dest, NULL); /* a link stays one */
		result = path == NULL ? failed(dest) : to_new_tar(store, image, path, suffix);
		free(path);
		return result;
	}
	/* A pipe or a device stays what it is. */
	fd = open(dest, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return failed(dest);
	result = tar_write(store, image, fd, suffix);
	if (close(fd) < 0 && result == 0)
		result = failed(dest);
	return result;
}

/* What DEST is to become, when nobody has said; NULL: an archive that is not written. */
static const char *format_of(const char *dest)
{
	static const char *const others[] = { ".zip", ".7z",  ".cpio", ".gz",
					      ".xz",  ".zst", ".bz2" };

	if (strcmp(dest, "-") == 0 || suffix_find(dest) != NULL)
		return "tar";
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (ends_in(dest, others[i]))
			return NULL;
	return "dir";
}

int store_export(int argc, char **argv)
{
	const char *format = options.format;
	struct mapped mapped;
	struct store store;
	struct stat st;
	int result;
	bool made;

	if (argc != 2) {
		complain("export takes a name and a destination");
		return EXIT_FAILED;
	}
	if (format == NULL)
		format = format_of(argv[1]);
	if (format == NULL) {
		complain("%s: such an archive is not written: .tar, .tar.gz, .tar.xz, .tar.zst and "
			 ".tar.bz2 are; --format=dir makes a directory of any name",
			 argv[1]);
		return EXIT_FAILED;
	}
	if (strcmp(argv[1], "-") == 0 && strcmp(format, "tar") != 0) {
		complain("only tar goes to the standard output");
		return EXIT_FAILED;
	}
	if (store_open(&store, false) < 0 || store_lock(&store, LOCK_READER) < 0 ||
	    image_map_name(&store, argv[0], &mapped) < 0)
		return EXIT_FAILED;
	/* What is there is not ours to remove. */
	made = strcmp(format, "tar") != 0 && lstat(argv[1], &st) < 0 && errno == ENOENT;
	if (strcmp(format, "tar") == 0)
		result = to_tar(&store, &mapped.image, argv[1]);
	else if (strcmp(format, "oci") == 0)
		result = export_oci(&store, &mapped.image, argv[0], argv[1]);
	else
		result = export_directory(&store, &mapped.image, argv[1]);
	if (result < 0 && made && lstat(argv[1], &st) == 0)
		remove_tree(argv[1]);
	if (result == 0 && options.json && strcmp(argv[1], "-") != 0)
		json_print(json_pack("{s:s, s:o, s:s}", "name", argv[0], "to",
				     json_name(argv[1], strlen(argv[1])), "format", format));
	return result < 0 ? EXIT_FAILED : EXIT_OK;
}
