/* Arithmetic on untrusted numbers: every function says whether the result fits. */
#ifndef NACRE_LIB_CHECKED_H
#define NACRE_LIB_CHECKED_H

#include "lib/types.h"

/* True on success; *ret is written only then. */
#define checked_add(a, b, ret) (!__builtin_add_overflow(a, b, ret))
#define checked_sub(a, b, ret) (!__builtin_sub_overflow(a, b, ret))
#define checked_mul(a, b, ret) (!__builtin_mul_overflow(a, b, ret))

/* Is [off, off + len) inside [0, size)? An empty range at off == size is inside. */
static inline bool range_inside(u64 off, u64 len, u64 size)
{
	return off <= size && len <= size - off;
}

/* Round up to a page; false when that would wrap. */
static inline bool checked_page_up(u64 x, u64 *ret)
{
	u64 sum;

	if (!checked_add(x, PAGE_SIZE - 1, &sum))
		return false;
	*ret = sum & PAGE_MASK;
	return true;
}

#endif
