/* Directory entries as getdents64 and getdents return them. */
#ifndef NACRE_ABI_LINUX_DIRENT_H
#define NACRE_ABI_LINUX_DIRENT_H

#include "abi/linux/layout.h"

#define LINUX_DT_UNKNOWN	0
#define LINUX_DT_FIFO		1
#define LINUX_DT_CHR		2
#define LINUX_DT_DIR		4
#define LINUX_DT_BLK		6
#define LINUX_DT_REG		8
#define LINUX_DT_LNK		10
#define LINUX_DT_SOCK		12
#define LINUX_DT_WHT		14

/* The d_type of a file mode. */
#define LINUX_DT_OF_MODE(mode) (((mode) & 0170000) >> 12)

/*
 * d_reclen covers header, name, its zero byte and padding to 8. The name starts right
 * after d_type, so a record's size counts from the offset of d_name, not from sizeof.
 */
struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;
	u16 d_reclen;
	u8 d_type;
	char d_name[];
};

LINUX_SIZE(dirent64, 24);
LINUX_OFFSET(dirent64, d_type, 18);
LINUX_OFFSET(dirent64, d_name, 19);

/* The old form: the type is the last byte of the record. */
struct linux_dirent {
	u64 d_ino;
	u64 d_off;
	u16 d_reclen;
	char d_name[];
};

LINUX_SIZE(dirent, 24);
LINUX_OFFSET(dirent, d_name, 18);

#endif
