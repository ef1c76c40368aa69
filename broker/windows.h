/* Windows into the host's kernel (proc, sysfs, ...): where, and something empty over them. */
#ifndef NACRE_BROKER_WINDOWS_H
#define NACRE_BROKER_WINDOWS_H

#include "lib/types.h"

/*
 * The mount points of windows, without those that lie in another one: strings one after the
 * other, an empty one at the end. windows_next: from one to the next.
 */
const char *windows_next(const char *name);

/* What /proc/PID/mountinfo says, of the caller's choice of PID: -errno, or memory of its own. */
long windows_read(const char *path, char **ret_text);
/* Make that text such a list, in place. */
void windows_find(char *text);

struct cover {
	const char *where; /* an empty read-only file system lies there: the root to be */
	u32 files; /* windows that are files, which are not covered */
	s32 error;
};

/*
 * Put an empty read-only directory over each in the caller's mount namespace, which needs no ids
 * to be mapped. -errno, also in ret.
 */
long windows_cover(const char *names, struct cover *ret);

/* Is that the magic number (statfs(2)) of such a file system? */
bool pseudo_fs_magic(u64 magic);

#endif
