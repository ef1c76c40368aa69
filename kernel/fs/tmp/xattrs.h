/* Extended attributes kept in memory: a short list. The caller locks. */
#ifndef NACRE_KERNEL_FS_TMP_XATTRS_H
#define NACRE_KERNEL_FS_TMP_XATTRS_H

#include "lib/types.h"

struct xattr;

struct xattrs {
	struct xattr *first;
	size_t bytes; /* names and values */
};

/* Results and errors are those of getxattr(2) and its relatives; size 0 asks for the length. */
MUST_USE s64 xattrs_get(const struct xattrs *x, const char *name, void *buf,
			size_t size);
MUST_USE int xattrs_set(struct xattrs *x, const char *name, const void *value,
			size_t size, int flags);
MUST_USE s64 xattrs_list(const struct xattrs *x, char *buf, size_t size);
MUST_USE int xattrs_remove(struct xattrs *x, const char *name);
void xattrs_fini(struct xattrs *x);

#endif
