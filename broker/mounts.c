/*
 * The jail's file systems: the lent trees as detached read-only mounts, and nothing else.
 *
 * OVERVIEW. In a mount namespace of its own the child's helper (ahead.c) puts an empty read-only
 * tmpfs over every file system that is a window into the host's kernel (windows.c). The child
 * then (1) covers those windows that are files, (2) clones each lent directory with all that is
 * mounted below it into a detached tree, read-only, nosuid, nodev, and keeps only a descriptor
 * of it, (3) makes the empty tmpfs its root, upon which the helper drops the old one. In a
 * detached tree ".." ends at the tree's root, and absolute paths and symlinks end in the empty
 * root, so descriptors of the trees lead nowhere but into the trees.
 *
 * LINUX BEHAVIOUR. Mounts inherited by a namespace of less privilege are locked: they cannot
 * be unmounted or shown one without the other, but they can be covered, and cloned together
 * with all that is below them (mount_namespaces(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/ahead.h"
#include "broker/mount_calls.h"
#include "broker/session.h"

static int open_tree_at(int dir, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dir, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

static bool restrict_mount(int fd, const char *path, unsigned int flags, u64 attributes)
{
	struct mount_change attr = { .set = attributes, .propagation = MS_PRIVATE };

	return syscall(SYS_mount_setattr, fd, path, flags, &attr, sizeof(attr)) == 0;
}

/* An empty file, on a small tmpfs of its own, which is mounted at where; O_PATH, or -1. */
static int empty_file(const char *where)
{
	int root = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;

	if (root < 0)
		return -1;
	fd = openat(root, "f", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd >= 0) {
		close(fd);
		fd = restrict_mount(root, "", AT_EMPTY_PATH, EMPTY_ATTRIBUTES) ?
			     openat(root, "f", O_PATH | O_CLOEXEC) :
			     -1;
	}
	close(root);
	return fd;
}

/* Mount clones of what fd stands for on the windows that are files: the others are covered. */
static bool cover_with_file(int fd, const char *windows)
{
	bool ok = true;

	for (const char *path = windows; ok && *path != 0; path = windows_next(path)) {
		struct stat st;
		int tree;

		if (lstat(path, &st) < 0 || S_ISDIR(st.st_mode))
			continue;
		tree = open_tree_at(fd, "", AT_EMPTY_PATH);
		ok = tree >= 0 && syscall(SYS_move_mount, tree, "", AT_FDCWD, path,
					  MOVE_MOUNT_F_EMPTY_PATH) == 0;
		if (tree >= 0)
			close(tree);
	}
	return ok;
}

static bool cover_files(const struct child_mounts *m)
{
	const char *where = m->cover.where;
	bool ok;
	int fd;

	if (mount("none", where, "tmpfs", EMPTY_FLAGS, "size=4k,nr_inodes=2,mode=0555") < 0)
		return false;
	fd = empty_file(where);
	ok = fd >= 0 && cover_with_file(fd, m->windows);
	if (fd >= 0)
		close(fd);
	return umount2(where, MNT_DETACH) == 0 && ok;
}

bool path_lies_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == 0);
}

static bool clone_trees(struct session *s)
{
	for (u32 i = 0; i < s->tree_count; i++) {
		struct tree *tree = &s->trees[i];

		if (!tree_is_lent(tree))
			continue;
		tree->jail_fd = open_tree_at(AT_FDCWD, tree->source, AT_RECURSIVE);
		if (tree->jail_fd < 0 && tree->layer) {
			tree->unseen = true; /* below /dev, perhaps, which is covered */
			continue;
		}
		if (tree->jail_fd < 0 ||
		    !restrict_mount(tree->jail_fd, "", AT_EMPTY_PATH | AT_RECURSIVE,
				    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					    MOUNT_ATTR_NODEV))
			return false;
	}
	return true;
}

/* The root becomes the empty directory, out of which nothing leads that is open here. */
static bool change_root(const char *where)
{
	return chdir(where) == 0 && chroot(".") == 0;
}

bool jail_mounts(struct session *s, const struct child_mounts *m)
{
	if (m->cover.error == 0 && (m->cover.files == 0 || cover_files(m)) && clone_trees(s) &&
	    change_root(m->cover.where))
		return true;
	for (u32 i = 0; i < s->tree_count; i++) {
		if (s->trees[i].jail_fd >= 0)
			close(s->trees[i].jail_fd);
		s->trees[i].jail_fd = -1;
	}
	return false;
}
