/*
 * Access control lists: acl(5).
 *
 * OVERVIEW. An inode has none, or one for access, or as a directory one that new files get.
 * Of the former only what permission bits cannot say is kept: named users and groups and the
 * owning group's own entry; the owner's, the mask and the others' are the inode's mode.
 *
 * LOCKING. A list never changes: it is replaced under a lock of the inode's, a leaf, and lives as
 * long as somebody reads it. So who has no reference on the inode must not ask for its list.
 */
#ifndef NACRE_KERNEL_VFS_ACL_H
#define NACRE_KERNEL_VFS_ACL_H

#include "kernel/vfs/vfs.h"

/* Take from the mode what the directory's list denies new files; false: it has none. */
bool acl_mask_mode(const struct inode *dir, u32 *mode);
/* Is the list of i still to be fetched? Then acl_fetch() asks, and so may talk to the broker. */
static inline bool acl_is_unknown(const struct inode *i)
{
	return (atomic_load_relaxed(&i->flags) & (INODE_ACL_ASK | INODE_ACL_KNOWN)) ==
	       INODE_ACL_ASK;
}
void acl_fetch(struct inode *i);
/* Do only the permission bits count? */
static inline bool acl_is_absent(const struct inode *i)
{
	return !acl_is_unknown(i) && atomic_load_relaxed(&i->acls) == NULL;
}
/*
 * The permission bits, 0 to 7, that the list of i grants to who is not its owner. False: i has
 * no list. in_group tells whether the caller is in a group.
 */
bool acl_bits(const struct inode *i, u32 want, u32 uid, bool (*in_group)(u32 gid, void *arg),
	      void *arg, u32 *ret_bits);
/* A file was made in dir, with a mode from acl_mask_mode(): it gets dir's list. -ENOMEM. */
MUST_USE int acl_inherit(const struct inode *dir, struct inode *made);
/*
 * The values of the attributes system.posix_acl_access and _default, as xattr.c has checked
 * the caller's right to them. size 0 asks for the length, or takes the list away.
 */
MUST_USE s64 acl_get(struct inode *i, bool def, void *buf, size_t size);
MUST_USE int acl_set(const struct path *p, bool def, const void *value, size_t size);
/* As a file system has kept it, see inode_ops.keep_acl; what is wrong with it: there is none. */
void acl_restore(struct inode *i, bool def, const void *value, size_t size);
/*
 * A new inode has the list, as its file system keeps it: -EINVAL, -EOPNOTSUPP: it is none; -ENOMEM.
 */
MUST_USE int acl_take(struct inode *i, bool def, const void *value, size_t size);
/* A new inode has the lists of the other one. -ENOMEM. */
MUST_USE int acl_copy(const struct inode *from, struct inode *made);
/* As acl_get(), in memory to be freed; 0: there is none. -ENOMEM. */
MUST_USE s64 acl_value(struct inode *i, bool def, char **ret);
/* With the inode; a may be NULL. */
void acls_destroy(struct inode_acls *a);
/* Append the names of the lists that there are to a list of len bytes in buf. */
MUST_USE s64 acl_list(const struct inode *i, char *buf, size_t size, s64 len);

#endif
