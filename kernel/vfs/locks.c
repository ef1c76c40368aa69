/*
 * Advisory locks on files.
 *
 * OVERVIEW. An inode's locks are two lists made on first use: record locks, each a range
 * that an owner holds, and flocks, which belong to an open file description. The owner of a
 * POSIX record lock is a descriptor table, that of an OFD lock a description. A request
 * that is in somebody's way sleeps on the inode's queue and is tried again whenever a lock
 * there goes away.
 *
 * LIFETIME. Locks end when they are released, when any descriptor of the file is closed in
 * the owning table (POSIX), or with the description (OFD, flock).
 *
 * OUTSIDE. Files of :rw trees are locked by the host's programs and other sandboxes, too. There
 * the sandbox is one owner: it holds what the locks of all owners inside come to, which is taken
 * before a lock is given here, and given up where no lock is left. Who must wait for somebody
 * outside asks again and again: the host's answer is a moment's.
 *
 * LOCKING. file_locks.lock covers the lists; vfs.locks_lock, taken under it, the list of
 * those who wait for POSIX locks.
 *
 * LINUX BEHAVIOUR. fcntl(2), flock(2): an owner's ranges of one type that touch become one;
 * changing the type of a part splits; a flock is given up before its new type is waited
 * for; a POSIX request that would close a circle of waiting owners is EDEADLK.
 *
 * NOT DONE. A circle of waiting owners that leads outside is not found. Those who wait for
 * somebody outside do not queue with them.
 */
#include "kernel/vfs/locks.h"

#include "abi/errno.h"
#include "kernel/locks.h"
#include "kernel/task/task.h"
#include "kernel/vfs/internal.h"
#include "lib/checked.h"
#include "platform/plat.h"

#define LAST_OFFSET ((u64)INT64_MAX)
#define ASK_FIRST_NS 500000u /* how long to wait before asking outside again, twice that first */
#define ASK_LAST_NS 20000000u
#define DEADLOCK_DEPTH 10 /* Linux: MAX_DEADLK_ITERATIONS */

struct record {
	struct list link;
	const void *owner; /* a descriptor table or an open file description */
	u64 start, last;   /* bytes, inclusive */
	s16 type;          /* LINUX_F_RDLCK, LINUX_F_WRLCK */
	s32 pid;           /* who set it, -1 for OFD locks */
};

struct flock {
	struct list link;
	const struct file *owner;
	bool exclusive;
};

struct file_locks {
	struct inode *outside; /* I: who can lock it outside; NULL: nobody */
	struct lock outer; /* held over every change, and the request that goes with it */
	struct lock lock;
	struct list records; /* an owner's lie together, by start */
	struct list flocks;
	struct waitq released;
};

/* Somebody who waits for a POSIX record lock. In shared memory: other processes look. */
struct lock_wait {
	struct lock_wait *next;
	bool listed;
	const struct file_locks *locks; /* where */
	const void *owner;
	const void *blocker; /* whose lock is in the way; NULL: it is gone, to be tried again */
};

static struct file_locks *locks_peek(const struct inode *i)
{
	return atomic_load(&i->locks);
}

static struct file_locks *locks_get(struct inode *i)
{
	struct file_locks *fl = locks_peek(i), *none = NULL;

	if (fl != NULL)
		return fl;
	fl = kzalloc(sizeof(*fl));
	if (fl == NULL)
		return NULL;
	list_init(&fl->records);
	list_init(&fl->flocks);
	waitq_init(&fl->released);
	if (i->ops->lock != NULL && i->sb->flags & SUPER_LOCKED_OUTSIDE)
		fl->outside = i;
	lock_rank(&fl->outer, RANK_OVER_COPY); /* of a file system's own */
	if (atomic_cas(&i->locks, &none, fl))
		return fl;
	kfree(fl);
	return none;
}

/* --- record locks: the set of ranges, under file_locks.lock --- */

static bool overlaps(const struct record *a, const struct record *b)
{
	return a->start <= b->last && b->start <= a->last;
}

/* Do they overlap or lie side by side? */
static bool touches(const struct record *a, const struct record *b)
{
	return (a->start == 0 || a->start - 1 <= b->last) &&
	       (b->start == 0 || b->start - 1 <= a->last);
}

static struct record *find_conflict(struct file_locks *fl, const struct record *want)
{
	struct record *r;

	list_for_each(r, &fl->records, link)
		if (r->owner != want->owner && overlaps(r, want) &&
		    (r->type == LINUX_F_WRLCK || want->type == LINUX_F_WRLCK))
			return r;
	return NULL;
}

/* Linux: F_GETLK tells of the first conflict in this order, so it can be seen. */
static void record_insert(struct file_locks *fl, struct record *add)
{
	struct list *before = &fl->records;
	bool found = false;
	struct record *r;

	list_for_each(r, &fl->records, link) {
		bool own = r->owner == add->owner;

		if (own ? r->start >= add->start : found) {
			before = &r->link;
			break;
		}
		found |= own;
	}
	list_add_tail(before, &add->link);
}

/*
 * Take the range of want out of its owner's others; own is not one of those. One that has it
 * in its middle becomes two, for which *spare is used.
 */
static void cut_out(struct file_locks *fl, const struct record *want, const struct record *own,
		    struct record **spare)
{
	struct record *r, *next;

	list_for_each_safe(r, next, &fl->records, link) {
		if (r == own || r->owner != want->owner || !overlaps(r, want))
			continue;
		if (r->start < want->start && r->last > want->last) {
			struct record *tail = TAKE(*spare);

			*tail = *r;
			tail->start = want->last + 1;
			r->last = want->start - 1;
			record_insert(fl, tail);
			return; /* an owner's ranges do not overlap each other */
		}
		if (r->start < want->start) {
			r->last = want->start - 1;
		} else if (r->last > want->last) {
			r->start = want->last + 1;
		} else {
			list_del(&r->link);
			kfree(r);
		}
	}
}

/* Make one of own, which overlaps nothing of its owner's, and neighbours of its type. */
static void join(struct file_locks *fl, struct record *own)
{
	struct record *r, *next;

	list_for_each_safe(r, next, &fl->records, link) {
		if (r == own || r->owner != own->owner || r->type != own->type ||
		    !touches(r, own))
			continue;
		own->start = MIN(own->start, r->start);
		own->last = MAX(own->last, r->last);
		list_del(&r->link);
		kfree(r);
	}
}

/* --- outside --- */

static void outer_begin(struct file_locks *fl)
{
	if (fl->outside != NULL)
		lock_acquire(&fl->outer);
}

static void outer_end(struct file_locks *fl)
{
	if (fl->outside != NULL)
		lock_release(&fl->outer);
}

static int outer_set(struct file_locks *fl, u32 what, s16 type, u64 start, u64 last)
{
	const struct outer_lock l = { .what = what, .type = type, .start = start, .last = last };

	return fl->outside == NULL ? 0 : fl->outside->ops->lock(fl->outside, &l, NULL);
}

/* The first piece from *start on that no record covers: false, there is none up to last. */
static bool find_gap(struct file_locks *fl, u64 *start, u64 last, u64 *ret_last)
{
	const struct record *r;
	bool moved;

	do {
		moved = false;
		*ret_last = last;
		list_for_each(r, &fl->records, link) {
			if (r->start <= *start && r->last >= *start) {
				if (r->last >= last)
					return false;
				*start = r->last + 1;
				moved = true;
			} else if (r->start > *start && r->start <= *ret_last) {
				*ret_last = r->start - 1;
			}
		}
	} while (moved);
	return true;
}

/* Locks in a range are gone: give up outside what nobody has any more. outer is held. */
static void outer_release(struct file_locks *fl, u64 start, u64 last)
{
	u64 end;
	bool gap, empty;

	for (; fl->outside != NULL && start <= last; start = end + 1) {
		lock_acquire(&fl->lock);
		empty = list_empty(&fl->records) && list_empty(&fl->flocks);
		gap = find_gap(fl, &start, last, &end);
		lock_release(&fl->lock);
		/* What cannot be told now is given up with the last one. */
		if (empty)
			(void)!outer_set(fl, OUTER_DROP, LINUX_F_UNLCK, 0, LAST_OFFSET);
		else if (gap)
			(void)!outer_set(fl, OUTER_RECORD, LINUX_F_UNLCK, start, end);
		if (empty || !gap)
			break;
	}
}

/* When to ask again; longer each time. Without an outside, never. */
static u64 ask_again(const struct file_locks *fl, u64 *delay)
{
	struct linux_timespec now;

	if (fl->outside == NULL || plat_clock_get(LINUX_CLOCK_MONOTONIC, &now) < 0)
		return NO_DEADLINE;
	*delay = MIN(*delay * 2, (u64)ASK_LAST_NS);
	return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec + *delay;
}

/* --- who waits for whom, under vfs.locks_lock --- */

static const void *waits_for(const void *owner)
{
	const struct lock_wait *w;

	for (w = vfs->lock_waits; w != NULL; w = w->next)
		if (w->owner == owner && w->blocker != NULL)
			return w->blocker;
	return NULL;
}

/* Does blocker wait, perhaps by way of others, for owner? */
static bool closes_circle(const void *owner, const void *blocker)
{
	for (int depth = 0; blocker != NULL && depth < DEADLOCK_DEPTH; depth++) {
		blocker = waits_for(blocker);
		if (blocker == owner)
			return true;
	}
	return false;
}

/*
 * w waits for blocker from now on, or must not. The lock of the file's locks is held, so
 * blocker's lock is really in the way.
 */
static int wait_for(struct lock_wait *w, const void *blocker)
{
	int err = -EAGAIN;

	lock_acquire(&vfs->locks_lock);
	w->blocker = blocker;
	if (closes_circle(w->owner, blocker)) {
		w->blocker = NULL;
		err = -EDEADLK;
	} else if (!w->listed) {
		w->listed = true;
		w->next = vfs->lock_waits;
		vfs->lock_waits = w;
	}
	lock_release(&vfs->locks_lock);
	return err;
}

static void wait_end(struct lock_wait *w)
{
	struct lock_wait **link = &vfs->lock_waits;

	if (!w->listed)
		return;
	lock_acquire(&vfs->locks_lock);
	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	lock_release(&vfs->locks_lock);
}

/* Ranges of the file have changed: who waits there will try again, and waits for nobody. */
static void waits_forget(const struct file_locks *fl)
{
	struct lock_wait *w;

	lock_acquire(&vfs->locks_lock);
	for (w = vfs->lock_waits; w != NULL; w = w->next)
		if (w->locks == fl)
			w->blocker = NULL;
	lock_release(&vfs->locks_lock);
}

/* --- record locks: requests --- */

/* Linux: flock_to_posix_lock(). */
static int range_of(struct file *f, const struct linux_flock *fl, struct record *ret)
{
	s64 base = 0, start, last;
	struct inode_attr attr;
	int err;

	switch (fl->l_whence) {
	case LINUX_SEEK_SET:
		break;
	case LINUX_SEEK_CUR:
		base = (s64)atomic_load(&f->pos);
		break;
	case LINUX_SEEK_END:
		err = inode_getattr(f->inode, &attr);
		if (err < 0)
			return err;
		base = (s64)attr.size;
		break;
	default:
		return -EINVAL;
	}
	if (!checked_add(base, fl->l_start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	if (fl->l_len > 0) {
		if (!checked_add(start, fl->l_len - 1, &last))
			return -EOVERFLOW;
	} else if (fl->l_len < 0) {
		last = start - 1;
		if (!checked_add(start, fl->l_len, &start) || start < 0)
			return -EINVAL;
	} else {
		last = (s64)LAST_OFFSET;
	}
	ret->start = (u64)start;
	ret->last = (u64)last;
	return 0;
}

static int request_of(struct file *f, const struct linux_flock *fl, bool ofd,
		      struct record *ret)
{
	if (fl->l_type != LINUX_F_RDLCK && fl->l_type != LINUX_F_WRLCK &&
	    fl->l_type != LINUX_F_UNLCK)
		return -EINVAL;
	*ret = (struct record){
		.owner = ofd ? (const void *)f : (const void *)current()->files,
		.type = fl->l_type,
		.pid = ofd ? -1 : current()->process->pid,
	};
	return range_of(f, fl, ret);
}

/*
 * One try. 0: done; -EAGAIN: a lock is in the way; -EDEADLK: and w must not wait for it;
 * -EBUSY: a lock outside is in the way; -ENOLCK.
 * made and spare are used up as needed. w: who would wait, NULL for locks that take no part
 * in the search for circles.
 */
static int record_try(struct file_locks *fl, const struct record *want, struct record **made,
		      struct record **spare, struct lock_wait *w)
{
	struct record *conflict = NULL, *own = NULL;
	int err = 0;

	outer_begin(fl);
	lock_acquire(&fl->lock);
	if (want->type != LINUX_F_UNLCK)
		conflict = find_conflict(fl, want);
	if (conflict != NULL) {
		err = w == NULL ? -EAGAIN : wait_for(w, conflict->owner);
	} else if (want->type != LINUX_F_UNLCK && fl->outside != NULL) {
		/* Nothing inside changes meanwhile. */
		lock_release(&fl->lock);
		err = outer_set(fl, OUTER_RECORD, want->type, want->start, want->last);
		err = err == -EAGAIN ? -EBUSY : err;
		lock_acquire(&fl->lock);
	}
	if (err == 0) {
		if (want->type != LINUX_F_UNLCK) {
			own = TAKE(*made);
			*own = *want;
			record_insert(fl, own);
		}
		cut_out(fl, want, own, spare);
		if (own != NULL)
			join(fl, own);
		waits_forget(fl);
	}
	lock_release(&fl->lock);
	if (err == 0 && want->type == LINUX_F_UNLCK)
		outer_release(fl, want->start, want->last);
	outer_end(fl);
	return err;
}

/* Each try names the present blocker, so whoever closes a circle finds out. */
static s64 record_wait(struct file_locks *fl, const struct record *want, struct record **made,
		       struct record **spare)
{
	struct lock_wait *w = NULL;
	u64 delay = ASK_FIRST_NS;
	int tried, err;

	if (want->pid != -1) {
		w = kzalloc(sizeof(*w));
		if (w == NULL)
			return -ENOLCK;
		w->owner = want->owner;
		w->locks = fl;
	}
	do
		err = WAIT_EVENT(&fl->released, ask_again(fl, &delay),
				 (tried = record_try(fl, want, made, spare, w)) != -EAGAIN &&
					 tried != -EBUSY);
	while (err == -ETIMEDOUT);
	if (w != NULL)
		wait_end(w);
	kfree(w);
	return err < 0 ? err : tried;
}

s64 record_lock_set(struct file *f, const struct linux_flock *fl, bool ofd, bool wait)
{
	AUTO_KFREE struct record *made = kzalloc(sizeof(*made));
	AUTO_KFREE struct record *spare = kzalloc(sizeof(*spare));
	struct file_locks *locks;
	struct record want;
	s64 err = request_of(f, fl, ofd, &want);

	if (err < 0)
		return err;
	if ((want.type == LINUX_F_RDLCK && !(f->mode & FMODE_READ)) ||
	    (want.type == LINUX_F_WRLCK && !(f->mode & FMODE_WRITE)))
		return -EBADF;
	if (want.type == LINUX_F_UNLCK && locks_peek(f->inode) == NULL)
		return 0;
	locks = locks_get(f->inode);
	if (locks == NULL || made == NULL || spare == NULL)
		return -ENOLCK;
	err = record_try(locks, &want, &made, &spare, NULL);
	if ((err == -EAGAIN || err == -EBUSY) && wait)
		err = record_wait(locks, &want, &made, &spare);
	if (err == -EBUSY)
		err = -EAGAIN;
	if (err == 0)
		waitq_wake_all(&locks->released);
	return err;
}

/* 1: somebody outside is in the way of *want, and becomes it; 0; -Exxx. */
static int test_outside(struct inode *i, struct record *want)
{
	const struct outer_lock l = { .what = OUTER_TEST, .type = want->type,
				      .start = want->start, .last = want->last };
	struct outer_lock found;
	int err;

	if (i->ops->lock == NULL || !(i->sb->flags & SUPER_LOCKED_OUTSIDE) ||
	    want->type == LINUX_F_UNLCK)
		return 0;
	err = i->ops->lock(i, &l, &found);
	if (err < 0 || found.type == LINUX_F_UNLCK)
		return err;
	want->type = found.type;
	want->pid = found.pid;
	want->start = found.start;
	want->last = found.last;
	return 1;
}

s64 record_lock_test(struct file *f, struct linux_flock *fl, bool ofd)
{
	struct file_locks *locks;
	struct record want, *r = NULL;
	s64 err;

	if (fl->l_type != LINUX_F_RDLCK && fl->l_type != LINUX_F_WRLCK &&
	    !(ofd && fl->l_type == LINUX_F_UNLCK))
		return -EINVAL;
	err = request_of(f, fl, ofd, &want);
	if (err < 0)
		return err;
	locks = locks_peek(f->inode);
	if (locks != NULL) {
		lock_acquire(&locks->lock);
		r = find_conflict(locks, &want);
		if (r != NULL)
			want = *r;
		lock_release(&locks->lock);
	}
	if (r == NULL) {
		err = test_outside(f->inode, &want);
		if (err < 0)
			return err;
	}
	if (r == NULL && err == 0) {
		fl->l_type = LINUX_F_UNLCK;
		return 0;
	}
	fl->l_type = want.type;
	fl->l_whence = LINUX_SEEK_SET;
	fl->l_start = (s64)want.start;
	fl->l_len = want.last == LAST_OFFSET ? 0 : (s64)(want.last - want.start + 1);
	fl->l_pid = want.pid;
	return 0;
}

/* --- flock --- */

static struct flock *flock_find(struct file_locks *fl, const struct file *f)
{
	struct flock *k;

	list_for_each(k, &fl->flocks, link)
		if (k->owner == f)
			return k;
	return NULL;
}

static bool flock_blocked(struct file_locks *fl, const struct file *f, bool exclusive)
{
	struct flock *k;

	list_for_each(k, &fl->flocks, link)
		if (k->owner != f && (exclusive || k->exclusive))
			return true;
	return false;
}

/* Give up what f has of another kind. True: it has what is wanted already. */
static bool flock_drop(struct file_locks *fl, const struct file *f, u32 kind)
{
	struct flock *k;
	bool had = false, last;

	outer_begin(fl);
	lock_acquire(&fl->lock);
	k = flock_find(fl, f);
	if (k != NULL && kind != LINUX_LOCK_UN &&
	    k->exclusive == (kind == LINUX_LOCK_EX)) {
		had = true;
		k = NULL;
	}
	if (k != NULL)
		list_del(&k->link);
	last = k != NULL && list_empty(&fl->flocks);
	lock_release(&fl->lock);
	/* Who is left has it shared, and so has the sandbox. */
	if (last && outer_set(fl, OUTER_FLOCK, LINUX_F_UNLCK, 0, LAST_OFFSET) == 0)
		outer_release(fl, 0, 0);
	outer_end(fl);
	if (k != NULL)
		waitq_wake_all(&fl->released);
	kfree(k);
	return had;
}

/* 0; -EAGAIN: a lock, perhaps outside, is in the way; -ENOLCK. */
static int flock_try(struct file_locks *fl, struct flock **made)
{
	bool had, blocked;
	int err = 0;

	outer_begin(fl);
	lock_acquire(&fl->lock);
	/* Another thread may have been faster with the same description. */
	had = flock_find(fl, (*made)->owner) != NULL;
	blocked = !had && flock_blocked(fl, (*made)->owner, (*made)->exclusive);
	lock_release(&fl->lock);
	if (blocked)
		err = -EAGAIN;
	else if (!had)
		err = outer_set(fl, OUTER_FLOCK,
				(*made)->exclusive ? LINUX_F_WRLCK : LINUX_F_RDLCK, 0,
				LAST_OFFSET);
	lock_acquire(&fl->lock);
	had |= flock_find(fl, (*made)->owner) != NULL;
	if (err == 0 && !had && !flock_blocked(fl, (*made)->owner, (*made)->exclusive)) {
		struct flock *k = TAKE(*made);

		list_add_tail(&fl->flocks, &k->link);
	} else if (err == 0 && !had) {
		err = -EAGAIN; /* somebody inside was faster; nobody outside can be */
	}
	lock_release(&fl->lock);
	outer_end(fl);
	return err;
}

static s64 flock_wait(struct file_locks *fl, struct flock **made)
{
	u64 delay = ASK_FIRST_NS;
	int tried, err;

	do
		err = WAIT_EVENT(&fl->released, ask_again(fl, &delay),
				 (tried = flock_try(fl, made)) != -EAGAIN);
	while (err == -ETIMEDOUT);
	return err < 0 ? err : tried;
}

s64 flock_set(struct file *f, u32 kind, bool wait)
{
	AUTO_KFREE struct flock *made = NULL;
	struct file_locks *locks;
	int err;

	if (kind == LINUX_LOCK_UN && locks_peek(f->inode) == NULL)
		return 0;
	locks = locks_get(f->inode);
	if (locks == NULL)
		return -ENOLCK;
	if (flock_drop(locks, f, kind) || kind == LINUX_LOCK_UN)
		return 0;
	made = kzalloc(sizeof(*made));
	if (made == NULL)
		return -ENOLCK;
	made->owner = f;
	made->exclusive = kind == LINUX_LOCK_EX;
	err = flock_try(locks, &made);
	return err == -EAGAIN && wait ? flock_wait(locks, &made) : err;
}

/* --- the end of locks --- */

/* One record of the owner is taken out of the list; NULL: there is none. */
static struct record *record_take(struct file_locks *fl, const void *owner)
{
	struct record *r, *found = NULL;

	lock_acquire(&fl->lock);
	list_for_each(r, &fl->records, link)
		if (r->owner == owner) {
			found = r;
			break;
		}
	if (found != NULL) {
		list_del(&found->link);
		waits_forget(fl);
	}
	lock_release(&fl->lock);
	return found;
}

static bool owns_records(struct file_locks *fl, const void *owner)
{
	const struct record *r;
	bool any = false;

	lock_acquire(&fl->lock);
	list_for_each(r, &fl->records, link)
		any |= r->owner == owner;
	lock_release(&fl->lock);
	return any;
}

static void drop_records(struct file_locks *fl, const void *owner)
{
	struct record *r;

	if (!owns_records(fl, owner))
		return;
	outer_begin(fl);
	while ((r = record_take(fl, owner)) != NULL) {
		outer_release(fl, r->start, r->last);
		kfree(r);
	}
	outer_end(fl);
	waitq_wake_all(&fl->released);
}

void locks_fd_closed(struct file *f, const struct fdtable *ft)
{
	struct file_locks *fl = f->inode == NULL ? NULL : locks_peek(f->inode);

	if (fl != NULL)
		drop_records(fl, ft);
}

void locks_file_gone(struct file *f)
{
	struct file_locks *fl = f->inode == NULL ? NULL : locks_peek(f->inode);

	if (fl == NULL)
		return;
	drop_records(fl, f);
	flock_drop(fl, f, LINUX_LOCK_UN);
}

/* No file refers to the inode, so every list is empty. */
void locks_inode_gone(struct inode *i)
{
	kfree(i->locks);
	i->locks = NULL;
}
