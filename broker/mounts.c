/*
 * The jail's file systems: the lent trees as detached read-only mounts, and nothing else.
 *
 * OVERVIEW. In a mount namespace of its own the child (1) puts an empty read-only tmpfs over
 * every file system that is a window into the host's kernel, (2) clones each lent directory
 * with all that is mounted below it into a detached tree, read-only, nosuid, nodev, and
 * keeps only a descriptor of it, (3) makes another empty tmpfs its root and drops the old
 * one. In a detached tree ".." ends at the tree's root, and absolute paths and symlinks end
 * in the empty root, so descriptors of the trees lead nowhere but into the trees.
 *
 * LINUX BEHAVIOUR. Mounts inherited by a namespace of less privilege are locked: they cannot
 * be unmounted or shown one without the other, but they can be covered, and cloned together
 * with all that is below them (mount_namespaces(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/ahead.h"
#include "broker/session.h"

/* Not in every libc's headers. */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#define MOVE_MOUNT_F_EMPTY_PATH 4
#define MOUNT_ATTR_RDONLY 1
#define MOUNT_ATTR_NOSUID 2
#define MOUNT_ATTR_NODEV 4
#define MOUNT_ATTR_NOEXEC 8
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* struct mount_attr of mount_setattr(2), version 0. */
struct attr {
	u64 set, clear, propagation, userns_fd;
};

/* Something empty to cover mount points with. */
struct cover {
	int dir, file; /* O_PATH, on a small tmpfs that is mounted over `where` */
	const char *where;
};

static int open_tree_at(int dir, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dir, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

static bool restrict_mount(int fd, const char *path, unsigned int flags, u64 attributes)
{
	struct attr attr = { .set = attributes, .propagation = MS_PRIVATE };

	return syscall(SYS_mount_setattr, fd, path, flags, &attr, sizeof(attr)) == 0;
}

/* Mount a clone of what fd stands for on path. Mount points that are gone are passed over. */
static bool cover_path(const struct cover *cover, const char *path)
{
	struct stat st;
	int tree, r;

	if (lstat(path, &st) < 0)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR ||
		       errno == ELOOP;
	tree = open_tree_at(S_ISDIR(st.st_mode) ? cover->dir : cover->file, "",
			    AT_EMPTY_PATH);
	if (tree < 0)
		return false;
	r = (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, path,
			 MOVE_MOUNT_F_EMPTY_PATH);
	close(tree);
	return r == 0;
}

/* Mount the small tmpfs over `where`, with one empty directory and one empty file. */
static bool cover_prepare(struct cover *cover, const char *where)
{
	int root, fd;

	if (mount("none", where, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "size=4k,nr_inodes=4,mode=0555") < 0)
		return false;
	root = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return false;
	if (mkdirat(root, "d", 0555) < 0 ||
	    (fd = openat(root, "f", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444)) <
		    0) {
		close(root);
		return false;
	}
	close(fd);
	cover->where = where;
	cover->dir = cover->file = -1;
	if (restrict_mount(root, "", AT_EMPTY_PATH,
			   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				   MOUNT_ATTR_NOEXEC)) {
		cover->dir = openat(root, "d", O_PATH | O_CLOEXEC);
		cover->file = openat(root, "f", O_PATH | O_CLOEXEC);
	}
	close(root);
	return cover->dir >= 0 && cover->file >= 0;
}

/* --- which mount points need covering --- */

/* Decode the \ooo of /proc/PID/mountinfo in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s != 0; s++, to++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] != 0 &&
		    s[3] != 0) {
			*to = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
				     (s[3] - '0'));
			s += 3;
		} else {
			*to = *s;
		}
	}
	*to = 0;
}

/* ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE OPTIONS */
static bool mountinfo_parse(char *line, char **ret_point, char **ret_type)
{
	char *separator = strstr(line, " - "), *save,
	     *word = strtok_r(line, " ", &save);

	if (separator == NULL)
		return false;
	for (int i = 0; i < 4 && word != NULL; i++)
		word = strtok_r(NULL, " ", &save);
	if (word == NULL)
		return false;
	*ret_point = word;
	*ret_type = separator + 3;
	(*ret_type)[strcspn(*ret_type, " ")] = 0;
	unescape(word);
	return true;
}

bool path_lies_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == 0);
}

static char *file_read(const char *path)
{
	size_t len = 0, space = 16384;
	char *text = malloc(space);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	while (fd >= 0 && text != NULL &&
	       (n = read(fd, text + len, space - 1 - len)) > 0) {
		len += (size_t)n;
		if (len < space - 1)
			continue;
		char *more = realloc(text, space *= 2);

		if (more == NULL)
			free(text);
		text = more;
	}
	if (fd >= 0)
		close(fd);
	if (n < 0 || text == NULL) {
		free(text);
		return NULL;
	}
	text[len] = 0;
	return text;
}

char **pseudo_mount_points(pid_t pid)
{
	size_t count = 0, lines = 1;
	char path[64], *text, **list, *save, *point, *type;

	text = child_mount_list();
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	if (text == NULL)
		text = file_read(path);
	if (text == NULL)
		return NULL;
	for (const char *p = text; *p != 0; p++)
		lines += *p == '\n';
	list = calloc(lines + 1, sizeof(*list));
	if (list == NULL)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		bool inside = false;

		if (!mountinfo_parse(line, &point, &type) || !pseudo_fs_type(type))
			continue;
		for (size_t i = 0; i < count && !inside; i++)
			inside = path_lies_in(point, list[i]);
		if (!inside)
			list[count++] = point;
	}
	return list;
}

/* --- the three steps --- */

static bool cover_all(char **points, struct cover *cover)
{
	/* Somewhere the first tmpfs can lie: a pseudo file system is best, it goes anyway. */
	static const char *const others[] = { "/proc", "/mnt", "/srv", "/tmp" };
	struct stat st;
	u32 other = 0;

	for (char **p = points; *p != NULL && cover->where == NULL; p++)
		if (strcmp(*p, "/") != 0 && stat(*p, &st) == 0 && S_ISDIR(st.st_mode) &&
		    !cover_prepare(cover, *p))
			return false;
	while (cover->where == NULL && other < ARRAY_SIZE(others))
		if (stat(others[other++], &st) == 0 &&
		    !cover_prepare(cover, others[other - 1]))
			return false;
	if (cover->where == NULL)
		return false;
	for (char **p = points; *p != NULL; p++)
		if (strcmp(*p, cover->where) != 0 && !cover_path(cover, *p))
			return false;
	return true;
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

/* The root becomes the empty directory; what was there before is dropped. */
static bool change_root(int root)
{
	if (fchdir(root) < 0)
		return false;
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
	/* Linux: the initial ramfs cannot be pivoted away from. */
	return errno == EINVAL && chroot(".") == 0 && chdir("/") == 0;
}

bool jail_mounts(struct session *s, char **windows)
{
	struct cover cover = { .dir = -1, .file = -1 };
	int root = -1;
	bool ok;

	ok = cover_all(windows, &cover);
	/* The last cover hides the tmpfs's own root, and is what becomes the root. */
	ok = ok && cover_path(&cover, cover.where) && clone_trees(s);
	if (ok)
		root = open(cover.where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ok = ok && root >= 0 && change_root(root);
	if (!ok)
		for (u32 i = 0; i < s->tree_count; i++) {
			if (s->trees[i].jail_fd >= 0)
				close(s->trees[i].jail_fd);
			s->trees[i].jail_fd = -1;
		}
	if (root >= 0)
		close(root);
	if (cover.dir >= 0)
		close(cover.dir);
	if (cover.file >= 0)
		close(cover.file);
	return ok;
}
