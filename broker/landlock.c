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
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/session.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1

#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_RIGHTS_1 ((1ull << 13) - 1) /* all of version 1 */
#define FS_REFER (1ull << 13) /* 2 */
#define FS_TRUNCATE (1ull << 14) /* 3 */
#define NET_TCP 3ull /* 4: bind and connect */
#define FS_IOCTL_DEV (1ull << 15) /* 5 */
#define SCOPE_SOCKET_SIGNAL 3ull /* 6 */

struct ruleset {
	u64 fs, net, scoped;
};

struct path_beneath {
	u64 allowed;
	s32 parent;
} PACKED;

/* 0: not there, or switched off. */
int landlock_abi(void)
{
	long abi =
		syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static int ruleset_create(int abi)
{
	struct ruleset rules = { .fs = FS_RIGHTS_1 };
	size_t size = sizeof(rules.fs);

	if (abi >= 2)
		rules.fs |= FS_REFER;
	if (abi >= 3)
		rules.fs |= FS_TRUNCATE;
	if (abi >= 4) {
		rules.net = NET_TCP;
		size = offsetof(struct ruleset, scoped);
	}
	if (abi >= 5)
		rules.fs |= FS_IOCTL_DEV;
	if (abi >= 6) {
		rules.scoped = SCOPE_SOCKET_SIGNAL;
		size = sizeof(rules);
	}
	return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

static bool allow(int ruleset, int fd, u64 rights)
{
	struct path_beneath rule = { .allowed = rights, .parent = fd };

	return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) ==
	       0;
}

static bool allow_beneath(int ruleset, int fd, const char *path, char **windows);

static bool allow_entry(int ruleset, int dir, const char *name, const char *path,
			char **windows)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool ok = true;
	char *sub;

	if (fd < 0)
		return true;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		ok = allow(ruleset, fd, FS_READ_FILE);
	} else if (S_ISDIR(st.st_mode)) {
		ok = asprintf(&sub, "%s/%s", strcmp(path, "/") == 0 ? "" : path, name) >
		     0;
		if (ok) {
			ok = allow_beneath(ruleset, fd, sub, windows);
			free(sub);
		}
	}
	close(fd);
	return ok;
}

/* Grant reading beneath path (fd, O_PATH), but not in the kernel windows. */
static bool allow_beneath(int ruleset, int fd, const char *path, char **windows)
{
	bool whole = true, ok = true;
	struct dirent *e;
	DIR *d;

	for (char **w = windows; *w != NULL; w++) {
		if (path_lies_in(path, *w))
			return true;
		if (strcmp(path, "/") == 0 || path_lies_in(*w, path))
			whole = false;
	}
	if (whole)
		return allow(ruleset, fd, FS_READ_FILE | FS_READ_DIR);
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
		       char **windows)
{
	char *path;
	bool ok;

	if (own_mounts)
		return allow(ruleset, tree->jail_fd, FS_READ_FILE | FS_READ_DIR);
	/* Listing is granted for the whole tree: it is needed on the way to the pieces. */
	path = realpath(tree->source, NULL);
	ok = path != NULL && allow(ruleset, tree->jail_fd, FS_READ_DIR) &&
	     allow_beneath(ruleset, tree->jail_fd, path, windows);
	free(path);
	return ok;
}

/* Needs no_new_privs. False: the host has none, or refuses. */
bool jail_landlock(struct session *s, bool own_mounts, char **windows)
{
	int abi = landlock_abi(), ruleset;
	bool ok = true;

	if (abi == 0)
		return false;
	ruleset = ruleset_create(abi);
	if (ruleset < 0)
		return false;
	for (u32 i = 0; i < s->tree_count && ok; i++)
		if (s->trees[i].jail_fd >= 0)
			ok = allow_tree(ruleset, &s->trees[i], own_mounts, windows);
	ok = ok && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return ok;
}
