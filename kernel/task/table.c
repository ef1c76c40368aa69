/* The table of tasks: numbers, life of struct process and struct thread. See table.h. */
#include "kernel/task/table.h"
#include "kernel/task/user.h"

#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/resource.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/signal/signal.h"
#include "kernel/time/time.h"
#include "kernel/x86_64/offsets.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "kernel/boot.h"
#include "lib/string.h"
#include "platform/plat.h"
#include "trace/record.h"

#define TID_BUCKETS 2048u /* what the heap need not make a large block for */

struct sandbox *sandbox;

void task_lock(void)
{
	lock_acquire(&sandbox->lock);
}

void task_unlock(void)
{
	lock_release(&sandbox->lock);
}

int sandbox_create(void)
{
	sandbox = kzalloc(sizeof(*sandbox));
	if (sandbox == NULL)
		return -ENOMEM;
	list_init(&sandbox->processes);
	lock_rank(&sandbox->lock, RANK_TASK);
	lock_rank(&sandbox->epoll_lock, RANK_EPOLL_NEST);
	sandbox->tid_hash = kzalloc(TID_BUCKETS * sizeof(struct list));
	if (sandbox->tid_hash == NULL)
		return -ENOMEM;
	return 0;
}

/* The lock is held. */
static struct list *bucket(s32 tid)
{
	return list_ready(&sandbox->tid_hash[(u32)tid % TID_BUCKETS]);
}

static struct thread *find_locked(s32 tid)
{
	struct thread *t;

	list_for_each(t, bucket(tid), hash_link)
		if (t->tid == tid)
			return t;
	return NULL;
}

struct process *process_find_locked(s32 pid)
{
	struct process *p;

	/* Without dispositions it is still being made. */
	list_for_each(p, &sandbox->processes, all_link)
		if (p->pid == pid && p->sighand != NULL)
			return p;
	return NULL;
}

/* Is the number used by a thread, a process, a group or a session? */
static bool number_used_locked(s32 n)
{
	const struct process *p;

	if (find_locked(n) != NULL)
		return true;
	list_for_each(p, &sandbox->processes, all_link)
		if (p->pid == n || p->pgid == n || p->sid == n)
			return true;
	return false;
}

static s32 number_alloc_locked(void)
{
	s32 n = sandbox->last_pid;

	do {
		n = n + 1 >= PID_MAX ? 300 : n + 1;
	} while (number_used_locked(n));
	sandbox->last_pid = n;
	return n;
}

static void process_init_limits(struct process *p)
{
	const struct boot_block *b = boot_block();

	for (u32 i = 0; i < LINUX_RLIM_NLIMITS; i++) {
		p->rlimits[i].rlim_cur = b->rlimits[i][0];
		p->rlimits[i].rlim_max = b->rlimits[i][1];
	}
	p->cred.uid = p->cred.euid = p->cred.suid = p->cred.fsuid = b->uid;
	p->cred.gid = p->cred.egid = p->cred.sgid = p->cred.fsgid = b->gid;
	p->cred.cap_bounding = (1ull << 41) - 1;
	if (b->uid == 0)
		p->cred.cap_effective = p->cred.cap_permitted = p->cred.cap_bounding;
	p->dumpable = 1;
}

/*
 * May there be one task more? As Linux counts them, --pids like a pids controller: zombies
 * are some, too. RLIMIT_NPROC is for the tasks of a real user other than root.
 */
static bool room_locked(const struct process *creator)
{
	const struct cred *c = &creator->cred;
	const u64 exempt = 1ull << LINUX_CAP_SYS_RESOURCE | 1ull << LINUX_CAP_SYS_ADMIN;
	/* The reaper is no task of the guest's. */
	u64 count = sandbox->thread_count + sandbox->zombie_count - 1, own = 0;
	u64 limit = creator->rlimits[LINUX_RLIMIT_NPROC].rlim_cur;
	const struct process *p;

	if (count >= boot_block()->pids_limit)
		return false;
	if (count < limit || c->uid == 0 || (c->cap_effective & exempt))
		return true;
	list_for_each(p, &sandbox->processes, all_link)
		if (p->cred.uid == c->uid && p != sandbox->reaper)
			own += MAX(p->thread_count, 1u);
	return own < limit;
}

int process_create(struct process *creator, s32 pid, struct process **ret)
{
	struct process *p = kzalloc(sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	ref_init(&p->ref); /* the table's, dropped when the zombie is reaped */
	list_init(&p->children);
	list_init(&p->tracees);
	list_init(&p->sibling);
	list_init(&p->all_link);
	list_init(&p->threads);
	lock_rank(&p->lock, RANK_PROCESS);
	waitq_init(&p->child_wait);
	waitq_init(&p->vfork_wait);
	waitq_init(&p->end_wait);
	p->exit_signal = LINUX_SIGCHLD;
	p->start_time = plat_now();
	signal_process_init(p);
	time_process_init(p);
	if (creator != NULL) {
		lock_acquire(&creator->lock);
		memcpy(p->rlimits, creator->rlimits, sizeof(p->rlimits));
		p->cred = creator->cred;
		p->attr = creator->attr;
		p->dumpable = creator->dumpable;
		p->exe = creator->exe != NULL ? file_get(creator->exe) : NULL;
		p->cmdline_len = creator->cmdline_len;
		p->environ_len = creator->environ_len;
		p->auxv_len = creator->auxv_len;
		if (creator->cmdline_len != 0)
			p->cmdline = kmemdup(creator->cmdline, p->cmdline_len);
		if (creator->environ_len != 0)
			p->environ = kmemdup(creator->environ, p->environ_len);
		p->auxv = creator->auxv_len ? kmemdup(creator->auxv, p->auxv_len) : NULL;
		lock_release(&creator->lock);
		p->attr.pdeath_signal = 0;
		p->attr.child_subreaper = false;
	} else {
		process_init_limits(p);
	}
	task_lock();
	if (creator != NULL && !room_locked(creator)) {
		task_unlock();
		process_put(p);
		return -EAGAIN;
	}
	p->pid = pid != 0 ? pid : number_alloc_locked();
	p->pgid = creator != NULL ? creator->pgid : p->pid;
	p->sid = creator != NULL ? creator->sid : p->pid;
	p->tty = creator != NULL ? creator->tty : NULL;
	list_add_tail(&sandbox->processes, &p->all_link);
	sandbox->process_count++;
	task_unlock();
	*ret = p;
	return 0;
}

static void stat_set_take_locked(struct thread *t)
{
	static_assert(TRACE_SHARDS == 64, "a bit for each");
	u64 free = ~sandbox->stat_sets;

	t->stat_set_own = free != 0;
	t->stat_set = (u8)(free != 0 ? (u32)__builtin_ctzll(free) : (u32)t->tid % TRACE_SHARDS);
	if (free != 0)
		sandbox->stat_sets |= 1ull << t->stat_set;
}

void thread_unlist_locked(struct thread *t)
{
	list_del(&t->hash_link);
	sandbox->thread_count--;
	if (t->stat_set_own)
		sandbox->stat_sets &= ~(1ull << t->stat_set);
}

int thread_create(struct process *p, struct thread *creator, s32 tid, struct thread **ret)
{
	struct thread *t = kzalloc(sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	ref_init(&t->ref);
	t->self = t;
	t->magic = THREAD_MAGIC;
	t->process = process_get(p);
	list_init(&t->group_link);
	list_init(&t->hash_link);
	list_init(&t->pending.entries);
	waiter_init(&t->waiter);
	t->start_time = plat_now();
	if (creator != NULL) {
		t->trace_parent = creator->tid;
		memcpy(t->comm, creator->comm, sizeof(t->comm));
		t->attr = creator->attr;
		sched_thread_init(t);
	}
	signal_thread_init(t, creator);
	task_lock();
	if (tid == 0 && !room_locked(p)) {
		task_unlock();
		process_put(p);
		kfree(t);
		return -EAGAIN;
	}
	t->tid = tid != 0 ? tid : number_alloc_locked();
	list_add(bucket(t->tid), &t->hash_link);
	sandbox->thread_count++;
	stat_set_take_locked(t);
	task_unlock();
	*ret = t;
	return 0;
}

void thread_publish_locked(struct thread *t)
{
	signal_thread_attach(t);
	t->process->thread_count++;
}

void thread_rehash_locked(struct thread *t)
{
	list_add(bucket(t->tid), &t->hash_link);
}

void process_set_parent_locked(struct process *p, struct process *parent)
{
	list_del(&p->sibling);
	p->parent = parent;
	if (parent != NULL)
		list_add_tail(&parent->children, &p->sibling);
}

void process_unlink_locked(struct process *p)
{
	list_del(&p->sibling);
	list_del(&p->all_link);
	p->parent = NULL;
	if (p->zombie)
		sandbox->zombie_count--;
}

struct thread *thread_get(struct thread *t)
{
	ref_get(&t->ref);
	return t;
}

void thread_put(struct thread *t)
{
	if (t == NULL || !ref_put(&t->ref))
		return;
	signal_thread_fini(t);
	process_put(t->process);
	kfree(t);
}

struct process *process_get(struct process *p)
{
	ref_get(&p->ref);
	return p;
}

void process_put(struct process *p)
{
	if (p == NULL || !ref_put(&p->ref))
		return;
	signal_process_fini(p);
	sighand_put(p->sighand);
	file_put(p->exe);
	kfree(p->cmdline);
	kfree(p->environ);
	kfree(p->auxv);
	kfree(p);
}

struct thread *thread_find(s32 tid)
{
	task_lock();
	struct thread *t = find_locked(tid);

	if (t != NULL)
		thread_get(t);
	task_unlock();
	return t;
}

struct process *process_find(s32 pid)
{
	task_lock();
	struct process *p = process_find_locked(pid);

	if (p != NULL)
		process_get(p);
	task_unlock();
	return p;
}

u64 task_rlimit(int which)
{
	return atomic_load_relaxed(&current()->process->rlimits[which].rlim_cur);
}

void thread_account(struct thread *t)
{
	struct kstack_top *top = (struct kstack_top *)t->kstack;

	atomic_add(&sandbox->calls, top->calls);
	atomic_add(&sandbox->host_calls, top->host_calls);
	top->calls = top->host_calls = 0;
}
