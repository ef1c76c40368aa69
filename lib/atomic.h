/* Atomic operations and reference counts that also work across processes sharing memory. */
#ifndef NACRE_LIB_ATOMIC_H
#define NACRE_LIB_ATOMIC_H

#include "lib/panic.h"
#include "lib/types.h"

#define atomic_load(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define atomic_load_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define atomic_store(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define atomic_store_relaxed(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define atomic_xchg(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
/* These return the value before the operation. */
#define atomic_add(p, v) __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)
#define atomic_sub(p, v) __atomic_fetch_sub(p, v, __ATOMIC_SEQ_CST)
#define atomic_or(p, v) __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)
#define atomic_and(p, v) __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)
/* True when *p was *expected and is now desired; otherwise *expected is what was found. */
#define atomic_cas(p, expected, desired)                                          \
	__atomic_compare_exchange_n(p, expected, desired, false, __ATOMIC_SEQ_CST, \
				    __ATOMIC_RELAXED)
#define atomic_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

static inline void cpu_relax(void)
{
	__builtin_ia32_pause();
}

/* A count of owners. The object is destroyed by whoever puts the last one. */
struct ref {
	u32 count;
};

static inline void ref_init(struct ref *r)
{
	atomic_store_relaxed(&r->count, 1);
}

static inline void ref_get(struct ref *r)
{
	if (atomic_add(&r->count, 1) == 0)
		panic("reference taken on a dead object");
}

/* Take a reference unless the count has reached zero already. */
static inline MUST_USE bool ref_get_unless_zero(struct ref *r)
{
	u32 n = atomic_load_relaxed(&r->count);

	while (n != 0)
		if (atomic_cas(&r->count, &n, n + 1))
			return true;
	return false;
}

/* True when this was the last reference. */
static inline MUST_USE bool ref_put(struct ref *r)
{
	u32 before = atomic_sub(&r->count, 1);

	if (before == 0)
		panic("reference put too often");
	return before == 1;
}

#endif
