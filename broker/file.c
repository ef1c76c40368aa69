/*
 * File requests: opening, attributes and link texts beneath the lent trees.
 *
 * OVERVIEW. Paths come checked from the codec: relative, no "..". tree_lookup() finds the
 * object beneath its tree without ever following a symlink; what kind of object it is is
 * looked at before it is opened for real, so no device or FIFO is ever opened. Descriptors
 * of directories are not handed out, since ".." leads out of them: the jail gets a memory
 * file with the entries instead.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "broker/session.h"
#include "broker/windows.h"

#define RESOLVE (RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS)
#define ATTEMPTS 16

/* What a jailed kernel may ask of an open file; the rest is its own business. */
#define OPEN_FLAGS \
	(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | \
	 O_DSYNC | O_DIRECT | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | \
	 O_NOCTTY | O_LARGEFILE)
#define ALWAYS (O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

struct tree *tree_find(struct session *s, u32 index)
{
	return index < s->tree_count ? &s->trees[index] : NULL;
}

static int open_beneath(int dir, const char *path, u64 flags, u64 mode)
{
	struct open_how how = { .flags = flags, .mode = mode, .resolve = RESOLVE };
	int fd;

	/* Linux: EAGAIN when something was renamed during the walk. */
	for (int i = 0; i < ATTEMPTS; i++) {
		fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			return fd < 0 ? -errno : fd;
	}
	return -EAGAIN;
}

/*
 * Windows into the host's kernel are empty directories, here as in the jail's own view: the
 * mount point itself may be looked at, nothing in it.
 */
static bool in_kernel_window(int fd, bool *ret_is_root)
{
	struct statfs fs;
	struct statx stx;

	*ret_is_root = false;
	if (fstatfs(fd, &fs) < 0)
		return true;
	if (!pseudo_fs_magic((u64)fs.f_type))
		return false;
	*ret_is_root = statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_TYPE,
			     &stx) == 0 &&
		       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) &&
		       S_ISDIR(stx.stx_mode);
	return true;
}

int tree_lookup(const struct tree *tree, const char *path, u32 len, int *ret_fd)
{
	char name[WIRE_PATH_MAX + 1];
	bool is_root;
	int fd;

	memcpy(name, path, len);
	name[len] = 0;
	if (tree->is_file) {
		if (strcmp(name, ".") != 0)
			return -ENOTDIR;
		fd = fcntl(tree->fd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return -errno;
	} else {
		fd = open_beneath(tree->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
		if (fd < 0)
			return fd;
	}
	if (in_kernel_window(fd, &is_root) && !is_root) {
		close(fd);
		return -ENOENT;
	}
	*ret_fd = fd;
	return 0;
}

int fd_reopen(int fd, int flags)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, flags | ALWAYS);
	if (again >= 0)
		return again;
	/* Without /proc there is no way that could not be raced. */
	return errno == ENOENT ? -EOPNOTSUPP : -errno;
}

/* --- directories --- */

#define SNAPSHOT_MAX (64u << 20)

struct entry { /* struct linux_dirent64 */
	u64 ino;
	s64 next;
	u16 len;
	u8 type;
	char name[];
};

/* Write a block of entries; their positions become those in the snapshot. */
static int snapshot_put(int file, u8 *block, size_t len, u64 *at)
{
	for (size_t i = 0; i < len;) {
		struct entry *e = (struct entry *)(block + i);

		*at += e->len;
		e->next = (s64)*at;
		i += e->len;
	}
	if (*at > SNAPSHOT_MAX)
		return -EOVERFLOW;
	return write(file, block, len) == (ssize_t)len ? 0 : -ENOMEM;
}

/* The entries of dir (O_PATH) in a sealed memory file. */
static int snapshot(int dir, bool empty)
{
	static _Alignas(8) u8 block[65536];
	int file = memory_file("nacre-directory", false), fd, r = 0;
	u64 at = 0;
	ssize_t n;

	if (file < 0)
		return file;
	fd = fd_reopen(dir, O_RDONLY | O_DIRECTORY);
	if (fd < 0) {
		close(file);
		return fd;
	}
	while (r == 0 && (n = syscall(SYS_getdents64, fd, block, sizeof(block))) != 0) {
		if (n < 0)
			r = -errno;
		else if (!empty)
			r = snapshot_put(file, block, (size_t)n, &at);
		else
			break;
	}
	close(fd);
	if (r == 0 &&
	    (lseek(file, 0, SEEK_SET) < 0 ||
	     fcntl(file, F_ADD_SEALS,
		   F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0))
		r = -errno;
	if (r == 0)
		return file;
	close(file);
	return r;
}

/* --- requests --- */

static bool wants_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
}

/* Open what fd (O_PATH) was found to be; -errno. */
static int open_found(int fd, int flags)
{
	struct stat st;
	bool is_root;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		if (wants_write(flags))
			return -EISDIR;
		return snapshot(fd, in_kernel_window(fd, &is_root));
	case S_IFREG:
		if (flags & O_DIRECTORY)
			return -ENOTDIR;
		return fd_reopen(fd, flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW |
					       O_DIRECTORY));
	case S_IFLNK:
		return -ELOOP;
	case S_IFSOCK:
		return -ENXIO;
	default:
		return -EACCES; /* Linux: a device on a nodev mount */
	}
}

int tree_open_file(const struct tree *tree, const char *path, u32 len)
{
	struct stat st;
	int fd, result = tree_lookup(tree, path, len, &fd);

	if (result < 0)
		return result;
	result = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? -EACCES :
							      open_found(fd, O_RDONLY | O_CLOEXEC);
	close(fd);
	return result;
}

static int create_beneath(const struct tree *tree, const char *path, u32 len, int flags,
			  u32 mode)
{
	char name[WIRE_PATH_MAX + 1];
	int fd;

	memcpy(name, path, len);
	name[len] = 0;
	/* No set-user-ID files for the host through a sandbox. */
	umask(mode >> 16 & 0777);
	fd = open_beneath(tree->fd, name,
			  (u64)((flags & ~O_DIRECTORY) | O_EXCL | O_NOFOLLOW | ALWAYS),
			  mode & 01777);
	umask(0);
	return fd;
}

static int open_request(const struct tree *tree, const struct wire_request *r)
{
	int flags = (int)r->open.flags, fd = -1, result;

	if (tree == NULL)
		return -ENOENT;
	if ((flags & ~OPEN_FLAGS) || (flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if (wants_write(flags) && !tree->writable)
		return -EROFS;
	for (int i = 0; i < ATTEMPTS; i++) {
		result = tree_lookup(tree, r->text_or_path, r->open.path_len, &fd);
		if (result == 0) {
			result = open_found(fd, flags);
			close(fd);
			if (result >= 0 && tree->objects) {
				int bad = object_verify(tree, r->text_or_path, r->open.path_len,
							result);

				if (bad < 0) {
					close(result);
					result = bad;
				}
			}
			return result;
		}
		if (result != -ENOENT || !(flags & O_CREAT))
			return result;
		result = create_beneath(tree, r->text_or_path, r->open.path_len, flags,
					r->open.mode);
		if (result != -EEXIST || (flags & O_EXCL))
			return result;
	}
	return -EAGAIN;
}

static void reply_result(struct reply *reply, int result)
{
	if (result < 0)
		reply->error = -result;
}

void handle_open(struct session *s, const struct wire_request *r, struct reply *reply)
{
	int result = open_request(tree_find(s, r->open.tree), r);

	reply_result(reply, result);
	if (result >= 0)
		reply->fd = result;
}

static int lookup_request(struct session *s, const struct wire_request *r, int *ret_fd)
{
	struct tree *tree = tree_find(s, r->lookup.tree);

	if (tree == NULL)
		return -ENOENT;
	return tree_lookup(tree, r->text_or_path, r->lookup.path_len, ret_fd);
}

void handle_statx(struct session *s, const struct wire_request *r, struct reply *reply)
{
	struct statx stx;
	int fd, result = lookup_request(s, r, &fd);

	if (result == 0) {
		result = statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_ALL,
			       &stx);
		if (result < 0) {
			result = -errno;
		} else {
			memcpy(reply->data, &stx, sizeof(stx));
			reply->len = sizeof(stx);
		}
		close(fd);
	}
	reply_result(reply, result);
}

bool xattr_is_acl(const char *name)
{
	return strcmp(name, "system.posix_acl_access") == 0 ||
	       strcmp(name, "system.posix_acl_default") == 0;
}

/* Attributes that mean something inside, and give nothing away. */
static bool xattr_is_shown(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strcmp(name, "security.capability") == 0 ||
	       xattr_is_acl(name);
}

/* Append one attribute; those that go away meanwhile or may not be read are passed over. */
static int xattr_put(const char *path, const char *name, struct reply *reply)
{
	struct wire_xattr head = { .name_len = (u16)(strlen(name) + 1) };
	size_t used = reply->len + sizeof(head) + head.name_len;
	ssize_t n = used > sizeof(reply->data) ?
			    -1 :
			    getxattr(path, name, reply->data + used,
				     sizeof(reply->data) - used);

	/* A buffer of no bytes would only ask for the size. */
	if (used >= sizeof(reply->data) || (n < 0 && errno == ERANGE))
		return -E2BIG;
	if (n < 0)
		return 0;
	head.value_len = (u16)n;
	memcpy(reply->data + reply->len, &head, sizeof(head));
	memcpy(reply->data + reply->len + sizeof(head), name, head.name_len);
	reply->len = (u32)(used + (size_t)n);
	return 0;
}

static int xattrs_collect(int fd, struct reply *reply)
{
	static char names[65536]; /* Linux: XATTR_LIST_MAX */
	char path[32];
	struct stat st;
	ssize_t len;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = listxattr(path, names, sizeof(names));
	if (len < 0)
		return errno == EOPNOTSUPP || errno == EACCES ? 0 : -errno;
	for (ssize_t at = 0; r == 0 && at < len; at += (ssize_t)strlen(names + at) + 1)
		if (xattr_is_shown(names + at))
			r = xattr_put(path, names + at, reply);
	return r;
}

void handle_xattrs(struct session *s, const struct wire_request *r, struct reply *reply)
{
	int fd, result = lookup_request(s, r, &fd);

	reply->len = 0;
	if (result == 0) {
		result = xattrs_collect(fd, reply);
		close(fd);
	}
	if (result < 0)
		reply->len = 0;
	reply_result(reply, result);
}

void handle_readlink(struct session *s, const struct wire_request *r,
		     struct reply *reply)
{
	int fd, result = lookup_request(s, r, &fd);
	struct stat st;
	ssize_t n;

	if (result == 0) {
		/* Linux: readlink of an empty path on something else is ENOENT. */
		if (fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode)) {
			result = -EINVAL;
		} else {
			n = readlinkat(fd, "", (char *)reply->data,
				       sizeof(reply->data));
			if (n < 0)
				result = -errno;
			else
				reply->len = (u32)n;
		}
		close(fd);
	}
	reply_result(reply, result);
}
