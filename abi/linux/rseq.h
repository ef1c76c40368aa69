/* Restartable sequences: the area a thread registers. */
#ifndef NACRE_ABI_LINUX_RSEQ_H
#define NACRE_ABI_LINUX_RSEQ_H

#include "abi/linux/layout.h"

#define LINUX_RSEQ_FLAG_UNREGISTER			1
#define LINUX_RSEQ_CPU_ID_UNINITIALIZED			(-1)
#define LINUX_RSEQ_CPU_ID_REGISTRATION_FAILED		(-2)
#define LINUX_RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT	0x1
#define LINUX_RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL		0x2
#define LINUX_RSEQ_CS_FLAG_NO_RESTART_ON_MIGRATE	0x4

/* Describes one critical section; abort_ip is preceded by the registered signature. */
struct linux_rseq_cs {
	u32 version;
	u32 flags;
	uaddr_t start_ip;
	u64 post_commit_offset;
	uaddr_t abort_ip;
};

LINUX_SIZE(rseq_cs, 32);

struct linux_rseq {
	u32 cpu_id_start;
	u32 cpu_id;
	uaddr_t rseq_cs;
	u32 flags;
	u32 node_id;
	u32 mm_cid;
	u32 pad0;
};

LINUX_SIZE(rseq, 32);
LINUX_OFFSET(rseq, rseq_cs, 8);
LINUX_OFFSET(rseq, mm_cid, 24);
/* The size and alignment the first ABI required; still the least accepted. */
#define LINUX_RSEQ_ORIG_SIZE	32
#define LINUX_RSEQ_FEATURE_SIZE	28

#endif
