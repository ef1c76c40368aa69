/*
 * Access control lists. See acl.h.
 *
 * LINUX BEHAVIOUR. fs/posix_acl.c: the algorithm of access, what a new file gets, and what a
 * valid list is.
 *
 * The host's files have theirs from the host, which also gives new files what a directory's
 * list says. They are asked for when somebody wants access whom they may concern.
 *
 * NOT DONE. More than ACL_ENTRIES_MAX entries: ENOSPC; those of the host are cut there. Lists
 * of the host's files below a writable layer are not seen through it; those of images are.
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

struct acl {
	bool present;
	u8 user_obj, group_obj, mask, other;
	bool has_mask;
	u32 count;
	struct acl_entry named[ACL_ENTRIES_MAX];
};

struct inode_acls {
	struct lock lock; /* of who changes them */
	u32 seq;          /* a */
	struct acl access, def;
};

/* --- reading without a lock --- */

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

/*
 * The inode may be freed meanwhile, when a walk that holds nothing asks: what is found then does
 * not count, but it must end, and so `acls` is read again each time.
 */
static bool acl_read(const struct inode *i, bool def, struct acl *ret)
{
	struct inode_acls *a;
	u32 seq;

	do {
		a = atomic_load(&i->acls);
		if (a == NULL)
			return false;
		seq = atomic_load(&a->seq);
		memcpy(ret, def ? &a->def : &a->access, sizeof(*ret));
		atomic_fence();
	} while (seq & 1 || atomic_load(&a->seq) != seq);
	ret->count = MIN(ret->count, ACL_ENTRIES_MAX);
	return ret->present;
}

bool acl_bits(const struct inode *i, u32 want, u32 uid, bool (*in_group)(u32 gid, void *arg),
	      void *arg, u32 *ret_bits)
{
	u32 mode = atomic_load(&i->mode), mask = mode >> 3 & 7;
	struct acl acl;
	bool found;

	if (!acl_read(i, false, &acl))
		return false;
	for (u32 n = 0; n < acl.count; n++)
		if (acl.named[n].tag == ACL_USER && acl.named[n].id == uid) {
			*ret_bits = acl.named[n].perm & mask;
			return true;
		}
	/* Any one group that grants all is enough. */
	found = in_group(i->gid, arg);
	*ret_bits = 0;
	if (found && (want & ~(u32)acl.group_obj) == 0)
		*ret_bits = acl.group_obj & mask;
	for (u32 n = 0; n < acl.count; n++) {
		if (acl.named[n].tag != ACL_GROUP || !in_group(acl.named[n].id, arg))
			continue;
		found = true;
		if ((want & ~(u32)acl.named[n].perm) == 0)
			*ret_bits = acl.named[n].perm & mask;
	}
	if (!found)
		*ret_bits = mode & 7;
	return true;
}

/* --- changing --- */

static int acl_write(struct inode *i, bool def, const struct acl *acl)
{
	struct inode_acls *a = atomic_load(&i->acls), *none = NULL;

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
	lock_acquire(&a->lock);
	atomic_add(&a->seq, 1);
	if (acl != NULL)
		memcpy(def ? &a->def : &a->access, acl, sizeof(*acl));
	else
		memset(def ? &a->def : &a->access, 0, sizeof(*acl));
	atomic_add(&a->seq, 1);
	lock_release(&a->lock);
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
		if (acl->count == ACL_ENTRIES_MAX)
			return -ENOSPC;
		acl->named[acl->count++] = *e;
		return 0;
	default:
		return -EINVAL;
	}
}

static int acl_decode(const char *value, size_t size, struct acl *ret)
{
	struct acl_entry e;
	u32 version, state = 0, seen = 0;
	int err;

	*ret = (struct acl){ .present = true };
	if (size < sizeof(version) || (size - sizeof(version)) % sizeof(e) != 0)
		return -EINVAL;
	memcpy(&version, value, sizeof(version));
	if (version != ACL_VERSION)
		return -EOPNOTSUPP;
	for (size_t at = sizeof(version); at < size; at += sizeof(e)) {
		memcpy(&e, value + at, sizeof(e));
		err = entry_take(ret, &e, &state);
		if (err < 0)
			return err;
		seen |= e.tag;
	}
	if ((seen & (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER)) !=
		    (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER) ||
	    (ret->count != 0 && !ret->has_mask))
		return -EINVAL;
	return 0;
}

static u32 acl_mode(const struct acl *acl)
{
	return (u32)acl->user_obj << 6 | (u32)(acl->has_mask ? acl->mask : acl->group_obj) << 3 |
	       acl->other;
}

#define FETCH_SIZE (sizeof(u32) + (ACL_ENTRIES_MAX + 4) * sizeof(struct acl_entry))

void acl_fetch(struct inode *i)
{
	AUTO_KFREE char *value = kzalloc(FETCH_SIZE);
	struct acl acl;
	s64 len;

	if (value == NULL)
		return;
	atomic_or(&i->flags, INODE_ACL_KNOWN);
	len = i->ops->getxattr(i, name_of(false), value, FETCH_SIZE);
	if (len > 0 && acl_decode(value, (size_t)len, &acl) == 0)
		len = acl_write(i, false, &acl);
	else
		len = acl_write(i, false, NULL);
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

/* Both of a new file. */
static int acl_keep_all(struct inode *i)
{
	AUTO_KFREE char *value = kzalloc(FETCH_SIZE);
	int err = value == NULL ? -ENOMEM : 0;

	for (int def = 0; def < 2 && err == 0; def++) {
		s64 len = acl_get(i, def, value, FETCH_SIZE);

		if (len > 0)
			err = acl_keep(i, def, value, (size_t)len);
	}
	return err;
}

static int acl_change(const struct path *p, bool def, const void *value, size_t size)
{
	struct inode *i = p->dentry->inode;
	struct acl acl;
	int err;

	if (def && !inode_is_dir(i))
		return size != 0 ? -EACCES : 0;
	if (size <= sizeof(u32))
		return acl_write(i, def, NULL);
	err = acl_decode(value, size, &acl);
	if (err < 0)
		return err;
	if (def)
		return acl_write(i, true, &acl);
	err = vfs_chmod(p, (i->mode & 07000) | acl_mode(&acl));
	/* What the mode says is all there is to it, but for a mask. */
	return err < 0 ? err : acl_write(i, false, acl.has_mask ? &acl : NULL);
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
	struct acl acl;
	int err = size > sizeof(u32) ? acl_decode(value, size, &acl) : -ENODATA;

	err = acl_write(i, def, err == 0 ? &acl : NULL);
	if (err < 0)
		plat_log("acl: out of memory: a list is lost");
}

int acl_take(struct inode *i, bool def, const void *value, size_t size)
{
	struct acl acl;
	int err = acl_decode(value, size, &acl);

	if (err < 0)
		return err;
	/* Without a mask the mode says it all. */
	return def || acl.has_mask ? acl_write(i, def, &acl) : 0;
}

int acl_copy(const struct inode *from, struct inode *made)
{
	struct acl acl;
	int err = 0;

	for (int def = 0; def < 2 && err == 0; def++)
		if (acl_read(from, def, &acl))
			err = acl_write(made, def, &acl);
	return err;
}

bool acl_mask_mode(const struct inode *dir, u32 *mode)
{
	struct acl acl;

	if (!acl_read(dir, true, &acl))
		return false;
	*mode &= ~(u32)0777 | acl_mode(&acl);
	return true;
}

int acl_inherit(const struct inode *dir, struct inode *made)
{
	struct acl acl;
	int err = 0;

	if (inode_is_symlink(made) || is_foreign(dir) || !acl_read(dir, true, &acl))
		return 0;
	if (inode_is_dir(made))
		err = acl_write(made, true, &acl);
	if (err == 0 && acl.has_mask)
		err = acl_write(made, false, &acl);
	if (err == 0 && made->ops->keep_acl != NULL)
		err = acl_keep_all(made);
	return err;
}

/* --- the attributes --- */

static void put_entry(struct acl_entry *to, u32 *count, u32 tag, u32 perm)
{
	to[(*count)++] = (struct acl_entry){ .tag = (u16)tag, .perm = (u16)perm, .id = NO_ID };
}

s64 acl_get(struct inode *i, bool def, void *buf, size_t size)
{
	u32 mode = atomic_load(&i->mode), version = ACL_VERSION, count = 0;
	struct acl_entry entries[ACL_ENTRIES_MAX + 4];
	struct acl acl;
	size_t len;

	if (!has_acls(i))
		return -EOPNOTSUPP;
	if (is_foreign(i))
		return i->ops->getxattr(i, name_of(def), buf, size);
	if (!acl_read(i, def, &acl))
		return -ENODATA;
	if (!def) {
		acl.user_obj = mode >> 6 & 7;
		acl.mask = mode >> 3 & 7;
		acl.other = mode & 7;
	}
	put_entry(entries, &count, ACL_USER_OBJ, acl.user_obj);
	for (u32 n = 0; n < acl.count; n++)
		if (acl.named[n].tag == ACL_USER)
			entries[count++] = acl.named[n];
	put_entry(entries, &count, ACL_GROUP_OBJ, acl.group_obj);
	for (u32 n = 0; n < acl.count; n++)
		if (acl.named[n].tag == ACL_GROUP)
			entries[count++] = acl.named[n];
	if (acl.has_mask)
		put_entry(entries, &count, ACL_MASK, acl.mask);
	put_entry(entries, &count, ACL_OTHER, acl.other);
	len = sizeof(version) + count * sizeof(entries[0]);
	if (size == 0)
		return (s64)len;
	if (size < len)
		return -ERANGE;
	memcpy(buf, &version, sizeof(version));
	memcpy((char *)buf + sizeof(version), entries, count * sizeof(entries[0]));
	return (s64)len;
}

s64 acl_list(const struct inode *i, char *buf, size_t size, s64 len)
{
	static const char access[] = LINUX_XATTR_NAME_POSIX_ACL_ACCESS;
	static const char def[] = LINUX_XATTR_NAME_POSIX_ACL_DEFAULT;
	const struct inode_acls *a = atomic_load(&i->acls);

	if (is_foreign(i))
		return len; /* they are in it */
	for (int which = 0; len >= 0 && a != NULL && which < 2; which++) {
		const char *name = which == 0 ? access : def;
		size_t name_len = which == 0 ? sizeof(access) : sizeof(def);

		if (!atomic_load(which == 0 ? &a->access.present : &a->def.present))
			continue;
		if (size != 0 && (size_t)len + name_len > size)
			return -ERANGE;
		if (size != 0)
			memcpy(buf + len, name, name_len);
		len += (s64)name_len;
	}
	return len;
}
