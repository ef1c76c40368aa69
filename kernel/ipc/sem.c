/*
 * System V semaphores.
 *
 * OVERVIEW. A call's operations are done together or not at all. A call that has to wait
 * leaves them with the array; whoever changes a value does, on behalf of those who wait, what
 * has become possible, in the order of their arrival, and wakes them with the result.
 *
 * LIFETIME. What SEM_UNDO has to take back is in a struct sem_undo for each process and array,
 * which the process owns and which holds the array. struct sem_wait is its thread's: wait.h.
 *
 * LOCKING. All of an array is under its object.lock. process.lock covers the process's list of
 * undos; only its own threads look at that. Neither is taken under the other.
 *
 * LINUX BEHAVIOUR. semop(2), semctl(2), ipc/sem.c. Operations that only wait for zero go
 * before those that change something. What is undone at exit stays within 0 and SEMVMX.
 *
 * NOT DONE. Processes that share their undos by CLONE_SYSVSEM without being threads.
 */
#include "abi/linux/capability.h"
#include "kernel/fs/proc/pseudo.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/wait.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/task/task.h"

#define VALUE_MAX LINUX_SEMVMX
#define ADJUST_MAX LINUX_SEMVMX /* Linux: SEMAEM */

struct sem {
	s32 value; /* o */
	s32 pid;   /* o: who changed it last */
};

struct sem_array {
	struct ipc_object object;
	s64 otime;           /* o */
	u32 count;           /* I */
	struct list waiters; /* o: of sem_wait.base.link, in order of arrival */
	struct list undos;   /* o: of sem_undo.array_link */
	struct sem sems[];
};

struct sem_undo {
	struct sem_undo *next;    /* process.lock: the process's list */
	struct sem_array *array;  /* I, referenced */
	struct list array_link;   /* o of the array */
	s16 adjust[];             /* o of the array */
};

/* A call's operations. */
struct sem_wait {
	struct ipc_waiter base;
	struct linux_sembuf *ops; /* I */
	u32 count;              /* I */
	bool alters;            /* I */
	struct sem_undo *undo;  /* I; NULL: none asked for */
	u32 blocking;           /* o: index of the operation it waits for */
};

static struct sem_array *array_of(struct ipc_object *o)
{
	return container_of(o, struct sem_array, object);
}

static s32 own_pid(void)
{
	return current()->process->pid;
}

void sem_destroy(struct ipc_object *o)
{
	kfree(array_of(o));
}

/* --- semget --- */

static int array_create(const struct ipc_get *get, struct ipc_object **ret)
{
	struct sem_array *a;

	if (get->size == 0)
		return -EINVAL;
	if (get->size > SEM_TOTAL_MAX - get->ids->total)
		return -ENOSPC;
	a = kzalloc(sizeof(*a) + get->size * sizeof(a->sems[0]));
	if (a == NULL)
		return -ENOMEM;
	a->count = (u32)get->size;
	a->object.units = get->size;
	list_init(&a->waiters);
	list_init(&a->undos);
	*ret = &a->object;
	return 0;
}

static int array_check(const struct ipc_object *o, u64 size)
{
	return size > container_of(o, struct sem_array, object)->count ? -EINVAL : 0;
}

s64 sem_get(s32 key, s32 count, int flags)
{
	const struct ipc_get get = {
		.ids = &ipc->sem,
		.key = key,
		.flags = flags,
		.size = (u64)count,
		.create = array_create,
		.check = array_check,
	};

	return count < 0 || (u32)count > SEM_PER_ARRAY_MAX ? -EINVAL : ipc_get(&get);
}

/* --- doing operations, under the array's lock --- */

static int apply(struct sem_array *a, struct sem_wait *w, const struct linux_sembuf *op)
{
	struct sem *s = &a->sems[op->sem_num];
	int value = s->value + op->sem_op, adjust;

	if (value < 0 || (op->sem_op == 0 && s->value != 0))
		return op->sem_flg & LINUX_IPC_NOWAIT ? -EAGAIN : IPC_WAITING;
	if (value > VALUE_MAX)
		return -ERANGE;
	if (op->sem_flg & LINUX_SEM_UNDO) {
		adjust = w->undo->adjust[op->sem_num] - op->sem_op;
		if (adjust < -ADJUST_MAX - 1 || adjust > ADJUST_MAX)
			return -ERANGE;
		w->undo->adjust[op->sem_num] = (s16)adjust;
	}
	s->value = value;
	return 0;
}

static void revert(struct sem_array *a, struct sem_wait *w, const struct linux_sembuf *op)
{
	a->sems[op->sem_num].value -= op->sem_op;
	if (op->sem_flg & LINUX_SEM_UNDO)
		w->undo->adjust[op->sem_num] += op->sem_op;
}

/* All of them or none: 0, IPC_WAITING, -EAGAIN, -ERANGE. pid: who does it. */
static int perform(struct sem_array *a, struct sem_wait *w, s32 pid)
{
	for (u32 n = 0; n < w->count; n++) {
		int result = apply(a, w, &w->ops[n]);

		if (result == 0)
			continue;
		w->blocking = n;
		while (n-- > 0)
			revert(a, w, &w->ops[n]);
		return result;
	}
	for (u32 n = 0; n < w->count; n++)
		a->sems[w->ops[n].sem_num].pid = pid;
	a->otime = ipc_now();
	return 0;
}

/* One pass over those who only look, or who alter; true: something was altered. */
static bool pass(struct sem_array *a, bool alters, struct ipc_wakes *wakes)
{
	struct sem_wait *w, *next;

	list_for_each_safe(w, next, &a->waiters, base.link) {
		int result;

		if (w->alters != alters)
			continue;
		result = perform(a, w, w->base.thread->process->pid);
		if (result == IPC_WAITING)
			continue;
		ipc_take(wakes, &w->base, result);
		if (result == 0 && alters)
			return true;
	}
	return false;
}

/* Values have changed: let those who wait for that go on. */
static void update(struct sem_array *a, struct ipc_wakes *wakes)
{
	do
		pass(a, false, wakes);
	while (pass(a, true, wakes));
}

/* --- undo --- */

static struct sem_undo *undo_find(struct process *p, const struct sem_array *a)
{
	struct sem_undo *u;

	for (u = p->sem_undos; u != NULL; u = u->next)
		if (u->array == a)
			return u;
	return NULL;
}

/* Take undos of removed arrays off the list, which is returned. process.lock is held. */
static struct sem_undo *undos_prune_locked(struct process *p)
{
	struct sem_undo **at = &p->sem_undos, *dead = NULL;

	while (*at != NULL) {
		struct sem_undo *u = *at;

		if (!atomic_load(&u->array->object.deleted)) {
			at = &u->next;
			continue;
		}
		*at = u->next;
		u->next = dead;
		dead = u;
	}
	return dead;
}

static void undo_free(struct sem_undo *u)
{
	ipc_object_put(&ipc->sem, &u->array->object);
	kfree(u);
}

/* The calling process's undo for a, which the caller holds but has not locked. */
static int undo_get(struct sem_array *a, struct sem_undo **ret)
{
	struct process *p = current()->process;
	struct sem_undo *dead, *fresh, *u;

	lock_acquire(&p->lock);
	*ret = undo_find(p, a);
	lock_release(&p->lock);
	if (*ret != NULL)
		return 0;
	fresh = kzalloc(sizeof(*fresh) + a->count * sizeof(fresh->adjust[0]));
	if (fresh == NULL)
		return -ENOMEM;
	list_init(&fresh->array_link);
	ref_get(&a->object.ref);
	fresh->array = a;
	lock_acquire(&p->lock);
	dead = undos_prune_locked(p);
	*ret = undo_find(p, a);
	if (*ret == NULL) {
		fresh->next = p->sem_undos;
		p->sem_undos = *ret = TAKE(fresh);
	}
	lock_release(&p->lock);
	if (fresh != NULL)
		undo_free(fresh);
	while ((u = dead) != NULL) {
		dead = u->next;
		undo_free(u);
	}
	return 0;
}

static void undo_apply_locked(struct sem_array *a, const struct sem_undo *u,
			      struct ipc_wakes *wakes)
{
	for (u32 n = 0; n < a->count; n++) {
		struct sem *s = &a->sems[n];

		if (u->adjust[n] == 0)
			continue;
		s->value = MIN(MAX(s->value + u->adjust[n], 0), VALUE_MAX);
		s->pid = own_pid();
	}
	update(a, wakes);
}

void sem_process_exit(struct process *p)
{
	while (p->sem_undos != NULL) {
		struct sem_undo *u = p->sem_undos;
		struct sem_array *a = u->array;
		struct ipc_wakes wakes = { 0 };

		p->sem_undos = u->next;
		lock_acquire(&a->object.lock);
		if (!a->object.deleted) {
			list_del(&u->array_link);
			undo_apply_locked(a, u, &wakes);
		}
		lock_release(&a->object.lock);
		ipc_wake(&wakes);
		undo_free(u);
	}
}

/* --- semop --- */

static int ops_check(const struct sem_array *a, const struct sem_wait *w)
{
	for (u32 n = 0; n < w->count; n++)
		if (w->ops[n].sem_num >= a->count)
			return -EFBIG;
	return ipc_permission(&a->object, w->alters ? 0222 : 0444);
}

/* a is referenced; locked in between. */
static int operate(struct sem_array *a, struct sem_wait *w, u64 deadline)
{
	struct ipc_wakes wakes = { 0 };
	int status = -EIDRM;

	lock_acquire(&a->object.lock);
	if (!a->object.deleted)
		status = ops_check(a, w);
	if (status == 0) {
		if (w->undo != NULL && list_empty(&w->undo->array_link))
			list_add(&a->undos, &w->undo->array_link);
		status = perform(a, w, own_pid());
		if (status == 0 && w->alters)
			update(a, &wakes);
		if (status == IPC_WAITING)
			list_add_tail(&a->waiters, &w->base.link);
	}
	lock_release(&a->object.lock);
	ipc_wake(&wakes);
	if (status != IPC_WAITING)
		return status;
	status = ipc_wait(&w->base, &a->object.lock, deadline);
	if (status == -ETIMEDOUT)
		return -EAGAIN;
	return status == -ERESTARTSYS ? -EINTR : status; /* Linux: never restarted */
}

s64 sem_operate(s32 id, struct linux_sembuf *ops, u32 count, u64 deadline)
{
	AUTO_KFREE struct sem_wait *w = kzalloc(sizeof(*w));
	struct ipc_object *o;
	bool undo = false;
	int err;

	if (w == NULL)
		return -ENOMEM;
	ipc_waiter_init(&w->base);
	w->ops = ops;
	w->count = count;
	for (u32 n = 0; n < count; n++) {
		w->alters |= ops[n].sem_op != 0;
		undo |= (ops[n].sem_flg & LINUX_SEM_UNDO) != 0;
	}
	err = ipc_lock_id(&ipc->sem, id, &o);
	if (err < 0)
		return err;
	err = ops_check(array_of(o), w);
	lock_release(&o->lock);
	if (err == 0 && undo)
		err = undo_get(array_of(o), &w->undo);
	if (err == 0)
		err = operate(array_of(o), w, deadline);
	ipc_object_put(&ipc->sem, o);
	return err;
}

/* --- semctl --- */

static s64 control_info(int cmd, u64 buf)
{
	struct linux_seminfo info = {
		.semmap = SEM_TOTAL_MAX,
		.semmni = SEM_ARRAYS_MAX,
		.semmns = SEM_TOTAL_MAX,
		.semmnu = SEM_TOTAL_MAX,
		.semmsl = SEM_PER_ARRAY_MAX,
		.semopm = SEM_OPS_MAX,
		.semume = SEM_OPS_MAX,
		.semusz = 20,
		.semvmx = VALUE_MAX,
		.semaem = ADJUST_MAX,
	};

	if (cmd == LINUX_SEM_INFO) {
		lock_acquire(&ipc->sem.lock);
		info.semusz = (s32)ipc->sem.in_use;
		info.semaem = (s32)ipc->sem.total;
		lock_release(&ipc->sem.lock);
	}
	return copy_out_struct(buf, &info) < 0 ? -EFAULT : ipc_max_index(&ipc->sem);
}

static void array_out_locked(const struct sem_array *a, struct linux_semid64_ds *ret)
{
	*ret = (struct linux_semid64_ds){
		.sem_otime = a->otime,
		.sem_ctime = a->object.ctime,
		.sem_nsems = a->count,
	};
	ipc_perm_out(&a->object, &ret->sem_perm);
}

static s64 control_stat(s32 id, int cmd, u64 buf)
{
	struct linux_semid64_ds ds;
	struct ipc_object *o;
	s64 result;
	int err;

	err = cmd == LINUX_IPC_STAT ? ipc_lock_id(&ipc->sem, id, &o) :
				      ipc_lock_index(&ipc->sem, id, &o);
	if (err < 0)
		return err;
	if (cmd != LINUX_SEM_STAT_ANY)
		err = ipc_permission(o, 0444);
	array_out_locked(array_of(o), &ds);
	result = cmd == LINUX_IPC_STAT ? 0 : o->id;
	ipc_unlock(&ipc->sem, o);
	if (err == 0 && copy_out_struct(buf, &ds) < 0)
		err = -EFAULT;
	return err < 0 ? err : result;
}

/* Values were set: what is to be undone is forgotten. Array locked. */
static void values_set(struct sem_array *a, u32 first, u32 count, struct ipc_wakes *wakes)
{
	struct sem_undo *u;

	list_for_each(u, &a->undos, array_link)
		for (u32 n = first; n < first + count; n++)
			u->adjust[n] = 0;
	for (u32 n = first; n < first + count; n++)
		a->sems[n].pid = own_pid();
	a->object.ctime = ipc_now();
	update(a, wakes);
}

static s64 control_set(s32 id, s32 number, s32 value)
{
	struct ipc_wakes wakes = { 0 };
	struct ipc_object *o;
	struct sem_array *a;
	int err;

	if (value < 0 || value > VALUE_MAX)
		return -ERANGE;
	err = ipc_lock_id(&ipc->sem, id, &o);
	if (err < 0)
		return err;
	a = array_of(o);
	if (number < 0 || (u32)number >= a->count)
		err = -EINVAL;
	else
		err = ipc_permission(o, 0222);
	if (err == 0) {
		a->sems[number].value = value;
		values_set(a, (u32)number, 1, &wakes);
	}
	ipc_unlock(&ipc->sem, o);
	ipc_wake(&wakes);
	return err;
}

/* How many wait for semaphore number to grow, or to be zero. */
static s64 count_waiters(const struct sem_array *a, u32 number, bool zero)
{
	const struct sem_wait *w;
	s64 count = 0;

	list_for_each(w, &a->waiters, base.link) {
		const struct linux_sembuf *op = &w->ops[w->blocking];

		count += op->sem_num == number && (op->sem_op == 0) == zero;
	}
	return count;
}

static s64 control_one(s32 id, s32 number, int cmd)
{
	struct ipc_object *o;
	struct sem_array *a;
	s64 result;
	int err = ipc_lock_id(&ipc->sem, id, &o);

	if (err < 0)
		return err;
	a = array_of(o);
	result = ipc_permission(o, 0444);
	if (result == 0 && (number < 0 || (u32)number >= a->count))
		result = -EINVAL;
	if (result == 0) {
		const struct sem *s = &a->sems[number];

		switch (cmd) {
		case LINUX_SEM_GETVAL:
			result = s->value;
			break;
		case LINUX_SEM_GETPID:
			result = s->pid;
			break;
		default:
			result = count_waiters(a, (u32)number, cmd == LINUX_SEM_GETZCNT);
		}
	}
	ipc_unlock(&ipc->sem, o);
	return result;
}

/* Array locked; released, the reference is kept. */
static int get_all(struct sem_array *a, u64 to)
{
	AUTO_KFREE u16 *values = NULL;
	int err = ipc_permission(&a->object, 0444);

	if (err == 0)
		values = kzalloc(a->count * sizeof(values[0]));
	if (values != NULL)
		for (u32 n = 0; n < a->count; n++)
			values[n] = (u16)a->sems[n].value;
	lock_release(&a->object.lock);
	if (err < 0)
		return err;
	if (values == NULL)
		return -ENOMEM;
	return copy_out(to, values, a->count * sizeof(values[0]));
}

/* The same; the values are fetched while the array is not locked. */
static int set_all(struct sem_array *a, u64 from)
{
	AUTO_KFREE u16 *values = NULL;
	struct ipc_wakes wakes = { 0 };
	int err = ipc_permission(&a->object, 0222);

	lock_release(&a->object.lock);
	if (err < 0)
		return err;
	values = kzalloc(a->count * sizeof(values[0]));
	if (values == NULL)
		return -ENOMEM;
	if (copy_in(values, from, a->count * sizeof(values[0])) < 0)
		return -EFAULT;
	for (u32 n = 0; n < a->count; n++)
		if (values[n] > VALUE_MAX)
			return -ERANGE;
	lock_acquire(&a->object.lock);
	if (a->object.deleted) {
		err = -EIDRM;
	} else {
		for (u32 n = 0; n < a->count; n++)
			a->sems[n].value = values[n];
		values_set(a, 0, a->count, &wakes);
	}
	lock_release(&a->object.lock);
	ipc_wake(&wakes);
	return err;
}

static s64 control_all(s32 id, int cmd, u64 buf)
{
	struct ipc_object *o;
	int err = ipc_lock_id(&ipc->sem, id, &o);

	if (err < 0)
		return err;
	err = cmd == LINUX_SEM_GETALL ? get_all(array_of(o), buf) : set_all(array_of(o), buf);
	ipc_object_put(&ipc->sem, o);
	return err;
}

static void array_remove_locked(struct sem_array *a, struct ipc_wakes *wakes)
{
	struct sem_wait *w, *next;
	struct sem_undo *u, *after;

	ipc_remove_locked(&ipc->sem, &a->object);
	list_for_each_safe(u, after, &a->undos, array_link)
		list_del(&u->array_link); /* freed by the process */
	list_for_each_safe(w, next, &a->waiters, base.link)
		ipc_take(wakes, &w->base, -EIDRM);
}

static s64 control_change(s32 id, int cmd, const struct linux_ipc64_perm *perm)
{
	struct ipc_wakes wakes = { 0 };
	struct ipc_object *o;
	int err = ipc_lock_table_id(&ipc->sem, id, &o);

	if (err < 0)
		return err;
	err = ipc_may_control(o);
	if (err == 0 && cmd == LINUX_IPC_SET)
		err = ipc_perm_in(o, perm);
	else if (err == 0)
		array_remove_locked(array_of(o), &wakes);
	ipc_unlock_table(&ipc->sem, o);
	ipc_wake(&wakes);
	return err;
}

s64 sem_control(s32 id, s32 number, int cmd, u64 arg)
{
	struct linux_semid64_ds ds;

	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case LINUX_IPC_INFO:
	case LINUX_SEM_INFO:
		return control_info(cmd, arg);
	case LINUX_IPC_STAT:
	case LINUX_SEM_STAT:
	case LINUX_SEM_STAT_ANY:
		return control_stat(id, cmd, arg);
	case LINUX_SEM_GETALL:
	case LINUX_SEM_SETALL:
		return control_all(id, cmd, arg);
	case LINUX_SEM_GETVAL:
	case LINUX_SEM_GETPID:
	case LINUX_SEM_GETNCNT:
	case LINUX_SEM_GETZCNT:
		return control_one(id, number, cmd);
	case LINUX_SEM_SETVAL:
		return control_set(id, number, (s32)arg);
	case LINUX_IPC_SET:
		if (copy_in_struct(&ds, arg) < 0)
			return -EFAULT;
		return control_change(id, cmd, &ds.sem_perm);
	case LINUX_IPC_RMID:
		return control_change(id, cmd, NULL);
	default:
		return -EINVAL;
	}
}

void sem_print(struct seq *s, struct ipc_object *o)
{
	struct linux_semid64_ds ds;

	lock_acquire(&o->lock);
	array_out_locked(array_of(o), &ds);
	lock_release(&o->lock);
	seq_print(s, "%10d %10d  %4o %10lu %5u %5u %5u %5u %10lu %10lu\n", ds.sem_perm.key,
		  o->id, ds.sem_perm.mode, (unsigned long)ds.sem_nsems, ds.sem_perm.uid,
		  ds.sem_perm.gid, ds.sem_perm.cuid, ds.sem_perm.cgid,
		  (unsigned long)ds.sem_otime, (unsigned long)ds.sem_ctime);
}
