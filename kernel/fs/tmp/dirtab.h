/*
 * The names of a directory in memory: found by hash, listed in order of arrival.
 *
 * An entry's cookie is its place in the list. Cookies only grow, so a reader that comes back
 * with the last one it saw goes on at the right place, whatever was added or removed.
 * The caller locks.
 */
#ifndef NACRE_KERNEL_FS_TMP_DIRTAB_H
#define NACRE_KERNEL_FS_TMP_DIRTAB_H

#include "lib/types.h"

struct inode;

#define DIRTAB_FIRST_COOKIE 2u /* 0 is '.', 1 is '..' */

struct dir_entry {
	struct dir_entry *next; /* in the hash chain */
	struct inode *inode; /* referenced by whoever uses the table; may be NULL */
	u64 cookie;
	u32 hash;
	u16 len;
	u16 flags; /* the user's */
	char name[];
};

struct dir_slot {
	u64 cookie;
	struct dir_entry *entry; /* NULL: was removed */
};

struct dirtab {
	struct dir_entry **buckets;
	struct dir_slot *slots; /* by cookie */
	u32 bucket_count; /* zero or a power of two */
	u32 slot_count, slot_space;
	u32 count; /* entries */
	u64 next_cookie;
};

struct dir_entry *dirtab_find(const struct dirtab *t, const char *name, size_t len);
/* The name must not be there. -ENOMEM. */
MUST_USE int dirtab_add(struct dirtab *t, const char *name, size_t len,
			struct inode *inode, struct dir_entry **ret);
/* Takes the entry out and frees it; its inode is the caller's business. */
void dirtab_remove(struct dirtab *t, struct dir_entry *e);
/* The first entry with a cookie of at least cookie; NULL: none. */
struct dir_entry *dirtab_from(const struct dirtab *t, u64 cookie);
/* Free an empty table's memory. */
void dirtab_fini(struct dirtab *t);

#endif
