/* The host directories and files lent to a sandbox, and which file systems never are. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "broker/session.h"
#include "broker/tags.h"
#include "broker/windows.h"

struct tree *tree_add(struct session *s)
{
	if (s->tree_count == BOOT_TREES_MAX) {
		say("more than %d mounts", BOOT_TREES_MAX - 1);
		return NULL;
	}
	return &s->trees[s->tree_count++];
}

static bool tree_open(struct session *s, const char *source, u32 flags, u32 *ret_index)
{
	struct tree *tree = tree_add(s);
	struct statfs fs;
	struct stat st;

	if (tree == NULL)
		return false;
	*ret_index = s->tree_count - 1;
	tree->source = source;
	tree->jail_fd = -1;
	tree->writable = (flags & BOOT_MOUNT_WRITE) != 0;
	tree->fd = open(source, O_PATH | O_CLOEXEC);
	if (tree->fd < 0 || fstat(tree->fd, &st) < 0 || fstatfs(tree->fd, &fs) < 0) {
		say("%s: %s", source, strerror(errno));
		return false;
	}
	tree->is_file = S_ISREG(st.st_mode);
	if (!tree->is_file && !S_ISDIR(st.st_mode)) {
		say("%s: neither a directory nor a regular file", source);
		return false;
	}
	if (pseudo_fs_magic((u64)fs.f_type)) {
		say("%s: lies in a file system of the host's kernel, which is never lent",
		    source);
		return false;
	}
	return true;
}

static bool mount_open(struct session *s, const struct mount_option *m, struct mount_trees *ret)
{
	*ret = (struct mount_trees){ .tree = ~0u, .objects = ~0u, .upper = ~0u };
	if (m->source == NULL)
		return true;
	if (image_is_named(m->source))
		return image_trees_open(s, m->source, ret);
	return tree_open(s, m->source, m->flags, &ret->tree);
}

/* One sandbox at a time may keep its changes in a directory. */
static bool upper_open(struct session *s, const char *path)
{
	/* Stays open, and locked, as long as the broker lives. */
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (s->root_trees.is_image) {
		say("--upper-dir: the root is an image");
		return false;
	}
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		say("--upper-dir %s: %s", path,
		    errno == EWOULDBLOCK ? "another sandbox uses it" : strerror(errno));
		return false;
	}
	return tree_open(s, path, BOOT_MOUNT_WRITE, &s->root_trees.upper);
}

/*
 * Tree 0 is the root; up to three more for each mount that has a source. False after saying
 * why not.
 */
bool trees_open(struct session *s)
{
	const struct run_options *o = s->options;
	const char *root = o->root == NULL ? "/" : o->root;

	tags_use(o->text_cache);
	s->root_trees.objects = s->root_trees.upper = ~0u;
	if (o->image != NULL) {
		if (!image_trees_open(s, o->image, &s->root_trees) ||
		    !keep_trees(s, ~0u, &s->root_trees))
			return false;
	} else if (!tree_open(s, root, 0, &s->root_trees.tree)) {
		return false;
	} else if (s->trees[0].is_file) {
		say("--root %s: not a directory", root);
		return false;
	}
	s->mount_trees = calloc(o->mount_count + 1, sizeof(*s->mount_trees));
	if (s->mount_trees == NULL) {
		say("%s", strerror(ENOMEM));
		return false;
	}
	for (u32 i = 0; i < o->mount_count; i++)
		if (!mount_open(s, &o->mounts[i], &s->mount_trees[i]) ||
		    !keep_trees(s, i, &s->mount_trees[i]))
			return false;
	return o->upper_dir == NULL || upper_open(s, o->upper_dir);
}
