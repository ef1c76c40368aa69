/*
 * Landlock: the second fence around host files, and the only one without a mount namespace.
 *
 * OVERVIEW. The ruleset handles every right the host's Landlock knows and grants only
 * reading files and directories beneath the lent trees; TCP, abstract unix sockets and
 * signals to the outside are shut off where the host's version can.
 *
 * LINUX BEHAVIOUR. A rule allows everything below its directory, other mounts included, and
 * nothing can be taken away again (landlock(7)). Where the trees are the host's own
 * directories, not clones with covered holes, a tree is therefore granted piece by piece:
 * those of its entries that neither are nor contain a window into the host's kernel.
 * Metadata is not governed by Landlock.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/session.h"
#include "broker/windows.h"
#include "store/host/fence.h"

static bool allow_beneath(int ruleset, int fd, const char *path, const char *windows);

static bool is_window(const char *path, const char *windows)
{
	for (const char *w = windows; *w != 0; w = windows_next(w))
		if (path_lies_in(path, w))
			return true;
	return false;
}

static bool allow_entry(int ruleset, int dir, const char *name, const char *path,
			const char *windows)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool ok = true;
	char *sub;

	if (fd < 0)
		return true;
	ok = asprintf(&sub, "%s/%s", strcmp(path, "/") == 0 ? "" : path, name) > 0;
	if (ok && fstat(fd, &st) == 0 && !is_window(sub, windows)) {
		if (S_ISREG(st.st_mode))
			ok = fence_allow(ruleset, fd, FENCE_READ_FILE);
		else if (S_ISDIR(st.st_mode))
			ok = allow_beneath(ruleset, fd, sub, windows);
	}
	if (ok)
		free(sub);
	close(fd);
	return ok;
}

/* Grant reading beneath path (fd, O_PATH), but not in the kernel windows. */
static bool allow_beneath(int ruleset, int fd, const char *path, const char *windows)
{
	bool whole = true, ok = true;
	struct dirent *e;
	DIR *d;

	if (is_window(path, windows))
		return true;
	for (const char *w = windows; *w != 0; w = windows_next(w))
		if (strcmp(path, "/") == 0 || path_lies_in(w, path))
			whole = false;
	if (whole)
		return fence_allow(ruleset, fd, FENCE_READ_FILE | FENCE_READ_DIR);
	int list = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	d = list < 0 ? NULL : fdopendir(list);
	if (d == NULL)
		return list < 0 && errno == EACCES;
	while (ok && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ok = allow_entry(ruleset, fd, e->d_name, path, windows);
	closedir(d);
	return ok;
}

static bool allow_tree(int ruleset, const struct tree *tree, bool own_mounts,
		       const char *windows)
{
	char *path;
	bool ok;

	if (own_mounts)
		return fence_allow(ruleset, tree->jail_fd, FENCE_READ_FILE | FENCE_READ_DIR);
	/* Listing is granted for the whole tree: it is needed on the way to the pieces. */
	path = realpath(tree->source, NULL);
	ok = path != NULL && fence_allow(ruleset, tree->jail_fd, FENCE_READ_DIR) &&
	     allow_beneath(ruleset, tree->jail_fd, path, windows);
	free(path);
	return ok;
}

/* Needs no_new_privs. False: the host has none, or refuses. */
bool jail_landlock(struct session *s, bool own_mounts, const char *windows)
{
	int ruleset = fence_landlock_abi() == 0 ? -1 : fence_ruleset();
	bool ok = true;

	if (ruleset < 0)
		return false;
	for (u32 i = 0; i < s->tree_count && ok; i++)
		if (s->trees[i].jail_fd >= 0)
			ok = allow_tree(ruleset, &s->trees[i], own_mounts, windows);
	ok = ok && fence_enter(ruleset);
	close(ruleset);
	return ok;
}
