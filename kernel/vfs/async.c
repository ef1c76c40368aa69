/*
 * Signals on I/O. See async.h.
 *
 * LOCKING. async_lock (a): which waiters there are. owner.lock (o): who is told; taken by who
 * wakes, under a queue's lock or watch_lock, and released before a signal is sent. The
 * signal is sent under those: they come before task_lock.
 */
#include "kernel/vfs/async.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/signal/signal.h"
#include "kernel/task/table.h"
#include "kernel/vfs/hooks.h"
#include "kernel/vfs/notify.h"

struct target {
	s32 type; /* LINUX_F_OWNER_x */
	s32 pid;  /* 0: nobody */
	s32 signal;
	u32 uid, euid; /* whose right to send it is looked at */
};

struct dnotify {
	struct fs_watcher watcher;
	struct fs_watch watch;
	struct file_owner *owner;  /* I */
	const struct fdtable *table; /* I: whose descriptor it is, a name only */
	int fd;                    /* w */
	bool multishot;            /* w */
};

struct file_owner {
	struct file *file; /* I: whose it is */
	struct lock lock;
	struct target target; /* o */
	struct lock async_lock;
	struct file_hook *hooks; /* a; not NULL: O_ASYNC is on */
	int fd;               /* a: set before there are hooks */
	struct dnotify *dnotify; /* watch_lock */
};

static struct file_owner *owner_get_or_make(struct file *f)
{
	struct file_owner *o = atomic_load(&f->owner), *none = NULL;

	if (o != NULL)
		return o;
	o = kzalloc(sizeof(*o));
	if (o == NULL)
		return NULL;
	o->file = f;
	lock_rank(&o->lock, RANK_FILE_OWNER);
	lock_rank(&o->async_lock, RANK_FILE_ASYNC);
	if (atomic_cas(&f->owner, &none, o))
		return o;
	kfree(o);
	return none;
}

/* --- who --- */

/* Linux: ESRCH for a number nobody has; 0 takes the owner away. */
static bool owner_exists(s32 type, s32 pid)
{
	struct process *p;
	struct thread *t;

	if (pid == 0 || type == LINUX_F_OWNER_PGRP)
		return true;
	if (type == LINUX_F_OWNER_TID) {
		t = thread_find(pid);
		thread_put(t);
		return t != NULL;
	}
	p = process_find(pid);
	process_put(p);
	return p != NULL;
}

int file_owner_set(struct file *f, s32 type, s32 pid)
{
	const struct cred *c = &current()->process->cred;
	struct file_owner *o;

	if (type < LINUX_F_OWNER_TID || type > LINUX_F_OWNER_PGRP || pid < 0)
		return -EINVAL;
	if (!owner_exists(type, pid))
		return -ESRCH;
	o = owner_get_or_make(f);
	if (o == NULL)
		return -ENOMEM;
	lock_acquire(&o->lock);
	o->target = (struct target){
		.type = type,
		.pid = pid,
		.signal = o->target.signal,
		.uid = c->uid,
		.euid = c->euid,
	};
	lock_release(&o->lock);
	return 0;
}

static struct target target_of(struct file_owner *o)
{
	struct target t;

	lock_acquire(&o->lock);
	t = o->target;
	lock_release(&o->lock);
	return t;
}

void file_owner_get(struct file *f, s32 *ret_type, s32 *ret_pid)
{
	struct file_owner *o = atomic_load(&f->owner);
	struct target t = { .type = LINUX_F_OWNER_PID };

	if (o != NULL)
		t = target_of(o);
	*ret_type = t.pid == 0 ? LINUX_F_OWNER_PID : t.type;
	*ret_pid = t.pid;
}

int file_owner_set_number(struct file *f, s32 who)
{
	if (who == INT32_MIN)
		return -EINVAL;
	return file_owner_set(f, who < 0 ? LINUX_F_OWNER_PGRP : LINUX_F_OWNER_PID,
			      who < 0 ? -who : who);
}

s32 file_owner_number(struct file *f)
{
	s32 type, pid;

	file_owner_get(f, &type, &pid);
	return type == LINUX_F_OWNER_PGRP ? -pid : pid;
}

int file_owner_set_signal(struct file *f, u64 sig)
{
	struct file_owner *o;

	if (sig > LINUX_NSIG)
		return -EINVAL;
	o = owner_get_or_make(f);
	if (o == NULL)
		return -ENOMEM;
	lock_acquire(&o->lock);
	o->target.signal = (s32)sig;
	lock_release(&o->lock);
	return 0;
}

int file_owner_signal(const struct file *f)
{
	struct file_owner *o = atomic_load(&f->owner);

	return o == NULL ? 0 : target_of(o).signal;
}

/* --- telling --- */

/* Linux: sigio_perm(). */
static bool may_tell(const struct target *t, const struct process *p)
{
	const struct cred *c = &p->cred;

	return t->euid == 0 || t->euid == c->suid || t->euid == c->uid || t->uid == c->suid ||
	       t->uid == c->uid;
}

/* thread: NULL, the whole process. Linux: a full queue is told by a plain SIGIO. */
static void tell_one(const struct target *t, struct process *p, struct thread *thread, int fd,
		     int code)
{
	static const s64 bands[] = {
		[LINUX_POLL_IN] = LINUX_POLLIN | LINUX_POLLRDNORM,
		[LINUX_POLL_OUT] = LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND,
		[LINUX_POLL_MSG] = LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLMSG,
		[LINUX_POLL_ERR] = LINUX_POLLERR,
		[LINUX_POLL_HUP] = LINUX_POLLHUP | LINUX_POLLERR,
	};
	struct linux_siginfo info = { .si_signo = t->signal, .si_code = code };
	int err = -EAGAIN;

	if (!may_tell(t, p))
		return;
	if (t->signal != 0) {
		info.poll.band = bands[code];
		info.poll.fd = fd;
		err = thread != NULL ? signal_send_thread(thread, &info) :
				       signal_send_process(p, &info);
	}
	if (err == 0)
		return;
	info = (struct linux_siginfo){ .si_signo = LINUX_SIGIO, .si_code = LINUX_SI_KERNEL };
	err = thread != NULL ? signal_send_thread(thread, &info) : signal_send_process(p, &info);
	(void)err; /* who is ending hears nothing any more */
}

static void tell_thread(const struct target *t, int fd, int code)
{
	struct thread *thread = thread_find(t->pid);

	if (thread != NULL)
		tell_one(t, thread->process, thread, fd, code);
	thread_put(thread);
}

static void tell_process(const struct target *t, int fd, int code)
{
	struct process *p = process_find(t->pid);

	if (p != NULL)
		tell_one(t, p, NULL, fd, code);
	process_put(p);
}

static void tell_group(const struct target *t, int fd, int code)
{
	struct process *p;

	for (s32 pid = 0; (p = process_after(pid)) != NULL; process_put(p)) {
		pid = p->pid;
		if (p->pgid == t->pid)
			tell_one(t, p, NULL, fd, code);
	}
}

/* code: LINUX_POLL_x. */
static void owner_tell(struct file_owner *o, int fd, int code)
{
	struct target t = target_of(o);

	if (t.pid == 0)
		return;
	if (t.type == LINUX_F_OWNER_TID)
		tell_thread(&t, fd, code);
	else if (t.type == LINUX_F_OWNER_PID)
		tell_process(&t, fd, code);
	else
		tell_group(&t, fd, code);
}

/* --- O_ASYNC --- */

/* What a wake-up means for the file: LINUX_POLL_x, 0: nothing. */
static int code_of(const struct file *f, u32 key)
{
	if (key & LINUX_POLLHUP && !LINUX_S_ISFIFO(f->inode->mode))
		return LINUX_POLL_HUP;
	if (key & LINUX_POLLIN)
		return f->mode & FMODE_READ ? LINUX_POLL_IN : 0;
	if (key & LINUX_POLLOUT)
		return f->mode & FMODE_WRITE ? LINUX_POLL_OUT : 0;
	return key & LINUX_POLLERR ? LINUX_POLL_ERR : 0;
}

/* The queue's lock is held, so the owner stays. */
static bool async_woken(struct waiter *w, u64 key)
{
	struct file_owner *o = hook_owner(w);
	int code = code_of(o->file, (u32)key);

	if (code != 0)
		owner_tell(o, o->fd, code);
	return false;
}

int file_async(struct file *f, int fd, bool on)
{
	struct file_owner *o = on ? owner_get_or_make(f) : atomic_load(&f->owner);
	u32 ready;
	int err = 0;

	if (!f->ops->async)
		return 0;
	if (o == NULL)
		return on ? -ENOMEM : 0;
	lock_acquire(&o->async_lock);
	file_hooks_remove(&o->hooks);
	o->fd = fd;
	if (on)
		err = file_hooks_add(f, o, async_woken, 0, &o->hooks, &ready);
	lock_release(&o->async_lock);
	return err;
}

/* --- dnotify --- */

static bool dnotify_event(struct fs_watch *w, const struct fs_event *e)
{
	struct dnotify *d = container_of(w, struct dnotify, watch);

	if (e->mask & (LINUX_IN_IGNORED | LINUX_IN_UNMOUNT)) {
		d->owner->dnotify = NULL;
		return false;
	}
	owner_tell(d->owner, d->fd, LINUX_POLL_MSG);
	return !d->multishot;
}

static void dnotify_gone(struct fs_watch *w)
{
	kfree(container_of(w, struct dnotify, watch));
}

static void dnotify_stop(struct file_owner *o, const struct fdtable *of)
{
	struct inode *i = NULL;
	struct dnotify *d;

	fs_watch_lock();
	d = o->dnotify;
	if (d != NULL && (of == NULL || d->table == of)) {
		o->dnotify = NULL;
		i = fs_watch_remove_locked(&d->watch);
	} else {
		d = NULL;
	}
	fs_watch_unlock();
	kfree(d);
	inode_put(i);
}

/* What fs/notify reports, of what dnotify calls it. */
static u32 watched_of(u32 events)
{
	static const struct {
		u32 dn, in;
	} rows[] = {
		{ LINUX_DN_ACCESS, LINUX_IN_ACCESS },
		{ LINUX_DN_MODIFY, LINUX_IN_MODIFY },
		{ LINUX_DN_CREATE, LINUX_IN_CREATE | LINUX_IN_MOVED_TO },
		{ LINUX_DN_DELETE, LINUX_IN_DELETE | LINUX_IN_MOVED_FROM },
		{ LINUX_DN_RENAME, FS_RENAME },
		{ LINUX_DN_ATTRIB, LINUX_IN_ATTRIB },
	};
	u32 mask = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (events & rows[i].dn)
			mask |= rows[i].in;
	return mask;
}

/* *fresh is used up when it becomes the watch. */
static int dnotify_set_locked(struct file_owner *o, u32 events, struct dnotify **fresh)
{
	struct dnotify *d = o->dnotify;
	int fd = (*fresh)->fd;
	int err;

	if (d == NULL) {
		d = *fresh;
		err = fs_watch_add_locked(&d->watch, o->file->inode, ~0u);
		if (err < 0)
			return err;
		o->dnotify = TAKE(*fresh);
	}
	d->fd = fd;
	d->watch.mask |= watched_of(events);
	d->multishot |= (events & LINUX_DN_MULTISHOT) != 0;
	return 0;
}

int file_dnotify(struct file *f, int fd, u32 events)
{
	AUTO_KFREE struct dnotify *d = NULL;
	struct file_owner *o;
	int err;

	if (!(events & ~LINUX_DN_MULTISHOT)) {
		if (atomic_load(&f->owner) != NULL)
			dnotify_stop(f->owner, NULL);
		return 0;
	}
	if (!inode_is_dir(f->inode))
		return -ENOTDIR;
	o = owner_get_or_make(f);
	d = kzalloc(sizeof(*d));
	if (o == NULL || d == NULL)
		return -ENOMEM;
	if (target_of(o).pid == 0) {
		err = file_owner_set(f, LINUX_F_OWNER_PID, current()->process->pid);
		if (err < 0)
			return err;
	}
	d->owner = o;
	d->table = current()->files;
	d->fd = fd;
	d->watcher.event = dnotify_event;
	list_init(&d->watcher.link);
	list_init(&d->watch.link);
	d->watch.watcher = &d->watcher;
	d->watch.gone = dnotify_gone;
	fs_watch_lock();
	err = dnotify_set_locked(o, events, &d);
	fs_watch_unlock();
	return err;
}

void file_dnotify_closed(struct file *f, const struct fdtable *ft)
{
	struct file_owner *o = atomic_load(&f->owner);

	if (o != NULL && atomic_load(&o->dnotify) != NULL)
		dnotify_stop(o, ft);
}

void file_owner_gone(struct file *f)
{
	struct file_owner *o = f->owner;

	dnotify_stop(o, NULL);
	lock_acquire(&o->async_lock);
	file_hooks_remove(&o->hooks);
	lock_release(&o->async_lock);
	kfree(o);
}
