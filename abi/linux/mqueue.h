/* POSIX message queues. */
#ifndef NACRE_ABI_LINUX_MQUEUE_H
#define NACRE_ABI_LINUX_MQUEUE_H

#include "abi/linux/layout.h"

struct linux_mq_attr {
	s64 mq_flags;
	s64 mq_maxmsg;
	s64 mq_msgsize;
	s64 mq_curmsgs;
	s64 reserved[4];
};

LINUX_SIZE(mq_attr, 64);

#define LINUX_MQ_PRIO_MAX	32768
#define LINUX_MQ_BYTES_MAX	819200

#endif
