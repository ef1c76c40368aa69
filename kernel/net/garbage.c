/*
 * Garbage: local sockets that only queues of such sockets refer to.
 *
 * OVERVIEW. A socket's descriptor can be sent through another socket, or through itself. If
 * all descriptors are closed then, files keep each other alive in queues that nobody can
 * read. The collector finds them: a candidate is a socket whose file has no references but
 * those in queues. Of each candidate's count those are taken off that lie in queues of
 * candidates; who has some left is in a queue that can be read, and so is everything in its
 * own queue. What remains is garbage: the queues are emptied, which closes the files.
 *
 * It runs when a local socket is closed while sockets are in flight, and takes time in
 * proportion to those. Files in flight are limited to RLIMIT_NOFILE of the sender (in the
 * whole sandbox, not per user), unless it is privileged.
 *
 * LOCKING. gc_lock covers the counts and packet.scm.fds of what is queued, and is held while
 * the collector thinks; under it socket.lock, for a look into queues. Queues are emptied
 * after its release. Counting a departure before the packet is queued and an arrival after
 * it was taken out errs on the side of life.
 *
 * LINUX BEHAVIOUR. net/unix/garbage.c; ETOOMANYREFS as in unix(7).
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/resource.h"
#include "kernel/net/net.h"
#include "kernel/net/packet.h"
#include "kernel/net/unix.h"
#include "kernel/task/task.h"

static struct unix_sock *file_unix(const struct file *f)
{
	struct socket *s = file_socket(f);

	return s != NULL && socket_is_unix(s) ? unix_of(s) : NULL;
}

static void count_locked(struct file *f, int by)
{
	struct unix_sock *u = file_unix(f);

	if (u == NULL)
		return;
	if (u->in_flight == 0)
		list_add_tail(&net->in_flight, &u->gc_link);
	u->in_flight += (u32)by;
	if (u->in_flight == 0)
		list_del(&u->gc_link);
}

int scm_fds_depart(struct scm_fds *fds)
{
	u64 limit = task_rlimit(LINUX_RLIMIT_NOFILE);
	int err = 0;

	if (vfs_capable(LINUX_CAP_SYS_RESOURCE) || vfs_capable(LINUX_CAP_SYS_ADMIN))
		limit = ~(u64)0;
	lock_acquire(&net->gc_lock);
	if (net->files_in_flight > limit) {
		err = -ETOOMANYREFS;
	} else {
		for (u32 i = 0; i < fds->count; i++)
			count_locked(fds->files[i], 1);
		net->files_in_flight += fds->count;
		fds->in_flight = true;
	}
	lock_release(&net->gc_lock);
	return err;
}

static void uncount_locked(struct scm_fds *fds)
{
	if (!fds->in_flight)
		return;
	for (u32 i = 0; i < fds->count; i++)
		count_locked(fds->files[i], -1);
	net->files_in_flight -= fds->count;
	fds->in_flight = false;
}

void scm_fds_uncount(struct scm_fds *fds)
{
	lock_acquire(&net->gc_lock);
	uncount_locked(fds);
	lock_release(&net->gc_lock);
}

struct scm_fds *scm_fds_arrive(struct packet *p)
{
	struct scm_fds *fds;

	lock_acquire(&net->gc_lock);
	fds = p->scm.fds;
	atomic_store(&p->scm.fds, NULL);
	if (fds != NULL)
		uncount_locked(fds);
	lock_release(&net->gc_lock);
	return fds;
}

/*
 * The collector must stand still meanwhile: it might find that all references to a file are
 * in queues, while a reader is just getting another one out of a queue.
 */
struct scm_fds *scm_fds_peek(const struct packet *p)
{
	struct scm_fds *copy = NULL;
	const struct scm_fds *fds;

	lock_acquire(&net->gc_lock);
	fds = p->scm.fds;
	if (fds != NULL)
		copy = scm_fds_create(fds->count);
	for (u32 i = 0; copy != NULL && i < fds->count; i++)
		copy->files[copy->count++] = file_get(fds->files[i]);
	lock_release(&net->gc_lock);
	return copy;
}

/* --- the collector; gc_lock is held --- */

typedef void (*visit_fn)(struct unix_sock *u, struct list *todo);

/* Every candidate whose file lies in the queue of s; of a listener, in those to be accepted. */
static void visit_queue(struct socket *s, visit_fn visit, struct list *todo)
{
	struct packet *p;

	list_for_each(p, &s->queue, link) {
		for (u32 i = 0; p->scm.fds != NULL && i < p->scm.fds->count; i++) {
			struct unix_sock *u = file_unix(p->scm.fds->files[i]);

			if (u != NULL && u->gc_candidate)
				visit(u, todo);
		}
	}
}

static void visit_children(struct unix_sock *u, visit_fn visit, struct list *todo)
{
	struct socket *waiting;

	lock_acquire(&u->s.lock);
	visit_queue(&u->s, visit, todo);
	list_for_each(waiting, &u->s.backlog, backlog_link) {
		lock_acquire(&waiting->lock);
		visit_queue(waiting, visit, todo);
		lock_release(&waiting->lock);
	}
	lock_release(&u->s.lock);
}

static void visit_uncount(struct unix_sock *u, UNUSED struct list *todo)
{
	u->gc_count--;
}

/* It can be reached: what is in its queue, too. */
static void visit_reach(struct unix_sock *u, struct list *todo)
{
	if (u->gc_reached)
		return;
	u->gc_reached = true;
	list_del(&u->gc_link);
	list_add_tail(todo, &u->gc_link);
}

static void find_candidates(void)
{
	struct unix_sock *u;

	list_for_each(u, &net->in_flight, gc_link) {
		u->gc_reached = false;
		u->gc_count = u->in_flight;
		u->gc_candidate = u->s.file != NULL &&
				  atomic_load(&u->s.file->ref.count) == u->in_flight;
	}
	list_for_each(u, &net->in_flight, gc_link)
		if (u->gc_candidate)
			visit_children(u, visit_uncount, NULL);
}

/* The reached ones move to a list of their own, which grows while it is gone through. */
static void find_reached(struct list *reached)
{
	struct unix_sock *u, *next;

	list_for_each_safe(u, next, &net->in_flight, gc_link)
		if (u->gc_candidate && u->gc_count != 0)
			visit_reach(u, reached);
	list_for_each(u, reached, gc_link)
		visit_children(u, visit_reach, reached);
}

/* Packets out of the queues of what nobody can reach. */
static void sweep(struct list *packets)
{
	struct unix_sock *u;
	struct socket *waiting;

	list_for_each(u, &net->in_flight, gc_link) {
		if (!u->gc_candidate)
			continue;
		lock_acquire(&u->s.lock);
		packets_take_locked(&u->s, packets);
		list_for_each(waiting, &u->s.backlog, backlog_link) {
			lock_acquire(&waiting->lock);
			packets_take_locked(waiting, packets);
			lock_release(&waiting->lock);
		}
		lock_release(&u->s.lock);
	}
}

static void list_append(struct list *to, struct list *from)
{
	while (!list_empty(from)) {
		struct list *e = from->next;

		list_del(e);
		list_add_tail(to, e);
	}
}

void garbage_collect(void)
{
	struct list reached, packets;

	list_init(&reached);
	list_init(&packets);
	lock_acquire(&net->gc_lock);
	if (!list_empty(&net->in_flight)) {
		find_candidates();
		find_reached(&reached);
		sweep(&packets);
		list_append(&net->in_flight, &reached);
	}
	lock_release(&net->gc_lock);
	packets_put(&packets);
}
