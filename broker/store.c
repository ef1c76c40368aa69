/*
 * Images of the store as trees of a sandbox.
 *
 * OVERVIEW. An image is two trees: its manifest, copied to a sealed memory file so that
 * nothing can change or cut it while the kernel has it mapped, and the store's directory of
 * objects. The jail holds neither; it asks for an object by name, and gets it when the
 * object's contents have the digest that is the name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/session.h"

#define MANIFEST_MAX ((u64)16 << 30)

/* A sealed copy in memory of the file fd; -errno. */
static int manifest_copy(int fd)
{
	struct stat st;
	off_t at = 0;
	int copy;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((u64)st.st_size > MANIFEST_MAX)
		return -EFBIG;
	copy = memory_file("nacre-manifest", false);
	if (copy < 0)
		return copy;
	while (at < st.st_size) {
		ssize_t n = sendfile(copy, fd, &at, (size_t)(st.st_size - at));

		if (n > 0 || (n < 0 && errno == EINTR))
			continue;
		n = n < 0 ? -errno : -EIO;
		close(copy);
		return (int)n;
	}
	if (fcntl(copy, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
		close(copy);
		return -errno;
	}
	return copy;
}

/* Names without a slash will be looked up in the store; it has none yet. */
bool image_is_named(const char *source)
{
	(void)source;
	return false;
}

bool image_trees_open(struct session *s, const char *name, struct mount_trees *ret)
{
	struct tree *tree = tree_add(s);
	int fd, copy;

	if (tree == NULL)
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	copy = fd < 0 ? -errno : manifest_copy(fd);
	if (fd >= 0)
		close(fd);
	if (copy < 0) {
		say("image %s: %s", name, strerror(-copy));
		return false;
	}
	*tree = (struct tree){ .source = name, .fd = copy, .is_file = true, .jail_fd = -1 };
	*ret = (struct mount_trees){ .tree = s->tree_count - 1, .objects = ~0u, .is_image = true };
	return true;
}

int object_verify(const struct tree *tree, const char *path, u32 len, int fd)
{
	(void)tree;
	(void)path;
	(void)len;
	(void)fd;
	return -EIO;
}
