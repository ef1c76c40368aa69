/*
 * Archives as trees: tar (plain, gzip, xz, zstd, bzip2), zip, and layers of OCI images.
 *
 * HOSTILE INPUT. A name that is absolute, has "..", is too long, or leads through something
 * that is not a directory ends the run: nothing is guessed and nothing is written outside
 * the store anyway. All other names are bytes and are kept as they are. A later entry of the
 * same name replaces the earlier one, as when tar extracts.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/host.h"
#include "store/host/tap.h"

#define SMALL_MAX (1024 * 1024)
#define FILE_MAX ((u64)1 << 43)
#define DEPTH_MAX 2048
#define SECRET_LOOK 65536
#define ID_NONE 0xffffffffll
#define MAJOR_MAX 0xfffu
#define MINOR_MAX 0xfffffu
#define XATTR_VALUE_MAX 65535

enum { ACL_USER_OBJ = 1, ACL_GROUP_OBJ = 4, ACL_MASK = 0x10, ACL_OTHER = 0x20 };

struct reader {
	struct ingest *in;
	struct archive *archive;
	struct tap *tap; /* NULL: a zip archive, on fd itself */
	int fd;
	const char *what; /* for messages */
	bool layer;	  /* whiteouts have their meaning */
	u64 claimed, given; /* bytes of the file being read: by its header, so far */
	bool ended;
	struct verity verity;
	u8 buffer[SMALL_MAX];
};

/* A path taken apart: where its last name belongs. */
struct place {
	struct entry *dir;
	const char *name; /* terminated: the path's end */
	u32 len; /* 0: the root itself */
};

/* path: "" when it is not of an entry. */
static int refuse(const struct reader *r, const char *path, const char *why)
{
	if (path[0] == 0)
		complain("%s: %s", r->what, why);
	else
		complain("%s: '%s': %s", r->what, path, why);
	return -1;
}

/* --- names --- */

/* NULL: it is no directory, or not there and not to be made. */
static struct entry *enter(struct reader *r, struct entry *dir, const char *name, u32 len,
			   bool create)
{
	struct entry *entry = tree_find(r->in->tree, dir, name, len);

	if (entry == NULL && create)
		entry = tree_add(r->in->tree, dir, name, len, inode_create(S_IFDIR | 0755));
	if (entry == NULL || !inode_is(entry->inode, S_IFDIR))
		return NULL;
	if (create)
		entry->layer = r->in->tree->layer; /* something of this layer is in it */
	return entry;
}

/* The name as it is known everywhere else, without "./" and "//"; NULL and a complaint. */
static char *normal_path(const struct reader *r, const char *path)
{
	char *normal = xmalloc(strlen(path) + 1), *to = normal;
	const char *at = path, *why = NULL;
	u32 depth = 0;

	if (path[0] == '/' || path[0] == 0)
		why = path[0] == 0 ? "an empty name" : "an absolute name";
	else if (strlen(path) >= PATH_MAX)
		why = "too long a name";
	while (*at != 0 && why == NULL) {
		size_t len = strcspn(at, "/");

		if (len == 2 && at[0] == '.' && at[1] == '.')
			why = "a name with '..'";
		else if (len > NAME_MAX)
			why = "a name of more than 255 bytes";
		if (len != 0 && !(len == 1 && at[0] == '.')) {
			if (++depth > DEPTH_MAX)
				why = "too many directories";
			if (to != normal)
				*to++ = '/';
			memcpy(to, at, len);
			to += len;
		}
		at += len;
		at += strspn(at, "/");
	}
	*to = 0;
	if (why == NULL)
		return normal;
	free(normal);
	refuse(r, path, why);
	return NULL;
}

/*
 * Of a normal path. create: make directories that no entry has described yet. False: it leads
 * through what is no directory, or is not there.
 */
static bool find_place(struct reader *r, const char *path, bool create, struct place *ret)
{
	struct place place = { &r->in->tree->root, "", 0 };

	for (const char *at = path; *at != 0; at += *at == '/') {
		if (place.len != 0)
			place.dir = enter(r, place.dir, place.name, place.len, create);
		if (place.dir == NULL)
			return false;
		place.name = at;
		place.len = (u32)strcspn(at, "/");
		at += place.len;
	}
	*ret = place;
	return true;
}

/* By its own name or by that of a directory it is in, as a walk would never come to it. */
static bool is_excluded(const char *path)
{
	char *part, *name, *slash;
	bool found = false;

	if (options.exclude_count == 0 || path[0] == 0)
		return false;
	part = name = xstrndup(path, strlen(path));
	while (!found && (slash = strchr(name, '/')) != NULL) {
		*slash = 0;
		found = path_excluded(part, name);
		*slash = '/';
		name = slash + 1;
	}
	found = found || path_excluded(part, name);
	free(part);
	return found;
}

/* --- content --- */

static bool all_zero(const u8 *bytes, size_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* What is zero takes no room: an archive of few bytes can hold a file of many. */
static int write_sparse(int fd, const u8 *data, size_t size)
{
	if (!all_zero(data, size))
		return write_all(fd, data, size);
	return lseek(fd, (off_t)size, SEEK_CUR) < 0 ? -1 : 0;
}

/*
 * The next bytes of the file: how many, 0 at its end, negative. libarchive passes over a hole at
 * the end of a sparse file of a tar archive.
 */
static ssize_t read_data(struct reader *r, u8 *to, size_t size)
{
	ssize_t n = r->ended ? 0 : archive_read_data(r->archive, to, size);

	r->ended = n == 0; /* after its end libarchive gives more of a hole */
	if (n == 0 && r->given < r->claimed &&
	    (archive_format(r->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR) {
		n = (ssize_t)MIN((u64)size, r->claimed - r->given);
		memset(to, 0, (size_t)n);
	}
	r->given += n < 0 ? 0 : (u64)n;
	return n;
}

/* More than fits into the buffer: the rest goes to a file, with what is in the buffer. */
static int read_large(struct reader *r, struct inode *inode, const char *path, size_t have)
{
	struct pieces pieces = { 0 };
	char *temp;
	int fd = store_temp(r->in->store, &temp);
	u64 size = have;
	int result;
	ssize_t n;

	if (fd < 0)
		return -1;
	verity_begin(&r->verity, &pieces);
	verity_add(&r->verity, r->buffer, have);
	if (write_sparse(fd, r->buffer, have) < 0)
		goto failed;
	while ((n = read_data(r, r->buffer, SMALL_MAX)) > 0) {
		size += (u64)n;
		verity_add(&r->verity, r->buffer, (size_t)n);
		if (size > FILE_MAX || interrupted()) {
			errno = interrupted() ? EINTR : EFBIG;
			goto failed;
		}
		if (write_sparse(fd, r->buffer, (size_t)n) < 0)
			goto failed;
		progress("reading", r->in->files, 0, r->in->bytes + size);
	}
	if (n < 0) {
		refuse(r, path, archive_error_string(r->archive));
		goto failed_said;
	}
	if (ftruncate(fd, (off_t)size) < 0)
		goto failed;
	verity_end(&r->verity, inode->digest);
	inode->size = size;
	inode->content = CONTENT_OBJECT;
	result = batch_put_temp(&r->in->batch, fd, temp, size, inode->digest, &pieces);
	pieces_fini(&pieces);
	return result;
failed:
	complain("%s: %s", path, strerror(errno));
failed_said:
	pieces_fini(&pieces);
	unlinkat(r->in->store->tmp, temp, 0);
	free(temp);
	close(fd);
	return -1;
}

/* 1: kept; 0: a secret. */
static int read_content(struct reader *r, struct inode *inode, s64 claimed, const char *path,
			const char *words)
{
	size_t have = 0;
	ssize_t n = 0;
	int result;

	if (claimed < 0 || (u64)claimed > FILE_MAX)
		return refuse(r, path, "a size of more than 8 TiB");
	r->claimed = (u64)claimed;
	r->given = 0;
	r->ended = false;
	while (have < SMALL_MAX &&
	       (n = read_data(r, r->buffer + have, SMALL_MAX - have)) > 0)
		have += (size_t)n;
	if (n < 0)
		return refuse(r, path, archive_error_string(r->archive));
	if (words != NULL &&
	    secret_content(words, r->buffer, MIN(have, (size_t)SECRET_LOOK)))
		return 0;
	if (have == SMALL_MAX)
		result = read_large(r, inode, path, have);
	else
		result = inode_set_content(&r->in->batch, &r->verity, inode, r->buffer, have);
	r->in->files++;
	r->in->bytes += inode->size;
	progress("reading", r->in->files, 0, r->in->bytes);
	return result < 0 ? -1 : 1;
}

/* --- metadata --- */

/*
 * The mode says what the list says, as on Linux: what is the group's there is its mask. libarchive
 * has told the group's entry instead, where the archive has the list as text, too. acl(5)
 */
static void set_acl_mode(struct inode *inode, const u8 *list, size_t size)
{
	u32 all = ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER, seen = 0, mode = 0, group = 0;

	for (size_t at = 4; at + 8 <= size; at += 8) {
		u32 tag = list[at] | (u32)list[at + 1] << 8, perm = list[at + 2] & 7;

		if (tag == ACL_USER_OBJ)
			mode |= perm << 6;
		else if (tag == ACL_OTHER)
			mode |= perm;
		else if (tag == ACL_MASK || (tag == ACL_GROUP_OBJ && !(seen & ACL_MASK)))
			group = perm;
		seen |= tag;
	}
	if ((seen & all) == all)
		inode->mode = (inode->mode & ~(u32)0777) | mode | group << 3;
}

static int set_xattrs(struct reader *r, struct archive_entry *from, struct inode *inode,
		      const char *path)
{
	const char *name;
	const void *value;
	size_t size;
	bool acl = false;

	inode_clear_xattrs(inode);
	archive_entry_xattr_reset(from);
	while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK) {
		if (!xattr_known(name) || size > XATTR_VALUE_MAX) {
			left_out(r->in, path, "an attribute of a foreign kind");
			continue;
		}
		inode_set_xattr(inode, name, value, (u32)size);
		acl |= strncmp(name, "system.", 7) == 0;
		if (strcmp(name, "system.posix_acl_access") == 0)
			set_acl_mode(inode, value, size);
	}
	/* Linux calls only these a list: the three entries of the mode are always there. */
	if (!acl && (archive_entry_acl_types(from) & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E) != 0 &&
	    archive_entry_acl_count(from, ARCHIVE_ENTRY_ACL_TYPE_ACCESS |
						  ARCHIVE_ENTRY_ACL_TYPE_DEFAULT) > 3)
		left_out(r->in, path, "the access control list (the mode is kept)");
	return 0;
}

/*
 * libarchive takes "-1.25" of a tar archive for -1 and 0.25, and writes it so too; POSIX and
 * other programs mean -2 and 0.75.
 */
static void set_time(const struct reader *r, struct archive_entry *from, struct inode *inode)
{
	inode->mtime = archive_entry_mtime(from);
	inode->mtime_nsec = (u32)archive_entry_mtime_nsec(from) % 1000000000;
	if (inode->mtime < 0 && inode->mtime_nsec != 0 &&
	    (archive_format(r->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR) {
		inode->mtime--;
		inode->mtime_nsec = 1000000000 - inode->mtime_nsec;
	}
}

/* What would become another number in an image. */
static bool numbers_fit(struct archive_entry *from)
{
	la_int64_t uid = archive_entry_uid(from), gid = archive_entry_gid(from);

	return uid >= 0 && uid < ID_NONE && gid >= 0 && gid < ID_NONE &&
	       archive_entry_rdevmajor(from) <= MAJOR_MAX &&
	       archive_entry_rdevminor(from) <= MINOR_MAX;
}

static void set_metadata(const struct reader *r, struct archive_entry *from,
			 struct inode *inode)
{
	inode->mode = (inode->mode & S_IFMT) | (archive_entry_perm(from) & 07777);
	inode->uid = (u32)archive_entry_uid(from);
	inode->gid = (u32)archive_entry_gid(from);
	set_time(r, from, inode);
	if (inode_is(inode, S_IFCHR) || inode_is(inode, S_IFBLK))
		inode->rdev = image_rdev((u32)archive_entry_rdevmajor(from),
					 (u32)archive_entry_rdevminor(from));
}

/* --- entries --- */

static void put_inode(struct reader *r, const struct place *place, struct inode *inode)
{
	struct tree *tree = r->in->tree;
	struct entry *old = tree_find(tree, place->dir, place->name, place->len);

	if (old != NULL)
		tree_remove(tree, old);
	tree_add(tree, place->dir, place->name, place->len, inode);
}

static int put_directory(struct reader *r, struct archive_entry *from, const struct place *place,
			 const char *path)
{
	struct tree *tree = r->in->tree;
	struct entry *entry = &tree->root;

	if (place->len != 0) {
		entry = tree_find(tree, place->dir, place->name, place->len);
		if (entry != NULL && !inode_is(entry->inode, S_IFDIR)) {
			tree_remove(tree, entry);
			entry = NULL;
		}
		if (entry == NULL)
			entry = tree_add(tree, place->dir, place->name, place->len,
					 inode_create(S_IFDIR));
	}
	entry->layer = tree->layer;
	set_metadata(r, from, entry->inode);
	return set_xattrs(r, from, entry->inode, path);
}

/* A further name may tell that a file is a secret: then all its names go. */
static void look_at_link(struct reader *r, const struct place *place, const char *path,
			 struct inode *inode)
{
	const char *words = NULL, *data = (const char *)inode->bytes;
	const char *secret = inode_is(inode, S_IFREG) && inode->left_out == NULL ?
				     secret_pattern(path, place->name, &words) :
				     NULL;
	size_t size = inode->content == CONTENT_INLINE ? inode->size : 0;

	if (secret == NULL)
		return;
	if (inode->content == CONTENT_OBJECT) {
		data = (const char *)r->buffer;
		size = batch_peek(&r->in->batch, inode->digest, r->buffer, SECRET_LOOK);
	}
	if (words == NULL || secret_content(words, data, size))
		inode->left_out = IS_SECRET;
}

static int put_hard_link(struct reader *r, const char *link, const struct place *place,
			 const char *path)
{
	struct tree *tree = r->in->tree;
	struct entry *entry = NULL;
	struct inode *inode;
	struct place to;
	char *target = normal_path(r, link);

	if (target == NULL)
		return -1;
	if (find_place(r, target, false, &to) && to.len != 0)
		entry = tree_find(tree, to.dir, to.name, to.len);
	if (entry == NULL && is_excluded(target)) {
		inode = inode_create(S_IFREG);
		inode->left_out = "is a further name of what is excluded";
		put_inode(r, place, inode);
		free(target);
		return 0;
	}
	free(target);
	if (entry == NULL || inode_is(entry->inode, S_IFDIR))
		return refuse(r, path, "a hard link to what is not there");
	inode = entry->inode;
	look_at_link(r, place, path, inode);
	if (entry == tree_find(tree, place->dir, place->name, place->len))
		return 0;
	/* The link's own count keeps the file while an older name goes. */
	inode->links++;
	put_inode(r, place, inode);
	inode->links--;
	return 0;
}

static int put_other(struct reader *r, struct archive_entry *from, const struct place *place,
		     const char *path)
{
	const char *words = NULL, *secret = NULL, *target;
	u32 kind = archive_entry_filetype(from) & S_IFMT;
	struct inode *inode = inode_create(kind);
	int result;

	if (kind == S_IFREG)
		secret = secret_pattern(path, place->name, &words);
	set_metadata(r, from, inode);
	result = set_xattrs(r, from, inode, path) < 0 ? -1 : 1;
	if (result == 1 && secret != NULL && words == NULL)
		result = 0;
	if (result == 1 && kind == S_IFREG)
		result = read_content(r, inode, archive_entry_size(from), path, words);
	if (kind == S_IFLNK) {
		target = archive_entry_symlink(from);
		if (target == NULL || target[0] == 0 || strlen(target) >= PATH_MAX)
			result = refuse(r, path, "a link without a target");
		else
			inode->target = xprintf("%s", target);
	}
	if (result < 0) {
		inode_put(inode);
		return result;
	}
	/* It has its place until all is read: links and whiteouts may mean it. */
	if (result == 0)
		inode->left_out = IS_SECRET;
	put_inode(r, place, inode);
	return 0;
}

/* --- layers --- */

static void hide(struct reader *r, struct entry *entry);

static void hide_below(struct reader *r, struct entry *dir)
{
	struct inode *inode = dir->inode;

	/* What goes leaves its place to the last one. */
	for (u32 i = inode->entry_count; i-- > 0;)
		hide(r, inode->entries[i]);
}

/*
 * Whiteouts are of the layers below, wherever they come among their own layer's entries. No tree
 * is deeper than DEPTH_MAX.
 */
static void hide(struct reader *r, struct entry *entry)
{
	if (entry->layer < r->in->tree->layer)
		tree_remove(r->in->tree, entry);
	else if (inode_is(entry->inode, S_IFDIR))
		hide_below(r, entry);
}

/* True: the entry was a whiteout. OCI image specification, "Whiteouts". */
static bool apply_whiteout(struct reader *r, const struct place *place)
{
	static const char prefix[] = ".wh.", opaque[] = ".wh..wh..opq";
	struct entry *gone;

	if (place->len < sizeof(prefix) || memcmp(place->name, prefix, 4) != 0)
		return false;
	if (place->len == sizeof(opaque) - 1 && memcmp(place->name, opaque, place->len) == 0) {
		hide_below(r, place->dir);
		return true;
	}
	gone = tree_find(r->in->tree, place->dir, place->name + 4, place->len - 4);
	if (gone != NULL)
		hide(r, gone);
	return true;
}

/* path is a normal one. */
static int put_entry(struct reader *r, struct archive_entry *from, const char *path)
{
	u32 kind = archive_entry_filetype(from) & S_IFMT;
	const char *link = archive_entry_hardlink(from);
	struct place place;

	if (is_excluded(path))
		return 0;
	if (!find_place(r, path, true, &place))
		return refuse(r, path, "leads through what is no directory");
	if (r->layer && apply_whiteout(r, &place))
		return 0;
	if (place.len == 0 && (kind != S_IFDIR || link != NULL))
		return refuse(r, path, "the root can only be a directory");
	if (link != NULL)
		return put_hard_link(r, link, &place, path);
	if (!numbers_fit(from))
		return refuse(r, path, "an owner or a device number that Linux does not have");
	switch (kind) {
	case S_IFDIR:
		return put_directory(r, from, &place, path);
	case S_IFREG:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return put_other(r, from, &place, path);
	default:
		return refuse(r, path, "of an unknown kind");
	}
}

static bool name_is_cut(const struct reader *r)
{
	return r->tap != NULL ? tap_name_is_cut(r->tap, r->archive) :
				zip_name_is_cut(r->archive, r->fd);
}

static int read_entries(struct reader *r)
{
	struct archive_entry *entry;
	const char *path;
	char *normal;
	int result;

	while ((result = archive_read_next_header(r->archive, &entry)) != ARCHIVE_EOF) {
		if (result < ARCHIVE_WARN)
			return refuse(r, "", archive_error_string(r->archive));
		if (interrupted())
			return -1;
		path = archive_entry_pathname(entry);
		if (path == NULL)
			return refuse(r, "", "an entry without a readable name");
		if (name_is_cut(r))
			return refuse(r, path, "a name with a NUL in it");
		if (archive_entry_is_encrypted(entry))
			return refuse(r, path, "is encrypted");
		normal = normal_path(r, path);
		result = normal == NULL ? -1 : put_entry(r, entry, normal);
		free(normal);
		if (result < 0)
			return -1;
	}
	return 0;
}

static void reader_open(struct reader *r)
{
	r->archive = archive_read_new();
	if (r->archive == NULL)
		out_of_memory();
}

/*
 * tar, and with_zip what can be known of a zip archive while it comes. 1: it is of neither kind,
 * and archive has a message that says so.
 */
static int read_stream(struct reader *r, bool with_zip)
{
	bool unknown;

	reader_open(r);
	archive_read_support_format_tar(r->archive);
	archive_read_support_format_empty(r->archive);
	if (with_zip)
		archive_read_support_format_zip_streamable(r->archive);
	r->tap = tap_open(r->archive, r->fd, &unknown);
	if (r->tap != NULL)
		return read_entries(r);
	if (unknown)
		return 1;
	return refuse(r, "", archive_error_string(r->archive));
}

static void reader_close(struct reader *r)
{
	archive_read_free(r->archive);
	tap_destroy(r->tap);
	r->tap = NULL;
}

/* Its end tells what is in it, so it is read at any place. */
static int read_zip(struct reader *r)
{
	reader_open(r);
	archive_read_support_format_zip(r->archive);
	if (archive_read_open_fd(r->archive, r->fd, 65536) == ARCHIVE_OK)
		return read_entries(r);
	return refuse(r, "", archive_error_string(r->archive));
}

int read_layer(struct ingest *in, int fd, const char *what)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	bool seeks = lseek(fd, 0, SEEK_CUR) >= 0;
	int result;

	r->in = in;
	r->what = what;
	r->fd = fd;
	r->layer = in->tree->layer != 0;
	result = read_stream(r, !seeks && !r->layer);
	if (result == 1 && seeks && !r->layer && lseek(fd, 0, SEEK_SET) == 0) {
		reader_close(r);
		result = read_zip(r);
	}
	if (result == 1)
		result = refuse(r, "", archive_error_string(r->archive));
	reader_close(r);
	free(r);
	progress_end();
	return result;
}

int read_archive(struct ingest *in, const char *path)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	result = read_layer(in, fd, path);
	close(fd);
	remove_left_out(in);
	return result;
}
