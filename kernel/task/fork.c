/*
 * clone, clone3, fork, vfork: new threads and processes.
 *
 * OVERVIEW. A new thread is a new host thread. A new process is a copy of the host process,
 * except for vfork (CLONE_VM|CLONE_VFORK, which posix_spawn uses): that child runs on its
 * parent's host thread, in its parent's memory, on a second kernel stack, until it execs
 * or ends; only then is the host process copied (exec) or not at all (exit). So what the child
 * writes the parent sees, as on Linux, and the parent is suspended meanwhile by construction.
 *
 * LINUX BEHAVIOUR: clone(2), kernel/fork.c: copy_process() for the order of the checks.
 * CLONE_VM without CLONE_THREAD or CLONE_VFORK, two processes running in one memory, is a host
 * thread with a guest process of its own; the memory is the link (mm->ref counts the guest
 * processes of a host process), and execve moves it to a host process of its own.
 *
 * NOT DONE. Namespaces (EPERM). A parent that is killed while its vfork child runs ends when
 * the child has exec'ed or ended; Linux ends it at once.
 */
#include "kernel/task/fork.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/sched.h"
#include "kernel/fs/host/host.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/heap_internal.h"
#include "kernel/mm/mm.h"
#include "kernel/signal/signal.h"
#include "kernel/obj/pidfd.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/exit.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "kernel/x86_64/fpu.h"
#include "kernel/x86_64/tls.h"
#include "platform/plat.h"

#define CLONE_NAMESPACES                                                          \
	(LINUX_CLONE_NEWNS | LINUX_CLONE_NEWCGROUP | LINUX_CLONE_NEWUTS |         \
	 LINUX_CLONE_NEWIPC | LINUX_CLONE_NEWUSER | LINUX_CLONE_NEWPID |          \
	 LINUX_CLONE_NEWNET | LINUX_CLONE_NEWTIME)

#define CLONE3_FLAGS \
	(0xffffffffUL | LINUX_CLONE_CLEAR_SIGHAND | LINUX_CLONE_INTO_CGROUP)
#define PID_NS_LEVELS 32

struct clone_request {
	u64 flags;
	uaddr_t stack; /* the new stack pointer, 0: the caller's */
	uaddr_t parent_tid, child_tid, tls, pidfd;
	s32 exit_signal;
};

static int check(const struct clone_request *c)
{
	u64 f = c->flags;

	if ((f & (LINUX_CLONE_NEWNS | LINUX_CLONE_NEWUSER)) && (f & LINUX_CLONE_FS))
		return -EINVAL;
	if ((f & LINUX_CLONE_THREAD) && !(f & LINUX_CLONE_SIGHAND))
		return -EINVAL;
	if ((f & LINUX_CLONE_SIGHAND) && !(f & LINUX_CLONE_VM))
		return -EINVAL;
	if ((f & LINUX_CLONE_THREAD) && (f & (LINUX_CLONE_NEWUSER | LINUX_CLONE_NEWPID)))
		return -EINVAL;
	if (f & CLONE_NAMESPACES)
		return -EPERM;
	if ((f & LINUX_CLONE_SIGHAND) && (f & LINUX_CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((f & LINUX_CLONE_PIDFD) && (f & LINUX_CLONE_THREAD))
		return -EINVAL;
	if (c->exit_signal < 0 || c->exit_signal > LINUX_NSIG)
		return -EINVAL;
	return 0;
}

/* Undo thread_create for one that never ran. */
static void thread_discard(struct thread *t)
{
	fdtable_put(t->files);
	fs_context_put(t->fs);
	task_lock();
	thread_unlist_locked(t);
	task_unlock();
	thread_put(t);
}

static int share_or_copy(struct thread *child, const struct clone_request *c)
{
	struct thread *t = current();
	int err = 0;

	if (c->flags & LINUX_CLONE_FS)
		child->fs = fs_context_get(t->fs);
	else
		err = fs_context_copy(t->fs, &child->fs);
	if (err < 0)
		return err;
	if (c->flags & LINUX_CLONE_FILES)
		child->files = fdtable_get(t->files);
	else
		err = fdtable_copy(t->files, &child->files);
	return err;
}

/* What the child does first, on its own stack, before it runs guest code. */
static void child_begin(struct thread *t)
{
	tls_thread_start();
	if (t->start_flags & LINUX_CLONE_SETTLS)
		tls_set_fs(t->start_fs);
	if (t->start_flags & LINUX_CLONE_CHILD_SETTID) {
		u32 tid = (u32)t->tid;
		int err = copy_out_struct(t->start_child_tid, &tid);

		(void)err; /* Linux: a bad address is the child's own problem */
	}
}

static void child_registers(struct thread *child, const struct clone_request *c)
{
	child->start_regs = *current()->regs;
	child->start_regs.ax = 0;
	child->start_regs.orig_ax = (u64)-1;
	if (c->stack != 0)
		child->start_regs.sp = c->stack;
	child->start_fs = c->tls;
	child->start_flags = c->flags;
	child->start_child_tid = c->child_tid;
	if (c->flags & LINUX_CLONE_CHILD_CLEARTID)
		child->clear_child_tid = c->child_tid;
}

static void thread_main(struct thread *t)
{
	struct regs regs = t->start_regs;

	t->regs = &regs;
	child_begin(t);
	plat_guest_enter(&regs);
}

static void parent_settid(const struct clone_request *c, s32 tid)
{
	if (c->flags & LINUX_CLONE_PARENT_SETTID) {
		int err = copy_out_struct(c->parent_tid, &tid);

		(void)err; /* Linux: put_user's result is ignored */
	}
}

static s64 clone_thread(const struct clone_request *c)
{
	struct thread *t = current(), *child;
	int err = thread_create(t->process, t, 0, &child);

	if (err < 0)
		return err;
	err = share_or_copy(child, c);
	if (err < 0) {
		thread_discard(child);
		return err;
	}
	child_registers(child, c);
	s32 tid = child->tid;

	parent_settid(c, tid);
	task_lock();
	if (t->process->exiting || t->process->exec_thread != NULL) {
		task_unlock();
		thread_discard(child);
		return -ERESTARTNOINTR; /* we are about to end ourselves */
	}
	thread_publish_locked(child);
	task_unlock();
	fpu_make_live();
	err = plat_thread_create(child, thread_main);
	if (err < 0) {
		task_lock();
		signal_thread_detach(child);
		t->process->thread_count--;
		task_unlock();
		thread_discard(child);
		return err;
	}
	return tid;
}

/* A child process with everything but its memory and host side. */
static int process_copy(const struct clone_request *c, struct thread **ret)
{
	struct thread *t = current(), *child;
	struct process *parent = t->process, *p;
	int err = process_create(parent, 0, &p);

	if (err < 0)
		return err;
	if (c->flags & LINUX_CLONE_SIGHAND) {
		ref_get(&parent->sighand->ref);
		p->sighand = parent->sighand;
	} else {
		err = sighand_copy(parent->sighand, &p->sighand);
	}
	if (err == 0 && (c->flags & LINUX_CLONE_CLEAR_SIGHAND))
		signal_reset_handlers(p->sighand);
	if (err == 0)
		err = c->flags & LINUX_CLONE_VM ? 0 : mm_copy(parent->mm, &p->mm);
	if (err == 0 && (c->flags & LINUX_CLONE_VM)) {
		p->mm = mm_get(parent->mm);
		time_base_set(p, &parent->time.base); /* one host process */
	}
	if (err == 0)
		err = thread_create(p, t, p->pid, &child);
	if (err < 0)
		goto undo_process;
	err = share_or_copy(child, c);
	if (err < 0)
		goto undo_thread;
	/* Linux: kept over fork, dropped where two would run on it. */
	if (!(c->flags & LINUX_CLONE_VM) || (c->flags & LINUX_CLONE_VFORK))
		child->altstack = t->altstack;
	p->exit_signal = c->exit_signal;
	p->trap_only = parent->trap_only;
	child_registers(child, c);
	child->robust_list = 0;
	*ret = child;
	return 0;

undo_thread:
	thread_discard(child);
undo_process:
	mm_put(p->mm);
	p->mm = NULL;
	task_lock();
	process_unlink_locked(p);
	sandbox->process_count--;
	task_unlock();
	process_put(p);
	return err;
}

static void process_publish(struct thread *child, const struct clone_request *c)
{
	struct process *parent = current()->process, *p = child->process;

	task_lock();
	if (c->flags & LINUX_CLONE_PARENT) {
		p->exit_signal = parent->exit_signal;
		parent = parent->parent;
	}
	p->pgid = current()->process->pgid;
	p->sid = current()->process->sid;
	process_set_parent_locked(p, parent);
	thread_publish_locked(child);
	sandbox->forks++;
	task_unlock();
}

/* CLONE_PIDFD: the descriptor is the parent's and is there before the child runs. */
static int give_pidfd(struct process *p, const struct clone_request *c)
{
	struct file *f;

	if (!(c->flags & LINUX_CLONE_PIDFD))
		return 0;
	int fd = fd_reserve(0);

	if (fd < 0)
		return fd;
	int err = pidfd_create(p, 0, &f);

	if (err == 0 && copy_out_struct(c->pidfd, &fd) < 0) {
		file_put(f);
		err = -EFAULT;
	}
	if (err < 0)
		fd_unreserve(fd);
	else
		fd_install(fd, f, LINUX_O_CLOEXEC);
	return err;
}

/* The host could not make the process: as if it had never been. */
static void process_withdraw(struct thread *child)
{
	struct process *p = child->process;

	task_lock();
	signal_thread_detach(child);
	p->thread_count--;
	process_unlink_locked(p);
	sandbox->process_count--;
	task_unlock();
	mm_put(p->mm);
	p->mm = NULL;
	thread_discard(child);
	process_put(p);
}

/* Guest processes that run in this host process besides one: after CLONE_VM. Private memory. */
static u32 more_tenants PER_PROCESS;

bool process_host_shared(void)
{
	return atomic_load(&more_tenants) > 0;
}

bool process_host_leave(void)
{
	if (atomic_sub(&more_tenants, 1) != 0)
		return false;
	atomic_store(&more_tenants, 0); /* for who comes next */
	return true;
}

int process_host_fork(struct thread *child, enum plat_fork kind)
{
	/* The child may be over and freed before the host tells its number here. */
	struct process *p = process_get(child->process);

	host_fork_begin();
	heap_fork_lock();
	int pid = plat_process_fork(child, kind);

	heap_fork_unlock(pid == 0);
	host_fork_end(pid == 0);
	if (pid == 0) {
		atomic_store(&more_tenants, 0);
		/* Before it can end: the reaper looks for the number. A blank has none yet. */
		if (kind != PLAT_FORK_BLANK)
			p->host_pid = child->host_tid;
		return 0;
	}
	if (pid > 0 && kind != PLAT_FORK_BLANK)
		p->host_pid = pid;
	process_put(p);
	return pid;
}

static s64 clone_process(const struct clone_request *c)
{
	struct thread *t = current(), *child;
	struct regs *regs = t->regs;
	int err = process_copy(c, &child);

	if (err < 0)
		return err;
	struct process *p = process_get(child->process);
	s32 pid = p->pid;

	err = give_pidfd(p, c);
	parent_settid(c, pid);
	process_publish(child, c);
	if (err < 0) {
		process_withdraw(child);
		process_put(p);
		return err;
	}
	/* The registers are at the same place of the same stack in the copy. */
	child->regs = regs;
	child->fpu_frame = t->fpu_frame;
	err = process_host_fork(child, PLAT_FORK_GUEST);
	if (err == 0) {
		*regs = child->start_regs;
		child_begin(child);
		time_process_started();
		return 0;
	}
	if (err < 0)
		process_withdraw(child);
	else if (c->flags & LINUX_CLONE_VFORK)
		vfork_wait_process(p);
	process_put(p);
	return err < 0 ? err : pid;
}

static s64 clone_vm_process(const struct clone_request *c)
{
	struct thread *child;
	int err = process_copy(c, &child);

	if (err < 0)
		return err;
	s32 pid = child->process->pid;

	err = give_pidfd(child->process, c);
	parent_settid(c, pid);
	process_publish(child, c);
	child->process->host_pid = current()->process->host_pid;
	fpu_make_live();
	atomic_add(&more_tenants, 1);
	if (err == 0)
		err = plat_thread_create(child, thread_main);
	if (err < 0) {
		atomic_sub(&more_tenants, 1);
		process_withdraw(child);
		return err;
	}
	return pid;
}

int process_host_separate(void)
{
	int err = process_host_fork(current(), PLAT_FORK_GUEST);

	if (err == 0)
		time_base_set(current()->process, NULL);
	if (err <= 0)
		return err;
	/* We go on over there. The others may have ended meanwhile. */
	if (process_host_leave())
		process_host_end(NULL);
	plat_thread_abandon();
}

static s64 clone_vfork(const struct clone_request *c)
{
	struct thread *child;
	int err = process_copy(c, &child);

	if (err < 0)
		return err;
	s32 pid = child->process->pid;

	err = give_pidfd(child->process, c);
	parent_settid(c, pid);
	process_publish(child, c);
	fpu_make_live();
	if (err == 0)
		err = vfork_run(child, thread_main);
	if (err < 0) {
		process_withdraw(child);
		return err;
	}
	/* The child may have written to what TLS it had; the registers are this thread's. */
	return pid;
}

static s64 clone_by(const struct clone_request *c)
{
	int err = check(c);

	if (err < 0)
		return err;
	if (c->flags & LINUX_CLONE_THREAD)
		return clone_thread(c);
	if (c->flags & LINUX_CLONE_VM)
		return c->flags & LINUX_CLONE_VFORK ? clone_vfork(c) : clone_vm_process(c);
	return clone_process(c);
}

SYSCALL_DEFINE(clone, u64, flags, uaddr_t, stack, uaddr_t, parent_tid, uaddr_t, child_tid,
	       uaddr_t, tls)
{
	struct clone_request c = {
		.flags = (u32)flags & ~(u32)LINUX_CSIGNAL,
		.exit_signal = (s32)(flags & LINUX_CSIGNAL),
		.stack = stack,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
		.tls = tls,
		.pidfd = parent_tid, /* Linux: the two share the argument */
	};

	if ((flags & LINUX_CLONE_PIDFD) && (flags & LINUX_CLONE_PARENT_SETTID))
		return -EINVAL;
	return clone_by(&c);
}

SYSCALL_DEFINE(fork)
{
	return clone_by(&(struct clone_request){ .exit_signal = LINUX_SIGCHLD });
}

SYSCALL_DEFINE(vfork)
{
	return clone_by(&(struct clone_request){ .flags = LINUX_CLONE_VM | LINUX_CLONE_VFORK,
						 .exit_signal = LINUX_SIGCHLD });
}

/* Bytes of struct clone_args that hold zero beyond what we know. */
static int clone_args_in(struct linux_clone_args *args, uaddr_t addr, u64 size)
{
	*args = (struct linux_clone_args){ 0 };
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < LINUX_CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (copy_in(args, addr, MIN(size, sizeof(*args))) < 0)
		return -EFAULT;
	for (u64 at = sizeof(*args); at < size; at++) {
		u8 byte;

		if (copy_in_struct(&byte, addr + at) < 0)
			return -EFAULT;
		if (byte != 0)
			return -E2BIG;
	}
	return 0;
}

SYSCALL_DEFINE(clone3, uaddr_t, uargs, u64, size)
{
	struct linux_clone_args a;
	int err = clone_args_in(&a, uargs, size);

	if (err < 0)
		return err;
	if (a.set_tid_size > PID_NS_LEVELS || (a.set_tid == 0) != (a.set_tid_size == 0) ||
	    a.exit_signal > LINUX_NSIG)
		return -EINVAL;
	if (a.flags & ~CLONE3_FLAGS || a.flags & (LINUX_CSIGNAL | LINUX_CLONE_DETACHED))
		return -EINVAL;
	if ((a.stack == 0) != (a.stack_size == 0))
		return -EINVAL;
	if (a.stack != 0 && !user_range_ok(a.stack, a.stack_size))
		return -EINVAL;
	if ((a.flags & LINUX_CLONE_THREAD) && a.exit_signal != 0)
		return -EINVAL;
	if (a.set_tid_size > 1)
		return -EINVAL; /* namespaces within namespaces: there is one */
	if (a.set_tid_size != 0)
		return -EPERM;
	if (a.flags & LINUX_CLONE_INTO_CGROUP)
		return -EBADF; /* no descriptor here is a control group */
	struct clone_request c = {
		.flags = a.flags,
		.exit_signal = (s32)a.exit_signal,
		.stack = a.stack != 0 ? a.stack + a.stack_size : 0,
		.parent_tid = a.parent_tid,
		.child_tid = a.child_tid,
		.tls = a.tls,
		.pidfd = a.pidfd,
	};

	return clone_by(&c);
}
