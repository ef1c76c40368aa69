/*
 * System V message queues.
 *
 * OVERVIEW. A receiver that has to wait leaves what it wants with the queue; a sender hands
 * its message to the first whom it suits, so nobody else can take it before. Senders that
 * find the queue full try again when room was made.
 *
 * LIFETIME. struct receiver is its thread's: wait.h.
 *
 * LOCKING. All of a queue is under its object.lock, which is not held while text is copied.
 *
 * LINUX BEHAVIOUR. msgop(2), msgctl(2), ipc/msg.c. A signal without a handler does not end a
 * wait (ERESTARTNOHAND).
 */
#include "abi/linux/capability.h"
#include "kernel/fs/proc/pseudo.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/wait.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/cred.h"
#include "kernel/task/task.h"

struct msg {
	struct list link; /* o */
	s64 type;         /* I */
	u64 size;         /* I: bytes of text */
	char text[];
};

struct msg_queue {
	struct ipc_object object;
	s64 stime, rtime;      /* o */
	u64 bytes, count, room; /* o: room: bytes allowed */
	s32 lspid, lrpid;      /* o */
	struct list messages;  /* o: of msg.link, oldest first */
	struct list receivers; /* o: of receiver.base.link, in order of arrival */
	struct waitq senders;
};

enum search { SEARCH_ANY, SEARCH_EQUAL, SEARCH_NOT_EQUAL, SEARCH_LESS_EQUAL, SEARCH_NUMBER };

struct wanted {
	enum search search;
	s64 type;      /* or the message's place in the queue */
	u64 size;      /* of the buffer */
	bool cut;      /* LINUX_MSG_NOERROR */
};

struct receiver {
	struct ipc_waiter base;
	struct wanted wanted; /* I */
	struct msg *msg;      /* o: with result 0 */
};

static struct msg_queue *queue_of(struct ipc_object *o)
{
	return container_of(o, struct msg_queue, object);
}

static s32 own_pid(void)
{
	return current()->process->pid;
}

void msg_destroy(struct ipc_object *o)
{
	struct msg_queue *q = queue_of(o);
	struct msg *m, *next;

	list_for_each_safe(m, next, &q->messages, link)
		kfree(m);
	kfree(q);
}

/* --- msgget --- */

static int queue_create(UNUSED const struct ipc_get *get, struct ipc_object **ret)
{
	struct msg_queue *q = kzalloc(sizeof(*q));

	if (q == NULL)
		return -ENOMEM;
	q->room = MSG_BYTES_MAX;
	list_init(&q->messages);
	list_init(&q->receivers);
	waitq_init(&q->senders);
	*ret = &q->object;
	return 0;
}

s64 msg_get(s32 key, int flags)
{
	const struct ipc_get get = {
		.ids = &ipc->msg,
		.key = key,
		.flags = flags,
		.create = queue_create,
	};

	return ipc_get(&get);
}

/* --- matching --- */

static bool suits(const struct wanted *w, const struct msg *m)
{
	switch (w->search) {
	case SEARCH_ANY:
		return true;
	case SEARCH_EQUAL:
		return m->type == w->type;
	case SEARCH_NOT_EQUAL:
		return m->type != w->type;
	case SEARCH_LESS_EQUAL:
		return m->type <= w->type;
	default:
		return false; /* by number: only what is there */
	}
}

static struct msg *find(const struct msg_queue *q, const struct wanted *w)
{
	struct msg *m, *best = NULL;
	s64 number = 0;

	list_for_each(m, &q->messages, link) {
		if (w->search == SEARCH_NUMBER) {
			if (number++ == w->type)
				return m;
			continue;
		}
		if (!suits(w, m))
			continue;
		if (w->search != SEARCH_LESS_EQUAL)
			return m;
		/* The first of the lowest type. */
		if (best == NULL || m->type < best->type)
			best = m;
	}
	return best;
}

/* --- sending --- */

/* Give m to somebody who waits for it. One whose buffer is too small is told so. */
static bool hand_over(struct msg_queue *q, struct msg *m, struct ipc_wakes *wakes)
{
	struct receiver *r, *next;

	list_for_each_safe(r, next, &q->receivers, base.link) {
		if (!suits(&r->wanted, m))
			continue;
		if (m->size > r->wanted.size && !r->wanted.cut) {
			ipc_take(wakes, &r->base, -E2BIG);
			continue;
		}
		r->msg = m;
		q->lrpid = r->base.thread->process->pid;
		q->rtime = ipc_now();
		ipc_take(wakes, &r->base, 0);
		return true;
	}
	return false;
}

/* 0: m is taken over; -EAGAIN: no room. */
static int try_send(struct msg_queue *q, struct msg *m)
{
	struct ipc_wakes wakes = { 0 };
	int err = 0;

	lock_acquire(&q->object.lock);
	if (q->object.deleted)
		err = -EIDRM;
	else
		err = ipc_permission(&q->object, 0222);
	if (err == 0 && (m->size > q->room - MIN(q->bytes, q->room) || q->count >= q->room))
		err = -EAGAIN;
	if (err == 0) {
		q->lspid = own_pid();
		q->stime = ipc_now();
		if (!hand_over(q, m, &wakes)) {
			list_add_tail(&q->messages, &m->link);
			q->bytes += m->size;
			q->count++;
		}
	}
	lock_release(&q->object.lock);
	ipc_wake(&wakes);
	return err;
}

static int message_in(s64 type, u64 text, u64 size, struct msg **ret)
{
	struct msg *m = kzalloc(sizeof(*m) + size);

	if (m == NULL)
		return -ENOMEM;
	if (copy_in(m->text, text, size) < 0) {
		kfree(m);
		return -EFAULT;
	}
	m->type = type;
	m->size = size;
	*ret = m;
	return 0;
}

s64 msg_send(s32 id, s64 type, u64 text, u64 size, int flags)
{
	AUTO_KFREE struct msg *m = NULL;
	struct ipc_object *o;
	struct msg_queue *q;
	int err, waited = 0;

	if (size > MSG_SIZE_MAX || id < 0 || type < 1)
		return -EINVAL;
	err = message_in(type, text, size, &m);
	if (err < 0)
		return err;
	err = ipc_lock_id(&ipc->msg, id, &o);
	if (err < 0)
		return err;
	lock_release(&o->lock);
	q = queue_of(o);
	err = try_send(q, m);
	if (err == -EAGAIN && !(flags & LINUX_IPC_NOWAIT)) {
		waited = WAIT_EVENT(&q->senders, NO_DEADLINE, (err = try_send(q, m)) != -EAGAIN);
		if (waited < 0)
			err = -ERESTARTNOHAND;
	}
	if (err == 0)
		m = NULL;
	ipc_object_put(&ipc->msg, o);
	return err;
}

/* --- receiving --- */

static void wanted_init(struct wanted *w, u64 size, s64 type, int flags)
{
	*w = (struct wanted){ .size = size, .type = type, .cut = flags & LINUX_MSG_NOERROR };
	if (flags & LINUX_MSG_COPY) {
		w->search = SEARCH_NUMBER;
	} else if (type == 0) {
		w->search = SEARCH_ANY;
	} else if (type < 0) {
		w->search = SEARCH_LESS_EQUAL;
		w->type = type == INT64_MIN ? INT64_MAX : -type;
	} else {
		w->search = flags & LINUX_MSG_EXCEPT ? SEARCH_NOT_EQUAL : SEARCH_EQUAL;
	}
}

/* Take a message that is there, or a copy. -ENOMSG: none. Queue locked. */
static int take_locked(struct msg_queue *q, const struct wanted *w, struct msg **ret)
{
	struct msg *m = find(q, w);

	if (m == NULL)
		return -ENOMSG;
	if (m->size > w->size && !w->cut)
		return -E2BIG;
	if (w->search == SEARCH_NUMBER) {
		*ret = kmemdup(m, sizeof(*m) + m->size);
		return *ret == NULL ? -ENOMEM : 0;
	}
	list_del(&m->link);
	q->bytes -= m->size;
	q->count--;
	q->lrpid = own_pid();
	q->rtime = ipc_now();
	*ret = m;
	return 0;
}

/* -EAGAIN: permissions have changed, once more. q is referenced. */
static int receive_once(struct msg_queue *q, const struct wanted *w, bool wait, struct msg **ret)
{
	AUTO_KFREE struct receiver *r = wait ? kzalloc(sizeof(*r)) : NULL;
	int err;

	if (wait && r == NULL)
		return -ENOMEM;
	lock_acquire(&q->object.lock);
	err = q->object.deleted ? -EIDRM : ipc_permission(&q->object, 0444);
	if (err == 0)
		err = take_locked(q, w, ret);
	if (err == -ENOMSG && wait) {
		ipc_waiter_init(&r->base);
		r->wanted = *w;
		list_add_tail(&q->receivers, &r->base.link);
		err = IPC_WAITING;
	}
	lock_release(&q->object.lock);
	if (err == 0 && w->search != SEARCH_NUMBER)
		waitq_wake_all(&q->senders);
	if (err != IPC_WAITING)
		return err;
	err = ipc_wait(&r->base, &q->object.lock, NO_DEADLINE);
	*ret = r->msg;
	return err == -ERESTARTSYS ? -ERESTARTNOHAND : err;
}

static s64 message_out(const struct msg *m, u64 buf, u64 size)
{
	size = MIN(size, m->size);
	if (copy_out_struct(buf, &m->type) < 0 ||
	    copy_out(buf + sizeof(struct linux_msgbuf), m->text, size) < 0)
		return -EFAULT;
	return (s64)size;
}

s64 msg_receive(s32 id, u64 buf, u64 size, s64 type, int flags)
{
	AUTO_KFREE struct msg *m = NULL;
	bool wait = !(flags & LINUX_IPC_NOWAIT);
	struct ipc_object *o;
	struct wanted wanted;
	int err;

	if (id < 0 || (s64)size < 0)
		return -EINVAL;
	if (flags & LINUX_MSG_COPY && (flags & LINUX_MSG_EXCEPT || wait))
		return -EINVAL;
	wanted_init(&wanted, size, type, flags);
	err = ipc_lock_id(&ipc->msg, id, &o);
	if (err < 0)
		return err;
	lock_release(&o->lock);
	do
		err = receive_once(queue_of(o), &wanted, wait, &m);
	while (err == -EAGAIN);
	ipc_object_put(&ipc->msg, o);
	return err < 0 ? err : message_out(m, buf, size);
}

/* --- msgctl --- */

static s64 control_info(int cmd, u64 buf)
{
	struct linux_msginfo info = {
		.msgpool = (s32)((u64)MSG_QUEUES_MAX * MSG_BYTES_MAX / 1024),
		.msgmap = MSG_BYTES_MAX,
		.msgmax = MSG_SIZE_MAX,
		.msgmnb = MSG_BYTES_MAX,
		.msgmni = MSG_QUEUES_MAX,
		.msgssz = 16,
		.msgtql = MSG_BYTES_MAX,
		.msgseg = 0xffff,
	};
	struct ipc_object *o;

	if (cmd == LINUX_MSG_INFO) {
		info.msgpool = info.msgmap = info.msgtql = 0;
		for (u32 index = 0; (o = ipc_next(&ipc->msg, &index)) != NULL;) {
			info.msgpool++;
			info.msgmap += (s32)queue_of(o)->count;
			info.msgtql += (s32)queue_of(o)->bytes;
			ipc_unlock(&ipc->msg, o);
		}
	}
	return copy_out_struct(buf, &info) < 0 ? -EFAULT : ipc_max_index(&ipc->msg);
}

static void queue_out_locked(const struct msg_queue *q, struct linux_msqid64_ds *ret)
{
	*ret = (struct linux_msqid64_ds){
		.msg_stime = q->stime,
		.msg_rtime = q->rtime,
		.msg_ctime = q->object.ctime,
		.msg_cbytes = q->bytes,
		.msg_qnum = q->count,
		.msg_qbytes = q->room,
		.msg_lspid = q->lspid,
		.msg_lrpid = q->lrpid,
	};
	ipc_perm_out(&q->object, &ret->msg_perm);
}

static s64 control_stat(s32 id, int cmd, u64 buf)
{
	struct linux_msqid64_ds ds;
	struct ipc_object *o;
	s64 result;
	int err;

	err = cmd == LINUX_IPC_STAT ? ipc_lock_id(&ipc->msg, id, &o) :
				      ipc_lock_index(&ipc->msg, id, &o);
	if (err < 0)
		return err;
	if (cmd != LINUX_MSG_STAT_ANY)
		err = ipc_permission(o, 0444);
	queue_out_locked(queue_of(o), &ds);
	result = cmd == LINUX_IPC_STAT ? 0 : o->id;
	ipc_unlock(&ipc->msg, o);
	if (err == 0 && copy_out_struct(buf, &ds) < 0)
		err = -EFAULT;
	return err < 0 ? err : result;
}

static void finish_all(struct msg_queue *q, int result, struct ipc_wakes *wakes)
{
	struct receiver *r, *next;

	list_for_each_safe(r, next, &q->receivers, base.link)
		ipc_take(wakes, &r->base, result);
}

static int queue_set_locked(struct msg_queue *q, const struct linux_msqid64_ds *ds,
			    struct ipc_wakes *wakes)
{
	int err;

	if (ds->msg_qbytes > MSG_BYTES_MAX && !capable(LINUX_CAP_SYS_RESOURCE))
		return -EPERM;
	err = ipc_perm_in(&q->object, &ds->msg_perm);
	if (err < 0)
		return err;
	q->room = ds->msg_qbytes;
	finish_all(q, -EAGAIN, wakes); /* they may not be allowed to any more */
	return 0;
}

static s64 control_change(s32 id, int cmd, const struct linux_msqid64_ds *ds)
{
	struct ipc_wakes wakes = { 0 };
	struct ipc_object *o;
	int err = ipc_lock_table_id(&ipc->msg, id, &o);

	if (err < 0)
		return err;
	err = ipc_may_control(o);
	if (err == 0 && cmd == LINUX_IPC_SET) {
		err = queue_set_locked(queue_of(o), ds, &wakes);
	} else if (err == 0) {
		ipc_remove_locked(&ipc->msg, o);
		finish_all(queue_of(o), -EIDRM, &wakes);
	}
	lock_release(&o->lock);
	lock_release(&ipc->msg.lock);
	ipc_wake(&wakes);
	if (err == 0)
		waitq_wake_all(&queue_of(o)->senders);
	ipc_object_put(&ipc->msg, o);
	return err;
}

s64 msg_control(s32 id, int cmd, u64 buf)
{
	struct linux_msqid64_ds ds;

	if (id < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case LINUX_IPC_INFO:
	case LINUX_MSG_INFO:
		return control_info(cmd, buf);
	case LINUX_IPC_STAT:
	case LINUX_MSG_STAT:
	case LINUX_MSG_STAT_ANY:
		return control_stat(id, cmd, buf);
	case LINUX_IPC_SET:
		if (copy_in_struct(&ds, buf) < 0)
			return -EFAULT;
		return control_change(id, cmd, &ds);
	case LINUX_IPC_RMID:
		return control_change(id, cmd, NULL);
	default:
		return -EINVAL;
	}
}

void msg_print(struct seq *s, struct ipc_object *o)
{
	struct linux_msqid64_ds ds;

	lock_acquire(&o->lock);
	queue_out_locked(queue_of(o), &ds);
	lock_release(&o->lock);
	seq_print(s, "%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u %5u %10lu %10lu %10lu\n",
		  ds.msg_perm.key, o->id, ds.msg_perm.mode, (unsigned long)ds.msg_cbytes,
		  (unsigned long)ds.msg_qnum, (u32)ds.msg_lspid, (u32)ds.msg_lrpid,
		  ds.msg_perm.uid, ds.msg_perm.gid, ds.msg_perm.cuid, ds.msg_perm.cgid,
		  (unsigned long)ds.msg_stime, (unsigned long)ds.msg_rtime,
		  (unsigned long)ds.msg_ctime);
}
