/*
 * Futexes: wait queues named by the address of a word in guest memory.
 *
 * OVERVIEW. A fixed hash table of queues in the shared heap. A waiter is part of struct
 * thread (or of an array from the heap for futex_waitv), as wakers of other processes must
 * reach it. The key of private memory is the address space and the address; that of shared
 * mappings is the object and the offset in it, so that processes meet.
 *
 * LOCKING. The value is compared under the bucket's lock, which a waker takes as well: a
 * wake-up between the comparison and the sleep is not lost. No lock may be held over a copy
 * that could fault and sleep; user_load_u32() and user_cas_u32() never sleep: a fault makes
 * them return -EFAULT. The operation then drops its locks, touches the word by copy_in()
 * and starts again. Two buckets are locked in address order.
 *
 * LINUX BEHAVIOUR (futex(2), kernel/futex). Results, the order of errors, and the split of
 * keys into PRIVATE and not are Linux's.
 *
 * NOT DONE. Waiters queue in order of arrival: there are no priorities.
 */
#include "kernel/sync/futex.h"

#include "abi/errno.h"
#include "abi/linux/futex.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "lib/string.h"

#define BUCKET_COUNT 1024u /* power of two */

/* Low bits of a key's offset; words are aligned to 4. */
#define KEY_MM_SHARED 1u /* private memory named by a call without the PRIVATE flag */
#define KEY_OBJECT 2u

/*
 * In the shared heap; the pointers are copied by fork. pi_waiters (a): threads waiting for PI
 * futexes, anywhere. Each thread that ends reads it: not on the buckets' pages, which a process
 * may never touch.
 */
static struct futex_bucket *buckets;
static u32 *pi_waiters;

int futex_init(void)
{
	pi_waiters = kzalloc(sizeof(*pi_waiters));
	buckets = kzalloc(BUCKET_COUNT * sizeof(*buckets));
	if (pi_waiters == NULL || buckets == NULL)
		return -ENOMEM;
	for (u32 i = 0; i < BUCKET_COUNT; i++)
		lock_rank(&buckets[i].lock, RANK_FUTEX);
	return 0;
}

u32 *futex_pi_waiters(void)
{
	return pi_waiters;
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
	u64 h = (key->object ^ (key->offset >> 2)) * 0x9e3779b97f4a7c15ull;

	h ^= key->offset * 0xc2b2ae3d27d4eb4full;
	return &buckets[(h >> 40) & (BUCKET_COUNT - 1)];
}

struct futex_bucket *futex_bucket_at(u32 index)
{
	return index < BUCKET_COUNT ? &buckets[index] : NULL;
}

int futex_key_get(uaddr_t addr, u32 flags, struct futex_key *ret)
{
	u64 object[2];
	u32 value;

	if (!IS_ALIGNED(addr, 4ul))
		return -EINVAL;
	if (!user_range_ok(addr, sizeof(u32)))
		return -EFAULT;
	*ret = (struct futex_key){ .object = (u64)current()->process->mm, .offset = addr };
	if (!(flags & FUTEX_SHARED))
		return 0;
	/* Linux looks the page up, so the word must be there. */
	if (user_load_u32(addr, &value) < 0 && futex_fault_in(addr) < 0)
		return -EFAULT;
	if (mm_futex_key(addr, object)) {
		ret->object = object[0];
		ret->offset = object[1] | KEY_OBJECT;
	} else {
		ret->offset |= KEY_MM_SHARED;
	}
	return 0;
}

int futex_fault_in(uaddr_t addr)
{
	u32 value;

	return copy_in_struct(&value, addr);
}

/* --- queues --- */

void futex_lock(struct futex_bucket *b)
{
	lock_acquire(&b->lock);
	list_ready(&b->waiters);
}

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	futex_lock(a < b ? a : b);
	if (a != b)
		futex_lock(a < b ? b : a);
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	lock_release(&a->lock);
	if (a != b)
		lock_release(&b->lock);
}

void futex_enqueue_locked(struct futex_bucket *b, struct futex_waiter *w)
{
	atomic_add(&b->count, 1);
	atomic_store(&w->bucket, b);
	list_add_tail(&b->waiters, &w->link);
}

void futex_unlink_locked(struct futex_waiter *w)
{
	atomic_sub(&w->bucket->count, 1);
	list_del(&w->link);
	/* From here on the waiter may return and be used again. */
	atomic_store(&w->bucket, NULL);
}

void futex_move_locked(struct futex_waiter *w, struct futex_bucket *to)
{
	atomic_sub(&w->bucket->count, 1);
	list_del(&w->link);
	futex_enqueue_locked(to, w);
}

void futex_enter(struct futex_bucket *b)
{
	atomic_add(&b->count, 1);
	futex_lock(b);
}

void futex_leave(struct futex_bucket *b)
{
	lock_release(&b->lock);
	atomic_sub(&b->count, 1);
}

bool futex_dequeue(struct futex_waiter *w)
{
	for (;;) {
		struct futex_bucket *b = atomic_load(&w->bucket);

		if (b == NULL)
			return false;
		futex_lock(b);
		if (b == atomic_load(&w->bucket)) {
			futex_unlink_locked(w);
			lock_release(&b->lock);
			return true;
		}
		lock_release(&b->lock); /* requeued meanwhile */
	}
}

void futex_release_locked(struct futex_waiter *w, struct futex_wakes *wakes)
{
	struct thread *t = thread_get(w->thread);

	futex_unlink_locked(w);
	if (wakes->count < FUTEX_BATCH) {
		wakes->threads[wakes->count++] = t;
		return;
	}
	thread_wake(t);
	thread_put(t);
}

void futex_wakes_send(struct futex_wakes *wakes)
{
	for (u32 i = 0; i < wakes->count; i++) {
		thread_wake(wakes->threads[i]);
		thread_put(wakes->threads[i]);
	}
	wakes->count = 0;
}

void futex_waiter_prepare(struct futex_waiter *w, const struct futex_key *key, u32 bitset)
{
	*w = (struct futex_waiter){
		.thread = current(),
		.key = *key,
		.bitset = bitset,
	};
	list_init(&w->link);
}

/* --- waiting --- */

/*
 * Queue w if the word still has the value. 0, -EAGAIN: it has not, -EFAULT.
 */
int futex_wait_setup(struct futex_waiter *w, uaddr_t addr, u32 value)
{
	struct futex_bucket *b = futex_bucket_of(&w->key);

	for (;;) {
		u32 seen;
		int err;

		futex_enter(b);
		err = user_load_u32(addr, &seen);
		if (err == 0 && seen == value) {
			futex_enqueue_locked(b, w);
			futex_leave(b);
			return 0;
		}
		futex_leave(b);
		if (err == 0)
			return -EAGAIN;
		if (futex_fault_in(addr) < 0)
			return -EFAULT;
	}
}

s64 futex_wait(uaddr_t addr, u32 flags, u32 value, u64 deadline, u32 bitset)
{
	struct futex_waiter *w = &current()->futex;
	struct futex_key key;
	int err;

	if (bitset == 0)
		return -EINVAL;
	err = futex_key_get(addr, flags, &key);
	if (err < 0)
		return err;
	futex_waiter_prepare(w, &key, bitset);
	err = futex_wait_setup(w, addr, value);
	while (err == 0) {
		u32 seq = thread_sleep_begin();

		if (atomic_load(&w->bucket) == NULL)
			return 0;
		err = thread_sleep(seq, deadline, true);
	}
	if (err == -EAGAIN || err == -EFAULT)
		return err;
	/* A wake-up that came first counts. */
	return futex_dequeue(w) ? err : 0;
}

static void wait_many_undo(struct futex_waiter *ws, u32 count, s64 *ret_woken)
{
	for (u32 i = 0; i < count; i++)
		if (!futex_dequeue(&ws[i]))
			*ret_woken = i;
}

s64 futex_wait_many(const struct futex_wait_spec *specs, u32 count, u64 deadline)
{
	AUTO_KFREE struct futex_waiter *ws = kzalloc(count * sizeof(*ws));
	s64 woken = -1;
	int err = 0;
	u32 i;

	if (ws == NULL)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct futex_key key;

		err = futex_key_get(specs[i].addr, specs[i].flags, &key);
		if (err < 0)
			return err;
		futex_waiter_prepare(&ws[i], &key, LINUX_FUTEX_BITSET_MATCH_ANY);
	}
	for (i = 0; i < count && err == 0; i++)
		err = futex_wait_setup(&ws[i], specs[i].addr, specs[i].value);
	if (err < 0) {
		wait_many_undo(ws, i - 1, &woken);
		return woken >= 0 ? woken : err;
	}
	while (err == 0) {
		u32 seq = thread_sleep_begin();

		for (i = 0; i < count; i++)
			if (atomic_load(&ws[i].bucket) == NULL)
				break;
		if (i < count)
			break;
		err = thread_sleep(seq, deadline, true);
	}
	wait_many_undo(ws, count, &woken);
	return woken >= 0 ? woken : err;
}

/* --- waking --- */

s64 futex_wake(uaddr_t addr, u32 flags, s32 count, u32 bitset)
{
	struct futex_wakes wakes = { .count = 0 };
	struct futex_waiter *w, *next;
	struct futex_bucket *b;
	struct futex_key key;
	s64 woken = 0;
	int err;

	if (bitset == 0)
		return -EINVAL;
	err = futex_key_get(addr, flags, &key);
	if (err < 0)
		return err;
	b = futex_bucket_of(&key);
	/* Nobody waits or is about to compare: the usual case. Pairs with futex_enter(). */
	atomic_fence();
	if (atomic_load(&b->count) == 0)
		return 0;
	futex_lock(b);
	list_for_each_safe(w, next, &b->waiters, link) {
		if (!futex_key_equal(&w->key, &key))
			continue;
		if (w->kind != FUTEX_WAITER_PLAIN) {
			woken = -EINVAL; /* Linux: mixing plain and PI operations on a word */
			break;
		}
		if (!(w->bitset & bitset))
			continue;
		futex_release_locked(w, &wakes);
		if (++woken >= count)
			break;
	}
	lock_release(&b->lock);
	futex_wakes_send(&wakes);
	return woken;
}

/* Wake up to wake waiters of key1 in a and move up to move others to key2 in b. */
static s64 requeue_locked(struct futex_bucket *a, const struct futex_key *key1,
			  struct futex_bucket *b, const struct futex_key *key2, s32 wake,
			  s32 move, struct futex_wakes *wakes)
{
	struct futex_waiter *w, *next;
	s64 done = 0;

	list_for_each_safe(w, next, &a->waiters, link) {
		if (done - wake >= move)
			break;
		if (!futex_key_equal(&w->key, key1))
			continue;
		if (w->kind != FUTEX_WAITER_PLAIN)
			return -EINVAL;
		if (++done <= wake) {
			futex_release_locked(w, wakes);
			continue;
		}
		w->key = *key2;
		if (a != b)
			futex_move_locked(w, b);
	}
	return done;
}

s64 futex_requeue(uaddr_t addr1, u32 flags1, uaddr_t addr2, u32 flags2, s32 wake, s32 requeue,
		  const u32 *cmp)
{
	struct futex_wakes wakes = { .count = 0 };
	struct futex_key key1, key2;
	struct futex_bucket *a, *b;
	s64 done;
	int err;

	if (wake < 0 || requeue < 0)
		return -EINVAL;
	err = futex_key_get(addr1, flags1, &key1);
	if (err == 0)
		err = futex_key_get(addr2, flags2, &key2);
	if (err < 0)
		return err;
	a = futex_bucket_of(&key1);
	b = futex_bucket_of(&key2);
	for (;;) {
		u32 seen = 0;

		futex_lock_two(a, b);
		err = cmp == NULL ? 0 : user_load_u32(addr1, &seen);
		if (err == 0)
			break;
		futex_unlock_two(a, b);
		if (futex_fault_in(addr1) < 0)
			return -EFAULT;
	}
	if (cmp != NULL) {
		u32 seen;

		/* Just read, under the locks: it cannot fault differently in between. */
		if (user_load_u32(addr1, &seen) < 0 || seen != *cmp) {
			futex_unlock_two(a, b);
			return -EAGAIN;
		}
	}
	done = requeue_locked(a, &key1, b, &key2, wake, requeue, &wakes);
	futex_unlock_two(a, b);
	futex_wakes_send(&wakes);
	return done;
}

/* --- FUTEX_WAKE_OP --- */

struct wake_op {
	u32 op, cmp;
	s32 oparg, cmparg;
};

static s32 sign_extend_12(u32 v)
{
	return (s32)(v << 20) >> 20;
}

static int wake_op_decode(u32 code, struct wake_op *ret)
{
	ret->op = code >> 28 & 7;
	ret->cmp = code >> 24 & 15;
	ret->oparg = sign_extend_12(code >> 12 & 0xfff);
	ret->cmparg = sign_extend_12(code & 0xfff);
	if (code >> 28 & LINUX_FUTEX_OP_OPARG_SHIFT)
		ret->oparg = (s32)(1u << (ret->oparg & 31));
	if (ret->op > LINUX_FUTEX_OP_XOR)
		return -ENOSYS;
	return 0;
}

static u32 wake_op_apply(const struct wake_op *op, u32 old)
{
	u32 arg = (u32)op->oparg;

	switch (op->op) {
	case LINUX_FUTEX_OP_SET:
		return arg;
	case LINUX_FUTEX_OP_ADD:
		return old + arg;
	case LINUX_FUTEX_OP_OR:
		return old | arg;
	case LINUX_FUTEX_OP_ANDN:
		return old & ~arg;
	default:
		return old ^ arg;
	}
}

/* Did the old value satisfy the comparison? -ENOSYS: no such comparison. */
static int wake_op_compare(const struct wake_op *op, s32 old)
{
	switch (op->cmp) {
	case LINUX_FUTEX_OP_CMP_EQ:
		return old == op->cmparg;
	case LINUX_FUTEX_OP_CMP_NE:
		return old != op->cmparg;
	case LINUX_FUTEX_OP_CMP_LT:
		return old < op->cmparg;
	case LINUX_FUTEX_OP_CMP_LE:
		return old <= op->cmparg;
	case LINUX_FUTEX_OP_CMP_GT:
		return old > op->cmparg;
	case LINUX_FUTEX_OP_CMP_GE:
		return old >= op->cmparg;
	default:
		return -ENOSYS;
	}
}

/* The atomic change of the word, with locks held. -EFAULT: must be faulted in. */
static int wake_op_do(const struct wake_op *op, uaddr_t addr, u32 *ret_old)
{
	u32 old, seen;

	if (user_load_u32(addr, &old) < 0)
		return -EFAULT;
	for (;;) {
		if (user_cas_u32(addr, old, wake_op_apply(op, old), &seen) < 0)
			return -EFAULT;
		if (seen == old)
			break;
		old = seen;
	}
	*ret_old = old;
	return 0;
}

static s64 wake_key_locked(struct futex_bucket *b, const struct futex_key *key, s32 count,
			   struct futex_wakes *wakes)
{
	struct futex_waiter *w, *next;
	s64 woken = 0;

	list_for_each_safe(w, next, &b->waiters, link) {
		if (!futex_key_equal(&w->key, key))
			continue;
		if (w->kind != FUTEX_WAITER_PLAIN)
			return -EINVAL;
		futex_release_locked(w, wakes);
		if (++woken >= count)
			break;
	}
	return woken;
}

/* Make the word at addr writable for the kernel, by writing what it has. */
int futex_fault_in_write(uaddr_t addr)
{
	u32 value, old;

	if (futex_fault_in(addr) < 0 || user_load_u32(addr, &value) < 0)
		return -EFAULT;
	return user_cas_u32(addr, value, value, &old);
}

s64 futex_wake_op(uaddr_t addr1, u32 flags, uaddr_t addr2, s32 wake, s32 wake2, u32 code)
{
	struct futex_wakes wakes = { .count = 0 };
	struct futex_key key1, key2;
	struct futex_bucket *a, *b;
	struct wake_op op = { .op = 0 };
	u32 old;
	s64 done, more;
	int err = futex_key_get(addr1, flags, &key1);

	if (err == 0)
		err = futex_key_get(addr2, flags, &key2);
	if (err == 0)
		err = wake_op_decode(code, &op);
	if (err < 0)
		return err;
	a = futex_bucket_of(&key1);
	b = futex_bucket_of(&key2);
	for (;;) {
		futex_lock_two(a, b);
		if (wake_op_do(&op, addr2, &old) == 0)
			break;
		futex_unlock_two(a, b);
		if (futex_fault_in_write(addr2) < 0)
			return -EFAULT;
	}
	done = wake_op_compare(&op, (s32)old);
	if (done >= 0) {
		bool second = done > 0;

		done = wake_key_locked(a, &key1, wake, &wakes);
		if (done >= 0 && second) {
			more = wake_key_locked(b, &key2, wake2, &wakes);
			done = more < 0 ? more : done + more;
		}
	}
	futex_unlock_two(a, b);
	futex_wakes_send(&wakes);
	return done;
}
