/* What stat, statx and statfs report, and the bits of a file mode. */
#ifndef NACRE_ABI_LINUX_STAT_H
#define NACRE_ABI_LINUX_STAT_H

#include "abi/linux/layout.h"
#include "abi/linux/time.h"

#define LINUX_S_IFMT	0170000
#define LINUX_S_IFSOCK	0140000
#define LINUX_S_IFLNK	0120000
#define LINUX_S_IFREG	0100000
#define LINUX_S_IFBLK	0060000
#define LINUX_S_IFDIR	0040000
#define LINUX_S_IFCHR	0020000
#define LINUX_S_IFIFO	0010000
#define LINUX_S_ISUID	0004000
#define LINUX_S_ISGID	0002000
#define LINUX_S_ISVTX	0001000
#define LINUX_S_IRWXU	00700
#define LINUX_S_IRUSR	00400
#define LINUX_S_IWUSR	00200
#define LINUX_S_IXUSR	00100
#define LINUX_S_IRWXG	00070
#define LINUX_S_IRGRP	00040
#define LINUX_S_IWGRP	00020
#define LINUX_S_IXGRP	00010
#define LINUX_S_IRWXO	00007
#define LINUX_S_IROTH	00004
#define LINUX_S_IWOTH	00002
#define LINUX_S_IXOTH	00001
#define LINUX_S_IALLUGO	07777

#define LINUX_S_ISSOCK(mode) (((mode) & LINUX_S_IFMT) == LINUX_S_IFSOCK)
#define LINUX_S_ISLNK(mode) (((mode) & LINUX_S_IFMT) == LINUX_S_IFLNK)
#define LINUX_S_ISREG(mode) (((mode) & LINUX_S_IFMT) == LINUX_S_IFREG)
#define LINUX_S_ISBLK(mode) (((mode) & LINUX_S_IFMT) == LINUX_S_IFBLK)
#define LINUX_S_ISDIR(mode) (((mode) & LINUX_S_IFMT) == LINUX_S_IFDIR)
#define LINUX_S_ISCHR(mode) (((mode) & LINUX_S_IFMT) == LINUX_S_IFCHR)
#define LINUX_S_ISFIFO(mode) (((mode) & LINUX_S_IFMT) == LINUX_S_IFIFO)

/* st_dev and st_rdev: 12 bits of major, 20 bits of minor, as the kernel packs them. */
#define LINUX_MKDEV(major, minor)                                                      \
	(((u64)(major) & 0xfffff000) << 32 | ((u64)(major) & 0xfff) << 8 |             \
	 ((u64)(minor) & 0xffffff00) << 12 | ((u64)(minor) & 0xff))
#define LINUX_MAJOR(dev)                                                               \
	((u32)(((u64)(dev) >> 8 & 0xfff) | ((u64)(dev) >> 32 & 0xfffff000)))
#define LINUX_MINOR(dev)                                                               \
	((u32)(((u64)(dev) & 0xff) | ((u64)(dev) >> 12 & 0xffffff00)))

struct linux_stat {
	u64 st_dev;
	u64 st_ino;
	u64 st_nlink;
	u32 st_mode;
	u32 st_uid;
	u32 st_gid;
	u32 pad0;
	u64 st_rdev;
	s64 st_size;
	s64 st_blksize;
	s64 st_blocks; /* of 512 bytes */
	struct linux_timespec st_atim;
	struct linux_timespec st_mtim;
	struct linux_timespec st_ctim;
	s64 unused[3];
};

LINUX_SIZE(stat, 144);
LINUX_OFFSET(stat, st_mode, 24);
LINUX_OFFSET(stat, st_rdev, 40);
LINUX_OFFSET(stat, st_size, 48);
LINUX_OFFSET(stat, st_atim, 72);
LINUX_OFFSET(stat, st_ctim, 104);

struct linux_statx_timestamp {
	s64 tv_sec;
	u32 tv_nsec;
	s32 pad0;
};

LINUX_SIZE(statx_timestamp, 16);

struct linux_statx {
	u32 stx_mask;
	u32 stx_blksize;
	u64 stx_attributes;
	u32 stx_nlink;
	u32 stx_uid;
	u32 stx_gid;
	u16 stx_mode;
	u16 pad0;
	u64 stx_ino;
	u64 stx_size;
	u64 stx_blocks; /* of 512 bytes */
	u64 stx_attributes_mask;
	struct linux_statx_timestamp stx_atime;
	struct linux_statx_timestamp stx_btime;
	struct linux_statx_timestamp stx_ctime;
	struct linux_statx_timestamp stx_mtime;
	u32 stx_rdev_major;
	u32 stx_rdev_minor;
	u32 stx_dev_major;
	u32 stx_dev_minor;
	u64 stx_mnt_id;
	u32 stx_dio_mem_align;
	u32 stx_dio_offset_align;
	u64 stx_subvol;
	u32 stx_atomic_write_unit_min;
	u32 stx_atomic_write_unit_max;
	u32 stx_atomic_write_segments_max;
	u32 stx_dio_read_offset_align;
	u32 stx_atomic_write_unit_max_opt;
	u32 pad1;
	u64 spare[8];
};

LINUX_SIZE(statx, 256);
LINUX_OFFSET(statx, stx_mode, 28);
LINUX_OFFSET(statx, stx_ino, 32);
LINUX_OFFSET(statx, stx_attributes_mask, 56);
LINUX_OFFSET(statx, stx_atime, 64);
LINUX_OFFSET(statx, stx_mtime, 112);
LINUX_OFFSET(statx, stx_rdev_major, 128);
LINUX_OFFSET(statx, stx_mnt_id, 144);
LINUX_OFFSET(statx, stx_subvol, 160);

#define LINUX_STATX_TYPE		0x0001
#define LINUX_STATX_MODE		0x0002
#define LINUX_STATX_NLINK		0x0004
#define LINUX_STATX_UID			0x0008
#define LINUX_STATX_GID			0x0010
#define LINUX_STATX_ATIME		0x0020
#define LINUX_STATX_MTIME		0x0040
#define LINUX_STATX_CTIME		0x0080
#define LINUX_STATX_INO			0x0100
#define LINUX_STATX_SIZE		0x0200
#define LINUX_STATX_BLOCKS		0x0400
#define LINUX_STATX_BASIC_STATS		0x07ff
#define LINUX_STATX_BTIME		0x0800
#define LINUX_STATX_ALL			0x0fff
#define LINUX_STATX_MNT_ID		0x1000
#define LINUX_STATX_DIOALIGN		0x2000
#define LINUX_STATX_MNT_ID_UNIQUE	0x4000
#define LINUX_STATX_SUBVOL		0x8000
#define LINUX_STATX_WRITE_ATOMIC	0x10000
#define LINUX_STATX_DIO_READ_ALIGN	0x20000
#define LINUX_STATX__RESERVED		0x80000000U

#define LINUX_STATX_ATTR_COMPRESSED	0x00000004
#define LINUX_STATX_ATTR_IMMUTABLE	0x00000010
#define LINUX_STATX_ATTR_APPEND		0x00000020
#define LINUX_STATX_ATTR_NODUMP		0x00000040
#define LINUX_STATX_ATTR_ENCRYPTED	0x00000800
#define LINUX_STATX_ATTR_AUTOMOUNT	0x00001000
#define LINUX_STATX_ATTR_MOUNT_ROOT	0x00002000
#define LINUX_STATX_ATTR_VERITY		0x00100000
#define LINUX_STATX_ATTR_DAX		0x00200000
#define LINUX_STATX_ATTR_WRITE_ATOMIC	0x00400000

struct linux_fsid {
	s32 val[2];
};

struct linux_statfs {
	s64 f_type;
	s64 f_bsize;
	u64 f_blocks;
	u64 f_bfree;
	u64 f_bavail;
	u64 f_files;
	u64 f_ffree;
	struct linux_fsid f_fsid;
	s64 f_namelen;
	s64 f_frsize;
	s64 f_flags;
	s64 f_spare[4];
};

LINUX_SIZE(statfs, 120);
LINUX_OFFSET(statfs, f_fsid, 56);
LINUX_OFFSET(statfs, f_namelen, 64);
LINUX_OFFSET(statfs, f_flags, 80);

/* f_flags of statfs. */
#define LINUX_ST_RDONLY		0x0001
#define LINUX_ST_NOSUID		0x0002
#define LINUX_ST_NODEV		0x0004
#define LINUX_ST_NOEXEC		0x0008
#define LINUX_ST_SYNCHRONOUS	0x0010
#define LINUX_ST_VALID		0x0020
#define LINUX_ST_MANDLOCK	0x0040
#define LINUX_ST_NOATIME	0x0400
#define LINUX_ST_NODIRATIME	0x0800
#define LINUX_ST_RELATIME	0x1000
#define LINUX_ST_NOSYMFOLLOW	0x2000

/* f_type of statfs. */
#define LINUX_TMPFS_MAGIC		0x01021994
#define LINUX_RAMFS_MAGIC		0x858458f6U
#define LINUX_PROC_SUPER_MAGIC		0x9fa0
#define LINUX_SYSFS_MAGIC		0x62656572
#define LINUX_DEVPTS_SUPER_MAGIC	0x1cd1
#define LINUX_OVERLAYFS_SUPER_MAGIC	0x794c7630
#define LINUX_EXT4_SUPER_MAGIC		0xef53
#define LINUX_XFS_SUPER_MAGIC		0x58465342
#define LINUX_BTRFS_SUPER_MAGIC		0x9123683e
#define LINUX_EROFS_SUPER_MAGIC_V1	0xe0f5e1e2
#define LINUX_SQUASHFS_MAGIC		0x73717368
#define LINUX_FUSE_SUPER_MAGIC		0x65735546
#define LINUX_NFS_SUPER_MAGIC		0x6969
#define LINUX_V9FS_MAGIC		0x01021997
#define LINUX_CGROUP2_SUPER_MAGIC	0x63677270
#define LINUX_MQUEUE_MAGIC		0x19800202
#define LINUX_PIPEFS_MAGIC		0x50495045
#define LINUX_SOCKFS_MAGIC		0x534f434b
#define LINUX_ANON_INODE_FS_MAGIC	0x09041934
#define LINUX_PID_FS_MAGIC		0x50494446
#define LINUX_HUGETLBFS_MAGIC		0x958458f6U

/* ustat(2). */
struct linux_ustat {
	s32 f_tfree;
	u32 pad0;
	u64 f_tinode;
	u8 f_fname[6];
	u8 f_fpack[6];
	u32 pad1;
};

LINUX_SIZE(ustat, 32);

#endif
