/*
 * /proc/PID/status, stat, statm, io: what a process is, has and uses.
 *
 * LINUX BEHAVIOUR. fs/proc/array.c, task_mmu.c. NOT DONE. The resident size is not known
 * page by page: it is given as the peak the host tells, at most what is mapped. Context
 * switches, fault addresses and the like are 0, as what of io was the host's disk.
 */
#include "abi/linux/resource.h"
#include "abi/linux/signal.h"
#include "kernel/boot.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/mm/mm.h"
#include "kernel/signal/signal.h"
#include "kernel/task/table.h"
#include "kernel/task/user.h"
#include "kernel/time/time.h"
#include "kernel/tty/tty.h"
#include "kernel/vfs/fdtable.h"
#include "lib/string.h"

#define NS_PER_TICK (1000000000ull / LINUX_USER_HZ)

/* What the files show, gathered under the locks it needs. */
struct facts {
	char comm[TASK_COMM_LEN];
	char state;
	s32 pid, tid, ppid, pgid, sid;
	u32 tty;      /* number of the controlling terminal, 0: none */
	s32 tty_pgrp; /* its foreground group, -1: none */
	s32 nice, exit_signal;
	u32 threads, umask, fd_size;
	struct cred cred;
	u64 pending, shared_pending, blocked, ignored, caught;
	u32 queued;
	u64 queue_limit;
	u64 start_time;
	struct linux_rusage usage;
	/* memory: pages unless stated otherwise */
	u64 pages, peak, locked, data, stack, code, libraries, resident;
	uaddr_t start_code, end_code, start_data, end_data, start_brk, start_stack;
	uaddr_t arg_start, arg_end, env_start, env_end;
};

/* Linux: whom somebody has woken runs, though no processor has taken him up yet. */
static bool asleep(const struct thread *t)
{
	if (atomic_load(&t->sleeping))
		return atomic_load(&t->wake_word) == atomic_load(&t->sleep_seq);
	return atomic_load(&t->in_host_wait);
}

static char state_of(const struct process *p, const struct thread *t)
{
	if (t == NULL)
		return 'Z';
	if (t == current())
		return 'R';
	if (p->pid == PID_REAPER)
		return 'S';
	if (t->sig.stopped || p->sig.stop_complete)
		return 'T';
	return asleep(t) ? 'S' : 'R';
}

static void gather_signals(struct facts *x, struct process *p, const struct thread *t)
{
	struct sighand *sh = sighand_lock(p);

	x->shared_pending = p->pending.set;
	if (t != NULL) {
		x->pending = t->pending.set;
		x->blocked = t->sig_mask;
	}
	for (int sig = 1; sig <= LINUX_NSIG; sig++) {
		if (sh->action[sig].handler == LINUX_SIG_IGN)
			x->ignored |= SIG_BIT(sig);
		else if (sh->action[sig].handler != LINUX_SIG_DFL)
			x->caught |= SIG_BIT(sig);
	}
	x->queued = atomic_load(&user_find(p->cred.uid)->signals);
	sighand_unlock(sh);
}

static u64 vma_pages(const struct vma *v)
{
	return (v->end - v->start) / PAGE_SIZE;
}

static void gather_memory(struct facts *x, struct process *p)
{
	struct mm *mm = proc_mm(p);
	u64 unused, host = 0;

	if (mm == NULL)
		return;
	lock_acquire(&mm->lock);
	for (u32 i = 0; i < mm->count; i++) {
		const struct vma *v = &mm->vmas[i];

		if (v->flags & VMA_STACK)
			x->stack += vma_pages(v);
		else if (v->flags & VMA_HOST)
			host += vma_pages(v);
		else if (v->prot & LINUX_PROT_EXEC && v->file != NULL)
			x->libraries += vma_pages(v);
	}
	unused = MIN(mm_stack_unused_locked(mm), x->stack);
	x->stack -= unused;
	x->pages = mm->pages - unused;
	x->peak = mm->peak_pages - unused;
	x->locked = mm->locked_pages;
	x->data = mm->data_pages;
	x->start_code = mm->code_start;
	x->end_code = mm->code_end;
	x->start_data = mm->data_start;
	x->end_data = mm->data_end;
	x->start_brk = mm->brk_start;
	x->start_stack = mm->stack_start;
	x->arg_start = mm->arg_start;
	x->arg_end = mm->arg_end;
	x->env_start = mm->env_start;
	x->env_end = mm->env_end;
	lock_release(&mm->lock);
	mm_put(mm);
	x->code = (x->end_code - x->start_code + PAGE_SIZE - 1) / PAGE_SIZE;
	x->libraries -= MIN(x->code, x->libraries);
	/* Linux: what belongs to no memory of anybody, as the vDSO, is never resident. */
	x->resident = MIN((u64)x->usage.ru_maxrss / 4, x->pages - host);
}

static void gather_relations(struct facts *x, struct process *p, struct thread *t)
{
	task_lock();
	x->state = state_of(p, t);
	x->pgid = p->pgid;
	x->sid = p->sid;
	tty_describe_locked(p, &x->tty, &x->tty_pgrp);
	x->ppid = p->parent == NULL ? 0 : p->parent->pid;
	x->threads = p->thread_count;
	x->fd_size = t != NULL && t->files != NULL ? fdtable_size(t->files) : 0;
	task_unlock();
	lock_acquire(&p->lock);
	x->cred = p->cred;
	x->queue_limit = p->rlimits[LINUX_RLIMIT_SIGPENDING].rlim_cur;
	lock_release(&p->lock);
}

static int gather(const struct pseudo_key *key, struct facts **ret)
{
	struct process *p = proc_process(key);
	struct thread *t;
	struct facts *x;

	if (p == NULL)
		return -ESRCH;
	x = kzalloc(sizeof(*x));
	if (x == NULL) {
		process_put(p);
		return -ENOMEM;
	}
	t = proc_thread(key);
	x->pid = p->pid;
	x->tid = key->tid != 0 ? key->tid : p->pid;
	x->exit_signal = p->exit_signal;
	x->start_time = p->start_time;
	x->umask = t == current() ? atomic_load(&t->fs->umask) : 022;
	if (t != NULL) {
		memcpy(x->comm, t->comm, sizeof(x->comm));
		x->nice = t->attr.nice;
	}
	x->comm[TASK_COMM_LEN - 1] = '\0';
	if (x->comm[0] == '\0')
		str_copy(x->comm, "nacre", sizeof(x->comm)); /* the reaper */
	gather_relations(x, p, t);
	gather_signals(x, p, t);
	time_usage_of(p, &x->usage);
	gather_memory(x, p);
	if (t != NULL)
		thread_put(t);
	process_put(p);
	*ret = x;
	return 0;
}

/* --- status --- */

static const char *state_name(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'T':
		return "stopped";
	case 'Z':
		return "zombie";
	default:
		return "sleeping";
	}
}

static void print_ids(struct seq *s, const struct facts *x)
{
	const struct cred *c = &x->cred;

	seq_print(s, "Umask:\t%04o\nState:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n",
		  x->umask, x->state, state_name(x->state), x->pid, x->tid, x->ppid);
	seq_print(s, "TracerPid:\t0\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t%u\n",
		  c->uid, c->euid, c->suid, c->fsuid, c->gid, c->egid, c->sgid, c->fsgid,
		  x->fd_size);
	seq_string(s, "Groups:\t");
	for (u32 i = 0; i < c->group_count; i++)
		seq_print(s, "%u ", c->groups[i]);
	seq_print(s, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", x->pid, x->tid,
		  x->pgid, x->sid);
}

static void print_kib(struct seq *s, const char *name, u64 pages)
{
	seq_print(s, "%s:\t%8lu kB\n", name, (unsigned long)(pages * (PAGE_SIZE / 1024)));
}

static void print_memory(struct seq *s, const struct facts *x)
{
	if (x->pages == 0)
		return;
	print_kib(s, "VmPeak", MAX(x->peak, x->pages));
	print_kib(s, "VmSize", x->pages);
	print_kib(s, "VmLck", x->locked);
	print_kib(s, "VmPin", 0);
	print_kib(s, "VmHWM", x->resident);
	print_kib(s, "VmRSS", x->resident);
	print_kib(s, "RssAnon", x->resident);
	print_kib(s, "RssFile", 0);
	print_kib(s, "RssShmem", 0);
	print_kib(s, "VmData", x->data);
	print_kib(s, "VmStk", x->stack);
	print_kib(s, "VmExe", x->code);
	print_kib(s, "VmLib", x->libraries);
	print_kib(s, "VmPTE", 0);
	print_kib(s, "VmSwap", 0);
	print_kib(s, "HugetlbPages", 0);
	seq_string(s, "CoreDumping:\t0\nTHP_enabled:\t1\n");
}

static void print_set(struct seq *s, const char *name, u64 set)
{
	seq_print(s, "%s:\t%016lx\n", name, (unsigned long)set);
}

static void print_privileges(struct seq *s, const struct facts *x)
{
	print_set(s, "CapInh", x->cred.cap_inheritable);
	print_set(s, "CapPrm", x->cred.cap_permitted);
	print_set(s, "CapEff", x->cred.cap_effective);
	print_set(s, "CapBnd", x->cred.cap_bounding);
	print_set(s, "CapAmb", x->cred.cap_ambient);
	seq_print(s, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n",
		  x->cred.no_new_privs);
}

/* Linux: words of 32 bits, the highest first. */
static void print_cpu_mask(struct seq *s)
{
	const u64 *cpus = boot_block()->cpus;
	u32 word = CPUS_MAX / 32 - 1;

	while (word > 0 && (u32)(cpus[word / 2] >> (word % 2 * 32)) == 0)
		word--;
	seq_print(s, "Cpus_allowed:\t%x", (u32)(cpus[word / 2] >> (word % 2 * 32)));
	while (word-- > 0)
		seq_print(s, ",%08x", (u32)(cpus[word / 2] >> (word % 2 * 32)));
	seq_string(s, "\n");
}

static void print_cpus(struct seq *s)
{
	print_cpu_mask(s);
	seq_string(s, "Cpus_allowed_list:\t");
	proc_print_cpus(s);
	seq_string(s, "Mems_allowed:\t1\nMems_allowed_list:\t0\n");
	seq_string(s, "voluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
}

int proc_show_status(struct seq *s, const struct pseudo_key *key)
{
	struct facts *x;
	int err = gather(key, &x);

	if (err < 0)
		return err;
	seq_print(s, "Name:\t%s\n", x->comm);
	print_ids(s, x);
	print_memory(s, x);
	seq_print(s, "Threads:\t%u\nSigQ:\t%u/%lu\n", x->threads, x->queued,
		  (unsigned long)x->queue_limit);
	print_set(s, "SigPnd", x->pending);
	print_set(s, "ShdPnd", x->shared_pending);
	print_set(s, "SigBlk", x->blocked);
	print_set(s, "SigIgn", x->ignored);
	print_set(s, "SigCgt", x->caught);
	print_privileges(s, x);
	print_cpus(s);
	kfree(x);
	return 0;
}

/* --- stat --- */

static u64 ticks(const struct linux_timeval *tv)
{
	return timeval_to_ns(tv) / NS_PER_TICK;
}

/* The fields in the order of proc(5), which numbers them from 1. */
static void print_stat(struct seq *s, const struct facts *x, const struct linux_rusage *children)
{
	seq_print(s, "%d (%s) %c %d %d %d %u %d 0 ", x->tid, x->comm, x->state, x->ppid, x->pgid,
		  x->sid, x->tty, x->tty_pgrp);
	seq_print(s, "%lu %lu %lu %lu ", (unsigned long)x->usage.ru_minflt,
		  (unsigned long)children->ru_minflt, (unsigned long)x->usage.ru_majflt,
		  (unsigned long)children->ru_majflt);
	seq_print(s, "%lu %lu %ld %ld ", (unsigned long)ticks(&x->usage.ru_utime),
		  (unsigned long)ticks(&x->usage.ru_stime), (long)ticks(&children->ru_utime),
		  (long)ticks(&children->ru_stime));
	seq_print(s, "%d %d %u 0 %lu %lu %lu %lu ", 20 + x->nice, x->nice, x->threads,
		  (unsigned long)(x->start_time / NS_PER_TICK),
		  (unsigned long)(x->pages * PAGE_SIZE), (unsigned long)x->resident,
		  LINUX_RLIM_INFINITY);
	seq_print(s, "%lu %lu %lu 0 0 ", (unsigned long)x->start_code,
		  (unsigned long)x->end_code, (unsigned long)x->start_stack);
	seq_print(s, "%lu %lu %lu %lu 0 0 0 %d 0 0 0 0 0 0 ", (unsigned long)x->pending,
		  (unsigned long)x->blocked, (unsigned long)x->ignored,
		  (unsigned long)x->caught, x->exit_signal);
	seq_print(s, "%lu %lu %lu %lu %lu %lu %lu 0\n", (unsigned long)x->start_data,
		  (unsigned long)x->end_data, (unsigned long)x->start_brk,
		  (unsigned long)x->arg_start, (unsigned long)x->arg_end,
		  (unsigned long)x->env_start, (unsigned long)x->env_end);
}

int proc_show_stat(struct seq *s, const struct pseudo_key *key)
{
	struct linux_rusage children = { 0 };
	struct process *p;
	struct facts *x;
	int err = gather(key, &x);

	if (err < 0)
		return err;
	p = proc_process(key);
	if (p != NULL) {
		children = p->time.children;
		process_put(p);
	}
	print_stat(s, x, &children);
	kfree(x);
	return 0;
}

/* --- statm: pages --- */

int proc_show_statm(struct seq *s, const struct pseudo_key *key)
{
	struct facts *x;
	int err = gather(key, &x);

	if (err < 0)
		return err;
	seq_print(s, "%lu %lu 0 %lu 0 %lu 0\n", (unsigned long)x->pages,
		  (unsigned long)x->resident, (unsigned long)x->code,
		  (unsigned long)(x->data + x->stack));
	kfree(x);
	return 0;
}

/* --- io --- */

int proc_show_io(struct seq *s, const struct pseudo_key *key)
{
	struct process *p = proc_process(key);
	struct io_account sum = { 0 };
	struct thread *t;

	if (p == NULL)
		return -ESRCH;
	if (proc_may_inspect(p) < 0) {
		process_put(p);
		return -EACCES;
	}
	task_lock();
	if (key->tid == 0)
		sum = p->io;
	list_for_each(t, &p->threads, group_link)
		if (key->tid == 0 || t->tid == key->tid)
			io_account_add(&sum, &t->io);
	task_unlock();
	process_put(p);
	seq_print(s,
		  "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\nread_bytes: 0\n"
		  "write_bytes: 0\ncancelled_write_bytes: 0\n",
		  (unsigned long)sum.read, (unsigned long)sum.written, (unsigned long)sum.reads,
		  (unsigned long)sum.writes);
	return 0;
}
