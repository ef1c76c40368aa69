/* Extended attributes. */
#ifndef NACRE_ABI_LINUX_XATTR_H
#define NACRE_ABI_LINUX_XATTR_H

#include "abi/linux/layout.h"

#define LINUX_XATTR_CREATE	0x1
#define LINUX_XATTR_REPLACE	0x2

#define LINUX_XATTR_NAME_MAX	255
#define LINUX_XATTR_SIZE_MAX	65536
#define LINUX_XATTR_LIST_MAX	65536

#define LINUX_XATTR_USER_PREFIX			"user."
#define LINUX_XATTR_TRUSTED_PREFIX		"trusted."
#define LINUX_XATTR_SECURITY_PREFIX		"security."
#define LINUX_XATTR_SYSTEM_PREFIX		"system."
#define LINUX_XATTR_NAME_CAPS			"security.capability"
#define LINUX_XATTR_NAME_POSIX_ACL_ACCESS	"system.posix_acl_access"
#define LINUX_XATTR_NAME_POSIX_ACL_DEFAULT	"system.posix_acl_default"

/* setxattrat(2), getxattrat(2). */
struct linux_xattr_args {
	uaddr_t value;
	u32 size;
	u32 flags;
};

LINUX_SIZE(xattr_args, 16);

/* file_getattr(2), file_setattr(2). */
struct linux_file_attr {
	u64 fa_xflags;
	u32 fa_extsize;
	u32 fa_nextents;
	u32 fa_projid;
	u32 fa_cowextsize;
};

LINUX_SIZE(file_attr, 24);

/* The inode flags of the FS_IOC_GETFLAGS ioctl that lsattr(1) shows. */
#define LINUX_FS_SECRM_FL	0x00000001
#define LINUX_FS_UNRM_FL	0x00000002
#define LINUX_FS_COMPR_FL	0x00000004
#define LINUX_FS_SYNC_FL	0x00000008
#define LINUX_FS_IMMUTABLE_FL	0x00000010
#define LINUX_FS_APPEND_FL	0x00000020
#define LINUX_FS_NODUMP_FL	0x00000040
#define LINUX_FS_NOATIME_FL	0x00000080
/* The same of struct fsxattr and file_setattr(2). */
#define LINUX_FS_XFLAG_IMMUTABLE	0x00000008
#define LINUX_FS_XFLAG_APPEND		0x00000010
#define LINUX_FS_XFLAG_SYNC		0x00000020
#define LINUX_FS_XFLAG_NOATIME		0x00000040
#define LINUX_FS_XFLAG_NODUMP		0x00000080
#define LINUX_FS_XFLAGS_MASK		0x8001fffbU
#define LINUX_FS_VERITY_FL	0x00100000

#endif
