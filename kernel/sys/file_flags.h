/* Requests of ioctl that concern files of file systems, whatever those are. */
#ifndef NACRE_KERNEL_SYS_FILE_FLAGS_H
#define NACRE_KERNEL_SYS_FILE_FLAGS_H

#include "kernel/vfs/vfs.h"

/* True: cmd was one of them, *ret is the call's result. */
bool file_flags_ioctl(struct file *f, u32 cmd, uaddr_t arg, s64 *ret);

#endif
