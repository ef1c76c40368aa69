/* Extended attributes: name spaces and who may use them. See xattr(7). */
#include "abi/linux/capability.h"
#include "abi/linux/xattr.h"
#include "kernel/vfs/acl.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/notify.h"
#include "lib/string.h"

static bool acl_name(const char *name)
{
	return str_equal(name, LINUX_XATTR_NAME_POSIX_ACL_ACCESS) ||
	       str_equal(name, LINUX_XATTR_NAME_POSIX_ACL_DEFAULT);
}

static bool acl_is_default(const char *name)
{
	return str_equal(name, LINUX_XATTR_NAME_POSIX_ACL_DEFAULT);
}

static int check_user(const struct inode *i, bool write)
{
	if (!inode_is_regular(i) && !inode_is_dir(i))
		return write ? -EPERM : -ENODATA;
	if (write && inode_is_dir(i) && i->mode & LINUX_S_ISVTX &&
	    !inode_owner_or_capable(i))
		return -EPERM;
	return 0;
}

/* Linux: xattr_resolve_name(): a name space alone is no name. */
static bool is_bare(const char *name)
{
	return str_equal(name, LINUX_XATTR_USER_PREFIX) ||
	       str_equal(name, LINUX_XATTR_TRUSTED_PREFIX) ||
	       str_equal(name, LINUX_XATTR_SECURITY_PREFIX);
}

static int check_name(const struct path *p, const char *name, bool write)
{
	struct inode *i = p->dentry->inode;
	size_t len = strlen(name);
	bool user;
	int err;

	if (len == 0 || len > LINUX_XATTR_NAME_MAX)
		return -ERANGE;
	err = write ? path_want_write(p) : 0;
	if (err < 0)
		return err;
	if (write && inode_has(i, INODE_APPEND | INODE_IMMUTABLE))
		return -EPERM;
	if (str_has_prefix(name, LINUX_XATTR_TRUSTED_PREFIX)) {
		if (vfs_capable(LINUX_CAP_SYS_ADMIN))
			return 0;
		return write ? -EPERM : -ENODATA;
	}
	if (str_has_prefix(name, LINUX_XATTR_SECURITY_PREFIX)) {
		if (!write || vfs_capable(LINUX_CAP_SYS_ADMIN))
			return 0;
		return str_equal(name, LINUX_XATTR_NAME_CAPS) &&
				       vfs_capable(LINUX_CAP_SETFCAP) ?
			       0 :
			       -EPERM;
	}
	if (acl_name(name))
		return write && !inode_owner_or_capable(i) ? -EPERM : 0;
	if (str_has_prefix(name, LINUX_XATTR_SYSTEM_PREFIX))
		return -EOPNOTSUPP;
	user = str_has_prefix(name, LINUX_XATTR_USER_PREFIX);
	err = user ? check_user(i, write) : 0;
	if (err == 0)
		err = inode_permission(i, write ? LINUX_W_OK : LINUX_R_OK);
	return err == 0 && !user ? -EOPNOTSUPP : err;
}

s64 vfs_getxattr(const struct path *p, const char *name, void *buf, size_t size)
{
	struct inode *i = p->dentry->inode;
	int err = check_name(p, name, false);

	if (err < 0)
		return err;
	if (acl_name(name))
		return acl_get(i, acl_is_default(name), buf, size);
	if (is_bare(name))
		return -EINVAL;
	return i->ops->getxattr == NULL ? -EOPNOTSUPP :
					  i->ops->getxattr(i, name, buf, size);
}

int vfs_setxattr(const struct path *p, const char *name, const void *value, size_t size,
		 int flags)
{
	struct inode *i = p->dentry->inode;
	int err;

	if (flags & ~(LINUX_XATTR_CREATE | LINUX_XATTR_REPLACE))
		return -EINVAL;
	if (size > LINUX_XATTR_SIZE_MAX)
		return -E2BIG;
	err = check_name(p, name, true);
	if (err == 0 && is_bare(name))
		err = -EINVAL;
	if (err < 0)
		return err;
	if (acl_name(name))
		err = acl_set(p, acl_is_default(name), value, size);
	else
		err = i->ops->setxattr == NULL ?
			      -EOPNOTSUPP :
			      i->ops->setxattr(i, name, value, size, flags);
	if (err == 0)
		fs_notify_dentry(p->dentry, LINUX_IN_ATTRIB);
	return err;
}

/* Take the names the caller may not see out of the list. */
static size_t hide_trusted(char *buf, size_t len)
{
	size_t out = 0;

	for (size_t in = 0, n; in < len; in += n) {
		n = strlen(buf + in) + 1;
		if (str_has_prefix(buf + in, LINUX_XATTR_TRUSTED_PREFIX))
			continue;
		memmove(buf + out, buf + in, n);
		out += n;
	}
	return out;
}

s64 vfs_listxattr(const struct path *p, char *buf, size_t size)
{
	struct inode *i = p->dentry->inode;
	s64 len;

	if (i->ops->listxattr == NULL)
		return 0;
	len = i->ops->listxattr(i, buf, size);
	if (unlikely(atomic_load(&i->acls) != NULL))
		len = acl_list(i, buf, size, len);
	if (len <= 0 || size == 0 || vfs_capable(LINUX_CAP_SYS_ADMIN))
		return len;
	return (s64)hide_trusted(buf, (size_t)len);
}

int vfs_removexattr(const struct path *p, const char *name)
{
	struct inode *i = p->dentry->inode;
	int err = check_name(p, name, true);

	if (err == 0 && is_bare(name))
		err = -EINVAL;
	if (err < 0)
		return err;
	if (acl_name(name))
		err = acl_set(p, acl_is_default(name), NULL, 0);
	else
		err = i->ops->removexattr == NULL ? -EOPNOTSUPP :
						    i->ops->removexattr(i, name);
	if (err == 0)
		fs_notify_dentry(p->dentry, LINUX_IN_ATTRIB);
	return err;
}
