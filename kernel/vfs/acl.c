/*
 * Access control lists. See acl.h.
 *
 * LINUX BEHAVIOUR. fs/posix_acl.c: the algorithm of access, what a new file gets, and what a
 * valid list is.
 *
 * The host's files have theirs from the host, which also gives new files what a directory's
 * list says. They are asked for when somebody wants access whom they may concern.
 *
 * NOT DONE. Lists of the host's files below a writable layer are not seen through it; those of
 * images are.
 */
#include "kernel/vfs/acl.h"

#include "abi/linux/capability.h"
#include "abi/linux/xattr.h"
#include "kernel/locks.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"
#include "platform/plat.h"

#define ACL_VERSION 2u
#define ACL_USER_OBJ 0x01u
#define ACL_USER 0x02u
#define ACL_GROUP_OBJ 0x04u
#define ACL_GROUP 0x08u
#define ACL_MASK 0x10u
#define ACL_OTHER 0x20u
#define NO_ID (~0u)

/* As in the attribute's value. */
struct acl_entry {
	u16 tag, perm;
	u32 id;
};

/* Never changes; files that have got it from each other share it. */
struct acl {
	struct ref ref;
	u8 user_obj, group_obj, mask, other;
	bool has_mask;
	u32 count;
	struct acl_entry named[];
};

struct inode_acls {
	struct lock lock;
	struct acl *access, *def; /* referenced; NULL: none */
};

/* --- reading --- */

static bool has_acls(const struct inode *i)
{
	return !inode_is_symlink(i) &&
	       (i->sb->type == &tmp_fs_type || i->sb->type == &over_fs_type ||
		i->sb->type == &image_fs_type || i->sb->type == &host_fs_type);
}

/* The file system keeps the list and does what it says when files are made. */
static bool is_foreign(const struct inode *i)
{
	return i->sb->type == &host_fs_type;
}

static const char *name_of(bool def)
{
	return def ? LINUX_XATTR_NAME_POSIX_ACL_DEFAULT : LINUX_XATTR_NAME_POSIX_ACL_ACCESS;
}

static void acl_put(struct acl *acl)
{
	if (acl != NULL && ref_put(&acl->ref))
		kfree(acl);
}

static inline void auto_acl(struct acl **acl)
{
	acl_put(*acl);
}

#define AUTO_ACL __attribute__((cleanup(auto_acl))) struct acl *

static struct acl **place_of(struct inode_acls *a, bool def)
{
	return def ? &a->def : &a->access;
}

/* NULL: the inode has none. */
static struct acl *acl_of(const struct inode *i, bool def)
{
	struct inode_acls *a = atomic_load(&i->acls);
	struct acl *acl;

	if (a == NULL)
		return NULL;
	lock_acquire(&a->lock);
	acl = *place_of(a, def);
	if (acl != NULL)
		ref_get(&acl->ref);
	lock_release(&a->lock);
	return acl;
}

void acls_destroy(struct inode_acls *a)
{
	if (a == NULL)
		return;
	acl_put(a->access);
	acl_put(a->def);
	kfree(a);
}

bool acl_bits(const struct inode *i, u32 want, u32 uid, bool (*in_group)(u32 gid, void *arg),
	      void *arg, u32 *ret_bits)
{
	u32 mode = atomic_load(&i->mode), mask = mode >> 3 & 7;
	AUTO_ACL acl = acl_of(i, false);
	bool found;

	if (acl == NULL)
		return false;
	for (u32 n = 0; n < acl->count; n++)
		if (acl->named[n].tag == ACL_USER && acl->named[n].id == uid) {
			*ret_bits = acl->named[n].perm & mask;
			return true;
		}
	/* Any one group that grants all is enough. */
	found = in_group(i->gid, arg);
	*ret_bits = 0;
	if (found && (want & ~(u32)acl->group_obj) == 0)
		*ret_bits = acl->group_obj & mask;
	for (u32 n = 0; n < acl->count; n++) {
		const struct acl_entry *e = &acl->named[n];

		if (e->tag != ACL_GROUP || !in_group(e->id, arg))
			continue;
		found = true;
		if ((want & ~(u32)e->perm) == 0)
			*ret_bits = e->perm & mask;
	}
	if (!found)
		*ret_bits = mode & 7;
	return true;
}

/* --- changing --- */

/* acl: NULL takes the list away; the caller keeps his reference. */
static int acl_write(struct inode *i, bool def, struct acl *acl)
{
	struct inode_acls *a = atomic_load(&i->acls), *none = NULL;
	struct acl *old;

	if (a == NULL) {
		if (acl == NULL)
			return 0;
		a = kzalloc(sizeof(*a));
		if (a == NULL)
			return -ENOMEM;
		lock_rank(&a->lock, RANK_ACL);
		if (!atomic_cas(&i->acls, &none, a)) {
			kfree(a);
			a = none;
		}
	}
	if (acl != NULL)
		ref_get(&acl->ref);
	lock_acquire(&a->lock);
	old = *place_of(a, def);
	atomic_store(place_of(a, def), acl);
	lock_release(&a->lock);
	acl_put(old);
	return 0;
}

/* One entry; *state is the tag before it. Linux: they come in one order. */
static int entry_take(struct acl *acl, const struct acl_entry *e, u32 *state)
{
	bool named = e->tag == ACL_USER || e->tag == ACL_GROUP;

	if (e->perm & ~7u || e->tag < *state || (e->tag == *state && !named))
		return -EINVAL;
	*state = e->tag;
	switch (e->tag) {
	case ACL_USER_OBJ:
		acl->user_obj = (u8)e->perm;
		return 0;
	case ACL_GROUP_OBJ:
		acl->group_obj = (u8)e->perm;
		return 0;
	case ACL_MASK:
		acl->mask = (u8)e->perm;
		acl->has_mask = true;
		return 0;
	case ACL_OTHER:
		acl->other = (u8)e->perm;
		return 0;
	case ACL_USER:
	case ACL_GROUP:
		if (e->id == NO_ID)
			return -EINVAL;
		acl->named[acl->count++] = *e;
		return 0;
	default:
		return -EINVAL;
	}
}

static int entries_take(struct acl *acl, const char *value, size_t size)
{
	u32 state = 0, seen = 0, all = ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER;
	struct acl_entry e;
	int err;

	for (size_t at = 0; at < size; at += sizeof(e)) {
		memcpy(&e, value + at, sizeof(e));
		err = entry_take(acl, &e, &state);
		if (err < 0)
			return err;
		seen |= e.tag;
	}
	return (seen & all) != all || (acl->count != 0 && !acl->has_mask) ? -EINVAL : 0;
}

static int acl_decode(const char *value, size_t size, struct acl **ret)
{
	AUTO_ACL acl = NULL;
	u32 version;
	int err;

	if (size < sizeof(version) || size > LINUX_XATTR_SIZE_MAX ||
	    (size - sizeof(version)) % sizeof(struct acl_entry) != 0)
		return -EINVAL;
	memcpy(&version, value, sizeof(version));
	if (version != ACL_VERSION)
		return -EOPNOTSUPP;
	acl = kzalloc(sizeof(*acl) + size - sizeof(version));
	if (acl == NULL)
		return -ENOMEM;
	ref_init(&acl->ref);
	err = entries_take(acl, value + sizeof(version), size - sizeof(version));
	if (err == 0)
		*ret = TAKE(acl);
	return err;
}

static u32 acl_mode(const struct acl *acl)
{
	return (u32)acl->user_obj << 6 | (u32)(acl->has_mask ? acl->mask : acl->group_obj) << 3 |
	       acl->other;
}

#define FEW_BYTES 512u /* of a list as it mostly is */

static s64 foreign_value(struct inode *i, size_t size, char **ret)
{
	*ret = kzalloc(size);
	return *ret == NULL ? -ENOMEM : i->ops->getxattr(i, name_of(false), *ret, size);
}

void acl_fetch(struct inode *i)
{
	AUTO_KFREE char *value = NULL;
	AUTO_ACL acl = NULL;
	s64 len;

	atomic_or(&i->flags, INODE_ACL_KNOWN);
	len = foreign_value(i, FEW_BYTES, &value);
	if (len == -ERANGE) {
		kfree(TAKE(value));
		len = foreign_value(i, LINUX_XATTR_SIZE_MAX, &value);
	}
	if (len > 0)
		len = acl_decode(value, (size_t)len, &acl);
	/* Without memory it is asked for again; else there is none, or nobody can tell. */
	if (len != -ENOMEM)
		len = acl_write(i, false, acl);
	if (len < 0)
		atomic_and(&i->flags, ~INODE_ACL_KNOWN);
}

/* Linux: a value without entries takes the list away. */
static int foreign_set(struct inode *i, bool def, const void *value, size_t size)
{
	int err;

	atomic_and(&i->flags, ~INODE_ACL_KNOWN);
	if (size > sizeof(u32))
		return i->ops->setxattr(i, name_of(def), value, size, 0);
	err = i->ops->removexattr(i, name_of(def));
	return err == -ENODATA ? 0 : err;
}

/* What was changed is kept beyond memory, where the file system does that. */
static int acl_keep(struct inode *i, bool def, const void *value, size_t size)
{
	return i->ops->keep_acl == NULL ? 0 : i->ops->keep_acl(i, name_of(def), value, size);
}

s64 acl_value(struct inode *i, bool def, char **ret)
{
	s64 len = acl_get(i, def, NULL, 0);

	*ret = NULL;
	if (len <= 0)
		return len == -ENODATA ? 0 : len;
	*ret = kzalloc((u64)len);
	return *ret == NULL ? -ENOMEM : acl_get(i, def, *ret, (size_t)len);
}

/* Both of a new file. */
static int acl_keep_all(struct inode *i)
{
	int err = 0;

	for (int def = 0; def < 2 && err == 0; def++) {
		AUTO_KFREE char *value = NULL;
		s64 len = acl_value(i, def, &value);

		err = len > 0 ? acl_keep(i, def, value, (size_t)len) : (int)len;
	}
	return err;
}

static int acl_change(const struct path *p, bool def, const void *value, size_t size)
{
	struct inode *i = p->dentry->inode;
	AUTO_ACL acl = NULL;
	int err;

	if (def && !inode_is_dir(i))
		return size != 0 ? -EACCES : 0;
	if (size <= sizeof(u32))
		return acl_write(i, def, NULL);
	err = acl_decode(value, size, &acl);
	if (err < 0)
		return err;
	if (def)
		return acl_write(i, true, acl);
	err = vfs_chmod(p, (i->mode & 07000) | acl_mode(acl));
	/* What the mode says is all there is to it, but for a mask. */
	return err < 0 ? err : acl_write(i, false, acl->has_mask ? acl : NULL);
}

int acl_set(const struct path *p, bool def, const void *value, size_t size)
{
	struct inode *i = p->dentry->inode;
	int err;

	if (!has_acls(i))
		return -EOPNOTSUPP;
	if (is_foreign(i))
		return foreign_set(i, def, value, size);
	err = acl_change(p, def, value, size);
	return err < 0 ? err : acl_keep(i, def, size <= sizeof(u32) ? NULL : value, size);
}

void acl_restore(struct inode *i, bool def, const void *value, size_t size)
{
	AUTO_ACL acl = NULL;
	int err = size > sizeof(u32) ? acl_decode(value, size, &acl) : 0;

	if (err != -ENOMEM)
		err = acl_write(i, def, acl);
	if (err < 0)
		plat_log("acl: out of memory: a list is lost");
}

int acl_take(struct inode *i, bool def, const void *value, size_t size)
{
	AUTO_ACL acl = NULL;
	int err = acl_decode(value, size, &acl);

	if (err < 0)
		return err;
	/* Without a mask the mode says it all. */
	return def || acl->has_mask ? acl_write(i, def, acl) : 0;
}

int acl_copy(const struct inode *from, struct inode *made)
{
	int err = 0;

	for (int def = 0; def < 2 && err == 0; def++) {
		AUTO_ACL acl = acl_of(from, def);

		if (acl != NULL)
			err = acl_write(made, def, acl);
	}
	return err;
}

bool acl_mask_mode(const struct inode *dir, u32 *mode)
{
	AUTO_ACL acl = acl_of(dir, true);

	if (acl == NULL)
		return false;
	*mode &= ~(u32)0777 | acl_mode(acl);
	return true;
}

int acl_inherit(const struct inode *dir, struct inode *made)
{
	AUTO_ACL acl = NULL;
	int err = 0;

	if (inode_is_symlink(made) || is_foreign(dir))
		return 0;
	acl = acl_of(dir, true);
	if (acl == NULL)
		return 0;
	if (inode_is_dir(made))
		err = acl_write(made, true, acl);
	if (err == 0 && acl->has_mask)
		err = acl_write(made, false, acl);
	if (err == 0 && made->ops->keep_acl != NULL)
		err = acl_keep_all(made);
	return err;
}

/* --- the attributes --- */

static char *put_entry(char *to, u32 tag, u32 perm)
{
	struct acl_entry e = { .tag = (u16)tag, .perm = (u16)perm, .id = NO_ID };

	memcpy(to, &e, sizeof(e));
	return to + sizeof(e);
}

/* The named entries of one kind. */
static char *put_named(char *to, const struct acl *acl, u32 tag)
{
	for (u32 n = 0; n < acl->count; n++)
		if (acl->named[n].tag == tag) {
			memcpy(to, &acl->named[n], sizeof(acl->named[n]));
			to += sizeof(acl->named[n]);
		}
	return to;
}

s64 acl_get(struct inode *i, bool def, void *buf, size_t size)
{
	u32 mode = atomic_load(&i->mode), version = ACL_VERSION;
	AUTO_ACL acl = NULL;
	char *to = buf;
	size_t len;

	if (!has_acls(i))
		return -EOPNOTSUPP;
	if (is_foreign(i))
		return i->ops->getxattr(i, name_of(def), buf, size);
	acl = acl_of(i, def);
	if (acl == NULL)
		return -ENODATA;
	len = sizeof(version) + (3 + acl->count + acl->has_mask) * sizeof(struct acl_entry);
	if (size == 0)
		return (s64)len;
	if (size < len)
		return -ERANGE;
	memcpy(to, &version, sizeof(version));
	to = put_entry(to + sizeof(version), ACL_USER_OBJ, def ? acl->user_obj : mode >> 6 & 7);
	to = put_named(to, acl, ACL_USER);
	to = put_entry(to, ACL_GROUP_OBJ, acl->group_obj);
	to = put_named(to, acl, ACL_GROUP);
	if (acl->has_mask)
		to = put_entry(to, ACL_MASK, def ? acl->mask : mode >> 3 & 7);
	put_entry(to, ACL_OTHER, def ? acl->other : mode & 7);
	return (s64)len;
}

s64 acl_list(const struct inode *i, char *buf, size_t size, s64 len)
{
	static const char access[] = LINUX_XATTR_NAME_POSIX_ACL_ACCESS;
	static const char def[] = LINUX_XATTR_NAME_POSIX_ACL_DEFAULT;
	struct inode_acls *a = atomic_load(&i->acls);

	if (is_foreign(i))
		return len; /* they are in it */
	for (int which = 0; len >= 0 && a != NULL && which < 2; which++) {
		const char *name = which == 0 ? access : def;
		size_t name_len = which == 0 ? sizeof(access) : sizeof(def);

		if (atomic_load(place_of(a, which != 0)) == NULL)
			continue;
		if (size != 0 && (size_t)len + name_len > size)
			return -ERANGE;
		if (size != 0)
			memcpy(buf + len, name, name_len);
		len += (s64)name_len;
	}
	return len;
}
