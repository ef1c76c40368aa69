/*
 * Futexes with an owner (PI), and what threads leave behind when they end.
 *
 * OVERVIEW. The word of a PI futex holds its owner's tid. A thread that finds it taken sets
 * FUTEX_WAITERS and queues as a waiter of kind PI; unlocking hands the word to the first
 * waiter, so it is never free in between. When an owner ends, its first waiter is granted the
 * word while still queued and writes it itself (the word may be mapped elsewhere for it).
 *
 * NOT DONE. Ownership is real, inheritance is not: waiting raises nobody's
 * priority, as guest threads have none. The first to come is served first.
 */
#include "kernel/sync/futex.h"

#include "abi/errno.h"
#include "abi/linux/futex.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "lib/string.h"

/* --- queues of PI waiters --- */

static struct futex_waiter *first_waiter(struct futex_bucket *b, const struct futex_key *key)
{
	struct futex_waiter *w;

	list_for_each(w, &b->waiters, link)
		if (futex_key_equal(&w->key, key))
			return w;
	return NULL;
}

/* From now on the word belongs to tid: what waiters remember follows. */
static void owner_changed_locked(struct futex_bucket *b, const struct futex_key *key, s32 tid)
{
	struct futex_waiter *w;

	list_for_each(w, &b->waiters, link)
		if (w->kind == FUTEX_WAITER_PI && futex_key_equal(&w->key, key))
			w->owner_tid = tid;
}

static bool thread_exists(s32 tid)
{
	struct thread *t = thread_find(tid);
	bool yes = t != NULL;

	thread_put(t);
	return yes;
}

/* --- taking --- */

enum take {
	TAKE_OWNED,  /* the word is the thread's */
	TAKE_MUST_WAIT, /* *ret_owner has it, FUTEX_WAITERS is set */
};

/*
 * One attempt to make the word at addr tid's, with the bucket locked. mark: set
 * FUTEX_WAITERS even when it is free. Also -EFAULT (fault it in for writing), -EAGAIN (it
 * changed: again), -EDEADLK, -EINVAL (the word contradicts the queue).
 */
static int take_locked(struct futex_bucket *b, const struct futex_key *key, uaddr_t addr,
		       s32 tid, bool mark, s32 *ret_owner)
{
	struct futex_waiter *top = first_waiter(b, key);
	u32 word, seen, want;
	s32 owner;

	if (top != NULL && top->kind != FUTEX_WAITER_PI)
		return -EINVAL;
	if (user_load_u32(addr, &word) < 0)
		return -EFAULT;
	owner = (s32)(word & LINUX_FUTEX_TID_MASK);
	if (owner == tid)
		return -EDEADLK;
	if (owner == 0 && top == NULL) {
		want = (word & LINUX_FUTEX_OWNER_DIED) | (u32)tid |
		       (mark ? LINUX_FUTEX_WAITERS : 0);
		if (user_cas_u32(addr, word, want, &seen) < 0)
			return -EFAULT;
		return seen == word ? TAKE_OWNED : -EAGAIN;
	}
	/* Free, though somebody waits: only right after an owner's death. */
	if (owner == 0 && !(word & LINUX_FUTEX_OWNER_DIED))
		return -EINVAL;
	if (top != NULL)
		owner = top->owner_tid;
	want = word | LINUX_FUTEX_WAITERS;
	if (want != word) {
		if (user_cas_u32(addr, word, want, &seen) < 0)
			return -EFAULT;
		if (seen != word)
			return -EAGAIN;
	}
	*ret_owner = owner;
	return TAKE_MUST_WAIT;
}

/* A dead owner's word is ours: say so in it, and that the owner died. Bucket locked. */
static int write_inherited(uaddr_t addr, s32 tid)
{
	u32 word, seen, want = LINUX_FUTEX_OWNER_DIED | LINUX_FUTEX_WAITERS | (u32)tid;

	if (user_load_u32(addr, &word) < 0)
		return -EFAULT;
	for (;;) {
		if (user_cas_u32(addr, word, want, &seen) < 0)
			return -EFAULT;
		if (seen == word)
			return 0;
		word = seen;
	}
}

/*
 * End the wait of w, which is or was queued for the word at addr. err: why the sleep ended.
 * 0: the word is ours.
 */
static s64 finish_wait(struct futex_waiter *w, uaddr_t addr, int err)
{
	bool fault_tried = false;

	for (;;) {
		struct futex_bucket *b = atomic_load(&w->bucket);
		int wrote = 0;

		if (b == NULL)
			return w->granted ? 0 : err;
		futex_lock(b);
		if (b != atomic_load(&w->bucket)) {
			lock_release(&b->lock);
			continue;
		}
		if (w->granted) {
			wrote = write_inherited(addr, w->thread->tid);
			err = wrote;
		}
		if (wrote == 0 || fault_tried)
			futex_unlink_locked(w);
		lock_release(&b->lock);
		if (wrote == 0 || fault_tried)
			return err;
		fault_tried = futex_fault_in_write(addr) < 0;
	}
}

/* Sleep until granted. 0, -ETIMEDOUT, -ERESTARTSYS. */
static int sleep_for_grant(struct futex_waiter *w, u64 deadline)
{
	int err = 0;

	while (err == 0) {
		u32 seq = thread_sleep_begin();

		if (atomic_load(&w->bucket) == NULL || atomic_load(&w->granted))
			break;
		err = thread_sleep(seq, deadline, true);
	}
	return err;
}

/* Does the word name an owner that is no more, and nobody else waits for it? */
static int check_owner(uaddr_t addr, const struct futex_key *key)
{
	struct futex_bucket *b = futex_bucket_of(key);
	u32 word, again;
	bool gone;

	if (user_load_u32(addr, &word) < 0)
		return 0; /* seen again under the lock */
	if ((word & LINUX_FUTEX_TID_MASK) == 0 ||
	    thread_exists((s32)(word & LINUX_FUTEX_TID_MASK)))
		return 0;
	futex_lock(b);
	gone = user_load_u32(addr, &again) == 0 && again == word &&
	       first_waiter(b, key) == NULL;
	lock_release(&b->lock);
	return gone ? -ESRCH : 0;
}

#define CHAIN_MAX 1024u /* Linux: max_lock_depth */

/* Who has what t waits for; 0: t does not wait for an owner. */
static s32 waits_for(struct thread *t)
{
	const struct futex_waiter *w = &t->futex;

	if (atomic_load(&w->bucket) == NULL || w->kind != FUTEX_WAITER_PI ||
	    atomic_load(&w->granted))
		return 0;
	return w->owner_tid;
}

/*
 * Does the caller, queued for its word, wait for itself? Whoever closes the circle has queued
 * before it looks, so one of its members sees it.
 */
static bool in_circle(void)
{
	s32 self = current()->tid, tid = waits_for(current());

	for (u32 n = 0; n < CHAIN_MAX && tid != 0 && tid != self; n++) {
		struct thread *t = thread_find(tid);

		tid = t == NULL ? 0 : waits_for(t);
		thread_put(t);
	}
	return tid == self;
}

s64 futex_lock_pi(uaddr_t addr, u32 flags, u64 deadline, bool try_only)
{
	struct thread *t = current();
	struct futex_waiter *w = &t->futex;
	struct futex_key key;
	struct futex_bucket *b;
	s32 owner = 0;
	s64 result;
	int err = futex_key_get(addr, flags, &key);

	if (err < 0)
		return err;
	b = futex_bucket_of(&key);
	futex_waiter_prepare(w, &key, LINUX_FUTEX_BITSET_MATCH_ANY);
	w->kind = FUTEX_WAITER_PI;
	do {
		err = check_owner(addr, &key);
		if (err < 0)
			return err;
		futex_enter(b);
		err = take_locked(b, &key, addr, t->tid, false, &owner);
		if (err == TAKE_MUST_WAIT && !try_only) {
			w->owner_tid = owner;
			atomic_add(futex_pi_waiters(), 1);
			futex_enqueue_locked(b, w);
		}
		futex_leave(b);
		if (err == -EFAULT && futex_fault_in_write(addr) < 0)
			return -EFAULT;
	} while (err == -EFAULT || err == -EAGAIN);
	if (err < 0 || err == TAKE_OWNED)
		return err;
	if (try_only)
		return -EAGAIN;
	/* Seen twice: while one looks, a link may come after another has gone. */
	err = in_circle() && in_circle() ? -EDEADLK : sleep_for_grant(w, deadline);
	result = finish_wait(w, addr, err);
	atomic_sub(futex_pi_waiters(), 1);
	return result == -ERESTARTSYS ? -ERESTARTNOINTR : result;
}

s64 futex_unlock_pi(uaddr_t addr, u32 flags)
{
	struct futex_wakes wakes = { .count = 0 };
	s32 tid = current()->tid;
	struct futex_waiter *top;
	struct futex_bucket *b;
	struct futex_key key;
	u32 word, seen, want;
	int err;

	/* Linux: the owner is checked before the address's key. */
	if (user_load_u32(addr, &word) < 0 &&
	    (futex_fault_in(addr) < 0 || user_load_u32(addr, &word) < 0))
		return -EFAULT;
	if ((s32)(word & LINUX_FUTEX_TID_MASK) != tid)
		return -EPERM;
	err = futex_key_get(addr, flags, &key);
	if (err < 0)
		return err;
	b = futex_bucket_of(&key);
	for (;;) {
		futex_lock(b);
		top = first_waiter(b, &key);
		if (top != NULL && top->kind != FUTEX_WAITER_PI) {
			err = -EINVAL;
			break;
		}
		want = top == NULL ? 0 : LINUX_FUTEX_WAITERS | (u32)top->thread->tid;
		err = user_load_u32(addr, &word);
		if (err == 0 && (s32)(word & LINUX_FUTEX_TID_MASK) != tid) {
			err = -EPERM;
			break;
		}
		if (err == 0)
			err = user_cas_u32(addr, word, want, &seen);
		if (err == 0 && seen == word)
			break;
		lock_release(&b->lock);
		if (err < 0 && futex_fault_in_write(addr) < 0)
			return -EFAULT;
	}
	if (err == 0 && top != NULL) {
		owner_changed_locked(b, &key, top->thread->tid);
		atomic_store(&top->granted, true);
		futex_release_locked(top, &wakes);
	}
	lock_release(&b->lock);
	futex_wakes_send(&wakes);
	return err;
}

/* --- requeueing from a plain to a PI futex (condition variables) --- */

s64 futex_wait_requeue_pi(uaddr_t addr, u32 flags, u32 value, u64 deadline, u32 bitset,
			  uaddr_t addr2)
{
	struct futex_waiter *w = &current()->futex;
	struct futex_key key, key2;
	bool moved;
	s64 result;
	int err;

	if (addr == addr2 || bitset == 0)
		return -EINVAL;
	err = futex_key_get(addr2, flags, &key2);
	if (err == 0)
		err = futex_key_get(addr, flags, &key);
	if (err < 0)
		return err;
	if (futex_key_equal(&key, &key2))
		return -EINVAL;
	futex_waiter_prepare(w, &key, bitset);
	w->kind = FUTEX_WAITER_REQUEUE_PI;
	w->pi_key = key2;
	err = futex_wait_setup(w, addr, value);
	if (err < 0)
		return err;
	atomic_add(futex_pi_waiters(), 1);
	err = sleep_for_grant(w, deadline);
	result = finish_wait(w, addr2, err);
	atomic_sub(futex_pi_waiters(), 1);
	moved = w->kind == FUTEX_WAITER_PI;
	if (result == -ERESTARTSYS)
		return moved ? -EAGAIN : -ERESTARTNOINTR;
	return result;
}

/* Move or grant the waiters of key1; both buckets are locked. See futex_cmp_requeue_pi. */
static s64 requeue_pi_locked(struct futex_bucket *a, const struct futex_key *key1,
			     struct futex_bucket *b, const struct futex_key *key2,
			     uaddr_t addr2, s32 requeue, struct futex_wakes *wakes)
{
	struct futex_waiter *w = first_waiter(a, key1), *next;
	s32 owner = 0;
	s64 done = 0;
	int took;

	if (w == NULL)
		return 0;
	if (w->kind != FUTEX_WAITER_REQUEUE_PI || !futex_key_equal(&w->pi_key, key2))
		return -EINVAL;
	took = take_locked(b, key2, addr2, w->thread->tid, requeue != 0, &owner);
	if (took < 0)
		return took;
	if (took == TAKE_OWNED) {
		owner = w->thread->tid;
		atomic_store(&w->granted, true);
		futex_release_locked(w, wakes);
		done++;
	}
	list_for_each_safe(w, next, &a->waiters, link) {
		if (done - 1 >= requeue)
			break;
		if (!futex_key_equal(&w->key, key1))
			continue;
		if (w->kind != FUTEX_WAITER_REQUEUE_PI || !futex_key_equal(&w->pi_key, key2))
			return -EINVAL;
		w->kind = FUTEX_WAITER_PI;
		w->key = *key2;
		w->owner_tid = owner;
		futex_move_locked(w, b);
		done++;
	}
	return done;
}

s64 futex_cmp_requeue_pi(uaddr_t addr1, u32 flags, uaddr_t addr2, s32 wake, s32 requeue, u32 cmp)
{
	struct futex_wakes wakes = { .count = 0 };
	struct futex_key key1, key2;
	struct futex_bucket *a, *b;
	u32 seen;
	s64 done;
	int err;

	if (addr1 == addr2 || wake != 1 || requeue < 0)
		return -EINVAL;
	err = futex_key_get(addr1, flags, &key1);
	if (err == 0)
		err = futex_key_get(addr2, flags, &key2);
	if (err < 0)
		return err;
	if (futex_key_equal(&key1, &key2))
		return -EINVAL;
	a = futex_bucket_of(&key1);
	b = futex_bucket_of(&key2);
	for (;;) {
		futex_lock_two(a, b);
		done = user_load_u32(addr1, &seen);
		if (done == 0 && seen != cmp) {
			futex_unlock_two(a, b);
			return -EAGAIN;
		}
		bool first = done < 0;

		if (done == 0)
			done = requeue_pi_locked(a, &key1, b, &key2, addr2, requeue, &wakes);
		futex_unlock_two(a, b);
		futex_wakes_send(&wakes);
		if (done == -EAGAIN)
			continue;
		if (done != -EFAULT)
			return done;
		if ((first ? futex_fault_in(addr1) : futex_fault_in_write(addr2)) < 0)
			return -EFAULT;
	}
}

/* --- the end of a thread --- */

static bool grant_first_of(struct futex_bucket *b, s32 dead, struct futex_wakes *wakes)
{
	struct futex_waiter *w;

	list_for_each(w, &b->waiters, link) {
		if (w->kind != FUTEX_WAITER_PI || w->owner_tid != dead || w->granted)
			continue;
		owner_changed_locked(b, &w->key, w->thread->tid);
		/* It stays queued until it has written the word. */
		atomic_store(&w->granted, true);
		wakes->threads[wakes->count++] = thread_get(w->thread);
		return true;
	}
	return false;
}

void futex_pi_owner_died(struct thread *t)
{
	struct futex_bucket *b;

	if (atomic_load(futex_pi_waiters()) == 0)
		return;
	for (u32 i = 0; (b = futex_bucket_at(i)) != NULL; i++) {
		struct futex_wakes wakes = { .count = 0 };
		bool more = atomic_load(&b->count) != 0;

		while (more) {
			futex_lock(b);
			more = grant_first_of(b, t->tid, &wakes);
			lock_release(&b->lock);
			futex_wakes_send(&wakes);
		}
	}
}

/*
 * A robust futex of the ending thread: if it holds it, mark it. Linux: handle_futex_death.
 * pending: the thread was about to lock or unlock it.
 */
static void robust_one(uaddr_t addr, bool pi, bool pending, s32 tid)
{
	u32 word, seen;

	if (!IS_ALIGNED(addr, 4ul))
		return;
	for (;;) {
		if (copy_in_struct(&word, addr) < 0)
			return;
		/* Unlocked already, but the wake-up may not have been sent. */
		if (pending && !pi && (word & LINUX_FUTEX_TID_MASK) == 0) {
			futex_wake(addr, FUTEX_SHARED, 1, LINUX_FUTEX_BITSET_MATCH_ANY);
			return;
		}
		if ((s32)(word & LINUX_FUTEX_TID_MASK) != tid)
			return;
		if (user_cas_u32(addr, word,
				 (word & LINUX_FUTEX_WAITERS) | LINUX_FUTEX_OWNER_DIED,
				 &seen) < 0) {
			if (futex_fault_in_write(addr) < 0)
				return;
			continue;
		}
		if (seen == word)
			break;
	}
	if (!pi && (word & LINUX_FUTEX_WAITERS))
		futex_wake(addr, FUTEX_SHARED, 1, LINUX_FUTEX_BITSET_MATCH_ANY);
}

static void robust_walk(struct thread *t)
{
	struct linux_robust_list_head head;
	uaddr_t entry, next, pending;
	u32 limit = LINUX_ROBUST_LIST_LIMIT;

	if (copy_in_struct(&head, t->robust_list) < 0)
		return;
	pending = head.list_op_pending;
	for (entry = head.list.next; (entry & ~1ul) != t->robust_list; entry = next) {
		/* The next one first: the entry may be freed once it is unlocked. */
		bool fault = copy_in_struct(&next, entry & ~1ul) < 0;

		if ((entry & ~1ul) != (pending & ~1ul))
			robust_one((entry & ~1ul) + (u64)head.futex_offset, entry & 1, false,
				   t->tid);
		if (fault || --limit == 0)
			break;
	}
	if ((pending & ~1ul) != 0)
		robust_one((pending & ~1ul) + (u64)head.futex_offset, pending & 1, true, t->tid);
}

void futex_thread_exit(struct thread *t)
{
	struct process *p = t->process;
	uaddr_t clear = t->clear_child_tid;
	s32 zero = 0;

	if (t->robust_list != 0)
		robust_walk(t);
	t->robust_list = 0;
	futex_pi_owner_died(t);
	t->clear_child_tid = 0;
	/* Linux: only when somebody is left in the address space to see it. */
	if (clear == 0 || p->mm == NULL ||
	    (p->thread_count <= 1 && atomic_load(&p->mm->ref.count) <= 1))
		return;
	if (copy_out_struct(clear, &zero) == 0)
		futex_wake(clear, FUTEX_SHARED, 1, LINUX_FUTEX_BITSET_MATCH_ANY);
}
