/*
 * poll, ppoll, select, pselect6.
 *
 * OVERVIEW. Both families become a list of files with wanted events. It is gone through
 * once without waiting; if nothing is ready, again with a waiter in every queue the files
 * name, and from then on after every wake-up.
 *
 * LINUX BEHAVIOUR. fs/select.c: poll is continued after a signal with the time that is left
 * (restart_syscall), the others start anew; ppoll, select and pselect6 store the time left.
 *
 * A wait for nothing but the user's streams is the host's poll: no thread of our own has to
 * wait for them (kernel/fs/host/watch.c), as it must when they are mixed with others.
 */
#include "abi/linux/poll.h"
#include "abi/linux/prctl.h"
#include "kernel/fs/host/host.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/sys/timeout.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/poll.h"
#include "lib/string.h"

#define POLL_ALWAYS (LINUX_POLLERR | LINUX_POLLHUP | LINUX_POLLNVAL)
#define WAITERS_PER_CHUNK 15u

struct poll_entry {
	struct file *file; /* referenced; NULL: revents is final already */
	u32 events, revents;
};

struct poll_list {
	struct poll_entry *entries;
	u32 count;
};

static void list_fini(struct poll_list *l)
{
	for (u32 i = 0; l->entries != NULL && i < l->count; i++)
		file_put(l->entries[i].file);
	kfree(l->entries);
}

#define AUTO_LIST __attribute__((cleanup(list_fini))) struct poll_list

static int list_init_count(struct poll_list *l, u32 count)
{
	l->entries = kzalloc((count + 1) * sizeof(struct poll_entry));
	l->count = count;
	return l->entries == NULL ? -ENOMEM : 0;
}

/* --- waiters in the files' queues; in shared memory, wakers are other processes --- */

struct waiter_chunk {
	struct waiter_chunk *next;
	u32 used;
	struct waiter waiters[WAITERS_PER_CHUNK];
};

struct waiter_set {
	struct poll_table pt;
	struct waiter_chunk *first;
	bool failed;
};

static void set_add(struct poll_table *pt, struct waitq *q)
{
	struct waiter_set *set = container_of(pt, struct waiter_set, pt);
	struct waiter_chunk *c = set->first;

	if (c == NULL || c->used == WAITERS_PER_CHUNK) {
		c = kzalloc(sizeof(*c));
		if (c == NULL) {
			set->failed = true;
			return;
		}
		c->next = set->first;
		set->first = c;
	}
	waiter_init(&c->waiters[c->used]);
	waitq_add(q, &c->waiters[c->used], 0);
	c->used++;
}

static void set_fini(struct waiter_set *set)
{
	while (set->first != NULL) {
		struct waiter_chunk *c = set->first;

		set->first = c->next;
		for (u32 i = 0; i < c->used; i++)
			waitq_remove(&c->waiters[i]);
		kfree(c);
	}
}

/* --- the wait --- */

/* Entries with something to report. */
static u32 list_look(struct poll_list *l, struct poll_table *pt)
{
	u32 ready = 0;

	for (u32 i = 0; i < l->count; i++) {
		struct poll_entry *e = &l->entries[i];

		if (e->file != NULL)
			e->revents = file_poll(e->file, ready == 0 ? pt : NULL) &
				     (e->events | POLL_ALWAYS);
		ready += e->revents != 0;
	}
	return ready;
}

static u32 list_host_count(const struct poll_list *l, u32 *ret_others)
{
	u32 host = 0, others = 0;
	plat_fd_t fd;

	for (u32 i = 0; i < l->count; i++) {
		if (l->entries[i].file == NULL)
			continue;
		if (host_stream_fd(l->entries[i].file, &fd))
			host++;
		else
			others++;
	}
	*ret_others = others;
	return host;
}

/* Only streams of the host: let it do the waiting. 0, -ERESTARTSYS, -ETIMEDOUT. */
static int wait_host(const struct poll_list *l, u32 host_count, u64 deadline)
{
	AUTO_KFREE struct linux_pollfd *fds = kzalloc(host_count * sizeof(*fds));
	u32 n = 0;
	int err;

	if (fds == NULL)
		return -ENOMEM;
	for (u32 i = 0; i < l->count; i++)
		if (l->entries[i].file != NULL &&
		    host_stream_fd(l->entries[i].file, &fds[n].fd))
			fds[n++].events = (s16)l->entries[i].events;
	err = plat_file_poll(fds, n, deadline);
	if (err == -EINTR)
		return -ERESTARTSYS;
	return err == 0 ? -ETIMEDOUT : MIN(err, 0);
}

/* Entries ready, 0 at the deadline, -ERESTARTSYS, -ENOMEM. */
static s64 list_wait(struct poll_list *l, u64 deadline)
{
	struct waiter_set set = { .pt.add = set_add };
	u32 others, host = list_host_count(l, &others);
	bool only_host = host != 0 && others == 0;
	struct poll_table *pt = only_host ? NULL : &set.pt;
	u32 ready = list_look(l, NULL);
	int err = 0;

	if (ready != 0)
		return ready;
	/* Linux: who does not want to wait still hears of a signal. */
	if (deadline == 0)
		return signal_pending() ? -ERESTARTSYS : 0;
	for (;;) {
		u32 seq = thread_sleep_begin();

		ready = list_look(l, pt);
		if (ready != 0 || err < 0)
			break;
		if (set.failed)
			err = -ENOMEM;
		else if (only_host)
			err = wait_host(l, host, deadline);
		else
			err = thread_sleep(seq, deadline, true);
		if (!only_host)
			pt = &poll_again; /* queued once is queued until the end */
	}
	set_fini(&set);
	if (ready != 0)
		return ready;
	return err == -ETIMEDOUT ? 0 : err;
}

/* --- poll --- */

static u32 poll_events(const struct linux_pollfd *p)
{
	return (u16)p->events;
}

static void poll_entry_fill(struct poll_entry *e, const struct linux_pollfd *p)
{
	if (p->fd < 0)
		return;
	e->file = fd_get(p->fd);
	e->events = poll_events(p);
	if (e->file == NULL)
		e->revents = LINUX_POLLNVAL;
}

static int poll_fetch(uaddr_t fds, u32 count, struct linux_pollfd **ret, struct poll_list *l)
{
	struct linux_pollfd *p;

	if (count > task_rlimit(LINUX_RLIMIT_NOFILE))
		return -EINVAL;
	p = kzalloc((count + 1) * sizeof(*p));
	*ret = p;
	if (p == NULL || list_init_count(l, count) < 0)
		return -ENOMEM;
	if (copy_in(p, fds, count * sizeof(*p)) < 0)
		return -EFAULT;
	for (u32 i = 0; i < count; i++)
		poll_entry_fill(&l->entries[i], &p[i]);
	return 0;
}

/* Linux: only revents is stored, and also when the call is interrupted or timed out. */
static int poll_store(uaddr_t fds, const struct poll_list *l)
{
	for (u32 i = 0; i < l->count; i++) {
		s16 revents = (s16)l->entries[i].revents;
		uaddr_t at = fds + i * sizeof(struct linux_pollfd) +
			     offsetof(struct linux_pollfd, revents);

		if (copy_out(at, &revents, sizeof(revents)) < 0)
			return -EFAULT;
	}
	return 0;
}

static s64 poll_until(uaddr_t fds, u32 count, u64 deadline)
{
	AUTO_KFREE struct linux_pollfd *p = NULL;
	AUTO_LIST l = { .entries = NULL };
	s64 n = poll_fetch(fds, count, &p, &l);

	if (n < 0)
		return n;
	n = list_wait(&l, deadline);
	if (n != -ENOMEM && poll_store(fds, &l) < 0)
		return -EFAULT;
	return n;
}

static s64 poll_continue(struct thread *t)
{
	s64 n = poll_until(t->restart_args[0], (u32)t->restart_args[1], t->restart_deadline);

	return n == -ERESTARTSYS ? signal_restart_with(poll_continue) : n;
}

SYSCALL_DEFINE(poll, uaddr_t, fds, u32, count, int, timeout)
{
	u64 deadline = deadline_from_ms(timeout);
	struct thread *t = current();
	s64 n = poll_until(fds, count, deadline);

	if (n != -ERESTARTSYS)
		return n;
	t->restart_args[0] = fds;
	t->restart_args[1] = count;
	t->restart_deadline = deadline;
	return signal_restart_with(poll_continue);
}

/* --- timeouts that come from and go to guest memory --- */

static int timespec_fetch(uaddr_t from, u64 *ret_deadline)
{
	struct linux_timespec ts;

	*ret_deadline = NO_DEADLINE;
	if (from == 0)
		return 0;
	if (copy_in_struct(&ts, from) < 0)
		return -EFAULT;
	if (!timespec_ok(&ts))
		return -EINVAL;
	*ret_deadline = deadline_from_timespec(&ts);
	return 0;
}

/*
 * The end of a call with a timeout and perhaps a mask: the old mask comes back unless a
 * handler is to run with the new one. Linux: a timeout that cannot be stored is no error.
 */
static s64 wait_finish(s64 n, uaddr_t timeout, u64 deadline, bool timeval)
{
	struct linux_timespec left = deadline_left(deadline);

	if (n != -ERESTARTSYS)
		signal_restore_mask();
	else
		n = -ERESTARTNOHAND;
	if (timeout == 0)
		return n;
	if (current()->process->attr.personality & LINUX_STICKY_TIMEOUTS)
		return n == -ERESTARTNOHAND ? -EINTR : n;
	if (timeval)
		left.tv_nsec /= 1000;
	if (copy_out_struct(timeout, &left) < 0 && n == -ERESTARTNOHAND)
		return -EINTR; /* it would start anew with the whole time */
	return n;
}

SYSCALL_DEFINE(ppoll, uaddr_t, fds, u32, count, uaddr_t, timeout, uaddr_t, mask, u64, size)
{
	u64 deadline;
	int err = timespec_fetch(timeout, &deadline);

	if (err == 0)
		err = signal_use_mask_user(mask, size);
	if (err < 0)
		return err;
	return wait_finish(poll_until(fds, count, deadline), timeout, deadline, false);
}

/* --- select --- */

/* The three sets, one after the other, in and out. */
struct select_sets {
	u64 *in[3], *out[3]; /* in NULL: not asked for */
	u64 *memory;
	size_t words;
};

static const u32 select_events[3] = {
	LINUX_POLLRDNORM | LINUX_POLLRDBAND | LINUX_POLLIN | LINUX_POLLHUP | LINUX_POLLERR,
	LINUX_POLLWRBAND | LINUX_POLLWRNORM | LINUX_POLLOUT | LINUX_POLLERR,
	LINUX_POLLPRI,
};

static int sets_fetch(struct select_sets *s, u32 nfds, const uaddr_t from[3])
{
	s->words = (nfds + 63) / 64;
	s->memory = kzalloc((6 * s->words + 1) * sizeof(u64));
	if (s->memory == NULL)
		return -ENOMEM;
	for (int k = 0; k < 3; k++) {
		s->out[k] = s->memory + (3 + (size_t)k) * s->words;
		if (from[k] == 0)
			continue;
		s->in[k] = s->memory + (size_t)k * s->words;
		if (copy_in(s->in[k], from[k], s->words * sizeof(u64)) < 0)
			return -EFAULT;
	}
	return 0;
}

static u32 wanted_of(const struct select_sets *s, u32 fd)
{
	u32 events = 0;

	for (int k = 0; k < 3; k++)
		if (s->in[k] != NULL && s->in[k][fd / 64] >> (fd % 64) & 1)
			events |= select_events[k];
	return events;
}

/* One entry for each descriptor in any set; an entry's index is the descriptor. */
static int sets_to_list(const struct select_sets *s, u32 nfds, struct poll_list *l)
{
	if (list_init_count(l, nfds) < 0)
		return -ENOMEM;
	for (u32 fd = 0; fd < nfds; fd++) {
		struct poll_entry *e = &l->entries[fd];

		e->events = wanted_of(s, fd);
		if (e->events == 0)
			continue;
		e->file = fd_get((int)fd);
		if (e->file == NULL)
			return -EBADF;
	}
	return 0;
}

/* The value counts bits, not descriptors. */
static s64 list_to_sets(const struct poll_list *l, struct select_sets *s)
{
	s64 bits = 0;

	for (u32 fd = 0; fd < l->count; fd++)
		for (int k = 0; k < 3; k++)
			if (s->in[k] != NULL && (s->in[k][fd / 64] >> (fd % 64) & 1) &&
			    (l->entries[fd].revents & select_events[k])) {
				s->out[k][fd / 64] |= 1ull << (fd % 64);
				bits++;
			}
	return bits;
}

static s64 select_sets_wait(struct select_sets *s, int nfds, const uaddr_t sets[3], u64 deadline)
{
	AUTO_LIST l = { .entries = NULL };
	s64 n;

	if (nfds < 0)
		return -EINVAL;
	/* Linux: what is beyond the table is neither looked at nor changed. */
	nfds = (int)MIN((u32)nfds, fd_table_size());
	n = sets_fetch(s, (u32)nfds, sets);
	if (n == 0)
		n = sets_to_list(s, (u32)nfds, &l);
	if (n == 0)
		n = list_wait(&l, deadline);
	if (n < 0)
		return n;
	n = list_to_sets(&l, s);
	for (int k = 0; k < 3; k++)
		if (sets[k] != 0 &&
		    copy_out(sets[k], s->out[k], s->words * sizeof(u64)) < 0)
			return -EFAULT;
	return n;
}

static s64 select_until(int nfds, const uaddr_t sets[3], u64 deadline)
{
	struct select_sets s = { .memory = NULL };
	s64 n = select_sets_wait(&s, nfds, sets, deadline);

	kfree(s.memory);
	return n;
}

SYSCALL_DEFINE(select, int, nfds, uaddr_t, readable, uaddr_t, writable, uaddr_t, exceptional,
	       uaddr_t, timeout)
{
	const uaddr_t sets[3] = { readable, writable, exceptional };
	struct linux_timespec ts;
	struct linux_timeval tv;
	u64 deadline = NO_DEADLINE;

	if (timeout != 0) {
		if (copy_in_struct(&tv, timeout) < 0)
			return -EFAULT;
		/* Linux: whole seconds may be given as microseconds */
		if (tv.tv_sec < 0 || tv.tv_usec < 0 ||
		    !checked_add(tv.tv_sec, tv.tv_usec / 1000000, &ts.tv_sec))
			return -EINVAL;
		ts.tv_nsec = tv.tv_usec % 1000000 * 1000;
		deadline = deadline_from_timespec(&ts);
	}
	return wait_finish(select_until(nfds, sets, deadline), timeout, deadline, true);
}

/* The mask comes with its size in a structure: a call has no seventh argument. */
struct mask_argument {
	uaddr_t mask;
	u64 size;
};

SYSCALL_DEFINE(pselect6, int, nfds, uaddr_t, readable, uaddr_t, writable, uaddr_t, exceptional,
	       uaddr_t, timeout, uaddr_t, mask_argument)
{
	const uaddr_t sets[3] = { readable, writable, exceptional };
	struct mask_argument m = { 0 };
	u64 deadline;
	int err;

	if (mask_argument != 0 && copy_in_struct(&m, mask_argument) < 0)
		return -EFAULT;
	err = timespec_fetch(timeout, &deadline);
	if (err == 0)
		err = signal_use_mask_user(m.mask, m.size);
	if (err < 0)
		return err;
	return wait_finish(select_until(nfds, sets, deadline), timeout, deadline, false);
}
