/*
 * CHANGE requests: everything that alters a tree mounted :rw except writing to open files.
 *
 * OVERVIEW. A name is changed in its parent directory, which is looked up like any path, so
 * that no symlink is followed on the way and the last component never is. An object is
 * changed through an O_PATH descriptor of it. Refused on principle: device nodes,
 * set-user-ID and set-group-ID files, attributes that are neither the user's own nor lists of
 * who has access.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "broker/session.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE 2u
#endif

/* A path as a parent directory and the name in it. */
struct place {
	int dir;
	char name[WIRE_NAME_MAX + 1];
};

static int place_find(const struct tree *tree, const char *path, u32 len,
		      struct place *ret)
{
	const char *slash = memrchr(path, '/', len);
	u32 name_at = slash == NULL ? 0 : (u32)(slash - path) + 1;

	/* The tree's own root, or the one file of a file tree, has no name here. */
	if (tree->is_file || (len == 1 && path[0] == '.'))
		return -EBUSY;
	memcpy(ret->name, path + name_at, len - name_at);
	ret->name[len - name_at] = 0;
	return slash == NULL ? tree_lookup(tree, ".", 1, &ret->dir) :
			       tree_lookup(tree, path, name_at - 1, &ret->dir);
}

static int result_of(int r)
{
	return r < 0 ? -errno : 0;
}

/* --- names --- */

static int change_name(const struct tree *tree, const struct wire_request *r)
{
	const struct wire_change *c = &r->change;
	char text[WIRE_PATH_MAX + 1];
	struct place p;
	int result = place_find(tree, r->text_or_path, c->path_len, &p);

	if (result < 0)
		return result;
	umask(c->mode >> 16 & 0777);
	switch ((enum wire_tree_op)c->op) {
	case WIRE_TREE_MKDIR:
		result = result_of(mkdirat(p.dir, p.name, c->mode & 01777));
		break;
	case WIRE_TREE_RMDIR:
		result = result_of(unlinkat(p.dir, p.name, AT_REMOVEDIR));
		break;
	case WIRE_TREE_UNLINK:
		result = result_of(unlinkat(p.dir, p.name, 0));
		break;
	case WIRE_TREE_SYMLINK:
		memcpy(text, r->path2, c->path2_len);
		text[c->path2_len] = 0;
		result = result_of(symlinkat(text, p.dir, p.name));
		break;
	case WIRE_TREE_MKNOD:
		result = S_ISREG(c->mode & 0xffff) || S_ISFIFO(c->mode & 0xffff) ||
					 !(c->mode & S_IFMT) ?
				 result_of(mknodat(p.dir, p.name,
						   c->mode & (S_IFMT | 01777), 0)) :
				 -EPERM;
		break;
	default:
		result = -EINVAL;
	}
	umask(0);
	close(p.dir);
	return result;
}

static int change_two_names(const struct tree *tree, const struct wire_request *r)
{
	const struct wire_change *c = &r->change;
	struct place from, to;
	int result = place_find(tree, r->text_or_path, c->path_len, &from);

	if (result < 0)
		return result;
	result = place_find(tree, r->path2, c->path2_len, &to);
	if (result == 0) {
		if (c->op == WIRE_TREE_LINK)
			result = result_of(
				linkat(from.dir, from.name, to.dir, to.name, 0));
		else if (c->flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
			result = -EINVAL;
		else
			result = result_of((int)syscall(SYS_renameat2, from.dir,
							from.name, to.dir, to.name,
							c->flags));
		close(to.dir);
	}
	close(from.dir);
	return result;
}

/* --- objects --- */

static int change_mode(int fd, const struct stat *st, u32 mode)
{
	char path[32];

	if (S_ISLNK(st->st_mode))
		return -EOPNOTSUPP;
	if (!S_ISDIR(st->st_mode) && (mode & (S_ISUID | S_ISGID)))
		return -EPERM;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return result_of(chmod(path, mode & 07777));
}

static int change_times(int fd, const struct wire_change *c)
{
	struct timespec times[2];

	for (int i = 0; i < 2; i++)
		times[i] = (struct timespec){ c->times[i].sec, c->times[i].nsec };
	return result_of((int)syscall(SYS_utimensat, fd, "",
				      c->has_times ? times : NULL, AT_EMPTY_PATH));
}

static int change_size(int fd, const struct stat *st, u64 size)
{
	int file, result;

	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (!S_ISREG(st->st_mode) || size > INT64_MAX)
		return -EINVAL;
	file = fd_reopen(fd, O_WRONLY);
	if (file < 0)
		return file;
	result = result_of(ftruncate(file, (off_t)size));
	close(file);
	return result;
}

static int change_xattr(int fd, const struct stat *st, const struct wire_request *r)
{
	const struct wire_change *c = &r->change;
	char path[32], name[WIRE_NAME_MAX + 1];

	memcpy(name, r->path2, c->path2_len);
	name[c->path2_len] = 0;
	/* Linux: only files and directories have user attributes; links have no lists either. */
	if (xattr_is_acl(name) ? S_ISLNK(st->st_mode) :
				 strncmp(name, "user.", 5) != 0 ||
					 (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)))
		return -EPERM;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (c->op == WIRE_TREE_REMOVEXATTR)
		return result_of(removexattr(path, name));
	return result_of(setxattr(path, name, r->value, c->value_len, (int)c->flags));
}

/* To stable storage, or with whole all of the file system it lies in. */
static int sync_object(int fd, const struct stat *st, bool whole)
{
	int file, result;

	if (!S_ISDIR(st->st_mode) && !S_ISREG(st->st_mode))
		return -EINVAL;
	file = fd_reopen(fd, O_RDONLY);
	if (file < 0)
		return file;
	result = result_of(whole ? syncfs(file) : fsync(file));
	close(file);
	return result;
}

static int change_object(const struct tree *tree, const struct wire_request *r)
{
	const struct wire_change *c = &r->change;
	struct stat st;
	int fd, result = tree_lookup(tree, r->text_or_path, c->path_len, &fd);

	if (result < 0)
		return result;
	if (fstat(fd, &st) < 0) {
		result = -errno;
	} else {
		switch ((enum wire_tree_op)c->op) {
		case WIRE_TREE_CHMOD:
			result = change_mode(fd, &st, c->mode);
			break;
		case WIRE_TREE_CHOWN:
			result = result_of(
				fchownat(fd, "", c->uid, c->gid, AT_EMPTY_PATH));
			break;
		case WIRE_TREE_UTIMES:
			result = change_times(fd, c);
			break;
		case WIRE_TREE_TRUNCATE:
			result = change_size(fd, &st, c->size);
			break;
		case WIRE_TREE_SETXATTR:
		case WIRE_TREE_REMOVEXATTR:
			result = change_xattr(fd, &st, r);
			break;
		case WIRE_TREE_SYNC:
			result = sync_object(fd, &st, c->flags != 0);
			break;
		default:
			result = -EINVAL;
		}
	}
	close(fd);
	return result;
}

void handle_change(struct session *s, const struct wire_request *r, struct reply *reply)
{
	struct tree *tree = tree_find(s, r->change.tree);
	int result;

	if (tree == NULL)
		result = -ENOENT;
	else if (!tree->writable)
		result = -EROFS;
	else if (r->change.op == WIRE_TREE_RENAME || r->change.op == WIRE_TREE_LINK)
		result = change_two_names(tree, r);
	else if (r->change.op >= WIRE_TREE_CHMOD)
		result = change_object(tree, r);
	else
		result = change_name(tree, r);
	if (result < 0)
		reply->error = -result;
}
