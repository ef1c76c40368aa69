/* Futex operations and the robust list a thread leaves behind. */
#ifndef NACRE_ABI_LINUX_FUTEX_H
#define NACRE_ABI_LINUX_FUTEX_H

#include "abi/linux/layout.h"

#define LINUX_FUTEX_WAIT		0
#define LINUX_FUTEX_WAKE		1
#define LINUX_FUTEX_FD			2
#define LINUX_FUTEX_REQUEUE		3
#define LINUX_FUTEX_CMP_REQUEUE		4
#define LINUX_FUTEX_WAKE_OP		5
#define LINUX_FUTEX_LOCK_PI		6
#define LINUX_FUTEX_UNLOCK_PI		7
#define LINUX_FUTEX_TRYLOCK_PI		8
#define LINUX_FUTEX_WAIT_BITSET		9
#define LINUX_FUTEX_WAKE_BITSET		10
#define LINUX_FUTEX_WAIT_REQUEUE_PI	11
#define LINUX_FUTEX_CMP_REQUEUE_PI	12
#define LINUX_FUTEX_LOCK_PI2		13

#define LINUX_FUTEX_PRIVATE_FLAG	128
#define LINUX_FUTEX_CLOCK_REALTIME	256
#define LINUX_FUTEX_CMD_MASK		(~0x180) /* without the two flags */

/* The operations as programs name them, with the private flag. */
#define LINUX_FUTEX_WAIT_PRIVATE		128
#define LINUX_FUTEX_WAKE_PRIVATE		129
#define LINUX_FUTEX_REQUEUE_PRIVATE		131
#define LINUX_FUTEX_CMP_REQUEUE_PRIVATE		132
#define LINUX_FUTEX_WAKE_OP_PRIVATE		133
#define LINUX_FUTEX_LOCK_PI_PRIVATE		134
#define LINUX_FUTEX_UNLOCK_PI_PRIVATE		135
#define LINUX_FUTEX_TRYLOCK_PI_PRIVATE		136
#define LINUX_FUTEX_WAIT_BITSET_PRIVATE		137
#define LINUX_FUTEX_WAKE_BITSET_PRIVATE		138
#define LINUX_FUTEX_WAIT_REQUEUE_PI_PRIVATE	139
#define LINUX_FUTEX_CMP_REQUEUE_PI_PRIVATE	140
#define LINUX_FUTEX_LOCK_PI2_PRIVATE		141

/* FUTEX_WAKE_OP: val3 = op << 28 | cmp << 24 | oparg << 12 | cmparg. */
#define LINUX_FUTEX_OP_SET		0
#define LINUX_FUTEX_OP_ADD		1
#define LINUX_FUTEX_OP_OR		2
#define LINUX_FUTEX_OP_ANDN		3
#define LINUX_FUTEX_OP_XOR		4
#define LINUX_FUTEX_OP_OPARG_SHIFT	8
#define LINUX_FUTEX_OP_CMP_EQ		0
#define LINUX_FUTEX_OP_CMP_NE		1
#define LINUX_FUTEX_OP_CMP_LT		2
#define LINUX_FUTEX_OP_CMP_LE		3
#define LINUX_FUTEX_OP_CMP_GT		4
#define LINUX_FUTEX_OP_CMP_GE		5

#define LINUX_FUTEX_WAITERS		0x80000000U
#define LINUX_FUTEX_OWNER_DIED		0x40000000
#define LINUX_FUTEX_TID_MASK		0x3fffffff
#define LINUX_FUTEX_BITSET_MATCH_ANY	0xffffffffU

/* futex2: futex_waitv, futex_wake, futex_wait, futex_requeue. */
#define LINUX_FUTEX2_SIZE_U8	0x00
#define LINUX_FUTEX2_SIZE_U16	0x01
#define LINUX_FUTEX2_SIZE_U32	0x02
#define LINUX_FUTEX2_SIZE_U64	0x03
#define LINUX_FUTEX2_SIZE_MASK	0x03
#define LINUX_FUTEX2_NUMA	0x04
#define LINUX_FUTEX2_MPOL	0x08
#define LINUX_FUTEX2_PRIVATE	0x80
#define LINUX_FUTEX_WAITV_MAX	128

struct linux_futex_waitv {
	u64 val;
	uaddr_t uaddr;
	u32 flags;
	u32 reserved;
};

LINUX_SIZE(futex_waitv, 24);
LINUX_OFFSET(futex_waitv, flags, 16);

struct linux_robust_list {
	uaddr_t next; /* bit 0: the entry is a PI futex */
};

struct linux_robust_list_head {
	struct linux_robust_list list;
	s64 futex_offset;
	uaddr_t list_op_pending;
};

LINUX_SIZE(robust_list, 8);
LINUX_SIZE(robust_list_head, 24);
LINUX_OFFSET(robust_list_head, list_op_pending, 16);
/* Entries walked at exit; a longer or circular list ends there. */
#define LINUX_ROBUST_LIST_LIMIT	2048

#endif
