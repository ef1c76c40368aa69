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
 * LOCKING. file_locks.lock covers the lists; vfs.locks_lock, taken under it, the list of
 * those who wait for POSIX locks.
 *
 * LINUX BEHAVIOUR. fcntl(2), flock(2): an owner's ranges of one type that touch become one;
 * changing the type of a part splits; a flock is given up before its new type is waited
 * for; a POSIX request that would close a circle of waiting owners is EDEADLK.
 *
 * NOT DONE. Locks are the sandbox's own: the host's processes do not see them.
 */
#include "kernel/vfs/locks.h"

#include "abi/errno.h"
#include "kernel/task/task.h"
#include "kernel/vfs/internal.h"
#include "lib/checked.h"

#define LAST_OFFSET ((u64)INT64_MAX)
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
 * One try. 0: done; -EAGAIN: a lock is in the way; -EDEADLK: and w must not wait for it.
 * made and spare are used up as needed. w: who would wait, NULL for locks that take no part
 * in the search for circles.
 */
static int record_try(struct file_locks *fl, const struct record *want, struct record **made,
		      struct record **spare, struct lock_wait *w)
{
	struct record *conflict = NULL, *own = NULL;
	int err = 0;

	lock_acquire(&fl->lock);
	if (want->type != LINUX_F_UNLCK)
		conflict = find_conflict(fl, want);
	if (conflict != NULL) {
		err = w == NULL ? -EAGAIN : wait_for(w, conflict->owner);
	} else {
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
	return err;
}

/* Each try names the present blocker, so whoever closes a circle finds out. */
static s64 record_wait(struct file_locks *fl, const struct record *want, struct record **made,
		       struct record **spare)
{
	struct lock_wait *w = NULL;
	int tried, err;

	if (want->pid != -1) {
		w = kzalloc(sizeof(*w));
		if (w == NULL)
			return -ENOLCK;
		w->owner = want->owner;
		w->locks = fl;
	}
	err = WAIT_EVENT(&fl->released, NO_DEADLINE,
			 (tried = record_try(fl, want, made, spare, w)) != -EAGAIN);
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
	if (err == -EAGAIN && wait)
		err = record_wait(locks, &want, &made, &spare);
	if (err == 0)
		waitq_wake_all(&locks->released);
	return err;
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
	bool had = false;

	lock_acquire(&fl->lock);
	k = flock_find(fl, f);
	if (k != NULL && kind != LINUX_LOCK_UN &&
	    k->exclusive == (kind == LINUX_LOCK_EX)) {
		had = true;
		k = NULL;
	}
	if (k != NULL)
		list_del(&k->link);
	lock_release(&fl->lock);
	if (k != NULL)
		waitq_wake_all(&fl->released);
	kfree(k);
	return had;
}

static bool flock_try(struct file_locks *fl, struct flock **made)
{
	bool got = false;

	lock_acquire(&fl->lock);
	if (flock_find(fl, (*made)->owner) != NULL) {
		got = true; /* another thread was faster with the same description */
	} else if (!flock_blocked(fl, (*made)->owner, (*made)->exclusive)) {
		struct flock *k = TAKE(*made);

		list_add_tail(&fl->flocks, &k->link);
		got = true;
	}
	lock_release(&fl->lock);
	return got;
}

s64 flock_set(struct file *f, u32 kind, bool wait)
{
	AUTO_KFREE struct flock *made = NULL;
	struct file_locks *locks;

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
	if (flock_try(locks, &made))
		return 0;
	return wait ? WAIT_EVENT(&locks->released, NO_DEADLINE, flock_try(locks, &made)) :
		      -EWOULDBLOCK;
}

/* --- the end of locks --- */

static void drop_records(struct file_locks *fl, const void *owner)
{
	struct record *r, *next;
	bool any = false;

	lock_acquire(&fl->lock);
	list_for_each_safe(r, next, &fl->records, link) {
		if (r->owner != owner)
			continue;
		list_del(&r->link);
		kfree(r);
		any = true;
	}
	if (any)
		waits_forget(fl);
	lock_release(&fl->lock);
	if (any)
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
