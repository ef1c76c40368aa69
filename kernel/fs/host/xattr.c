/*
 * Extended attributes of host files.
 *
 * OVERVIEW. The broker gives all that may be seen of a file in one answer. For a tree that
 * nobody changes it is remembered that a file has none, which is the usual case.
 *
 * LINUX BEHAVIOUR. user.* of files and directories, security.capability, and lists of who has
 * access. In a tree mounted :rw user.* and the lists can be changed.
 *
 * NOT DONE. A file with more than XATTRS_SIZE bytes of names and values: E2BIG.
 */
#include "abi/linux/xattr.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/fs/tmp/xattrs.h"
#include "lib/string.h"
#include "wire/wire.h"

#define XATTRS_SIZE WIRE_ANSWER_DATA_MAX

/* Names and values, to be freed by xattrs_fini(). */
static int xattrs_read(struct inode *inode, struct xattrs *ret)
{
	struct host_inode *hi = host_inode(inode);
	struct host_super *hs = host_super(inode);
	AUTO_KFREE char *path = NULL;
	AUTO_KFREE char *bytes = NULL;
	struct wire_xattr head;
	s64 len;
	int err;

	*ret = (struct xattrs){ 0 };
	if (atomic_load(&hi->no_xattrs))
		return 0;
	err = host_path_of(inode, 0, &path);
	bytes = kzalloc(XATTRS_SIZE + 1);
	if (err < 0 || bytes == NULL)
		return err < 0 ? err : -ENOMEM;
	len = plat_file_xattrs(hs->tree, path, bytes, XATTRS_SIZE);
	if (len <= 0) {
		if (len == 0 && !(hs->flags & (BOOT_MOUNT_SHARED | BOOT_MOUNT_WRITE)))
			atomic_store(&hi->no_xattrs, true);
		return (int)len;
	}
	for (s64 at = 0; err == 0 && at + (s64)sizeof(head) <= len;) {
		const char *name = bytes + at + sizeof(head);

		memcpy(&head, bytes + at, sizeof(head));
		at += (s64)sizeof(head) + head.name_len + head.value_len;
		if (at > len || head.name_len == 0 || name[head.name_len - 1] != '\0')
			err = -EIO;
		else
			err = xattrs_set(ret, name, name + head.name_len, head.value_len, 0);
	}
	if (err < 0)
		xattrs_fini(ret);
	return err;
}

/* Those that the broker never shows are not asked for. */
bool host_shows_xattr(const char *name)
{
	return str_has_prefix(name, LINUX_XATTR_USER_PREFIX) ||
	       str_equal(name, LINUX_XATTR_NAME_CAPS) ||
	       str_equal(name, LINUX_XATTR_NAME_POSIX_ACL_ACCESS) ||
	       str_equal(name, LINUX_XATTR_NAME_POSIX_ACL_DEFAULT);
}

s64 host_getxattr(struct inode *inode, const char *name, void *buf, size_t size)
{
	struct xattrs x;
	s64 r;

	if (!host_shows_xattr(name))
		return -ENODATA;
	r = xattrs_read(inode, &x);
	if (r == 0)
		r = xattrs_get(&x, name, buf, size);
	xattrs_fini(&x);
	return r;
}

s64 host_listxattr(struct inode *inode, char *buf, size_t size)
{
	struct xattrs x;
	s64 r = xattrs_read(inode, &x);

	if (r == 0)
		r = xattrs_list(&x, buf, size);
	xattrs_fini(&x);
	return r;
}

static int change(struct inode *inode, struct tree_change *c)
{
	AUTO_KFREE char *path = NULL;
	int err = host_is_writable(inode) ? host_path_of(inode, 0, &path) : -EROFS;

	if (err < 0)
		return err;
	c->tree = host_super(inode)->tree;
	c->path = path;
	err = plat_tree_change(c);
	host_inode_refresh(inode);
	return err;
}

int host_setxattr(struct inode *inode, const char *name, const void *value, size_t size,
		  int flags)
{
	struct tree_change c = {
		.op = WIRE_TREE_SETXATTR,
		.path2 = name,
		.value = value,
		.size = size,
		.flags = (u32)flags,
	};

	return change(inode, &c);
}

int host_removexattr(struct inode *inode, const char *name)
{
	struct tree_change c = { .op = WIRE_TREE_REMOVEXATTR, .path2 = name };

	return change(inode, &c);
}
