/* Asynchronous input and output, the old way: io_setup(2) and its relatives. */
#ifndef NACRE_ABI_LINUX_AIO_H
#define NACRE_ABI_LINUX_AIO_H

#include "abi/linux/layout.h"

struct linux_iocb {
	u64 aio_data;
	u32 aio_key;
	u32 aio_rw_flags; /* LINUX_RWF_* */
	u16 aio_lio_opcode;
	s16 aio_reqprio;
	u32 aio_fildes;
	u64 aio_buf;
	u64 aio_nbytes;
	s64 aio_offset;
	u64 aio_reserved2;
	u32 aio_flags;
	u32 aio_resfd;
};

struct linux_io_event {
	u64 data;
	u64 obj; /* address of the iocb */
	s64 res;
	s64 res2;
};

/* The start of the page that a context's number is the address of. */
struct linux_aio_ring {
	u32 id, nr, head, tail;
	u32 magic; /* LINUX_AIO_RING_MAGIC: programs may read the ring themselves */
	u32 compat_features, incompat_features, header_length;
};

LINUX_SIZE(iocb, 64);
LINUX_SIZE(io_event, 32);

#define LINUX_AIO_RING_MAGIC	0xa10a10a1

#define LINUX_IOCB_CMD_PREAD	0
#define LINUX_IOCB_CMD_PWRITE	1
#define LINUX_IOCB_CMD_FSYNC	2
#define LINUX_IOCB_CMD_FDSYNC	3
#define LINUX_IOCB_CMD_POLL	5
#define LINUX_IOCB_CMD_NOOP	6
#define LINUX_IOCB_CMD_PREADV	7
#define LINUX_IOCB_CMD_PWRITEV	8

#define LINUX_IOCB_FLAG_RESFD	1
#define LINUX_IOCB_FLAG_IOPRIO	2

#endif
