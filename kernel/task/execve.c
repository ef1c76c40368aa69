/*
 * execve and execveat: another program in the same process.
 *
 * OVERVIEW. The loader's decode part (exec_prepare_user) checks everything while the old
 * program is still whole. From then on there is no way back: other threads end, the address
 * space is emptied, and the new image is mapped; a failure after that kills the process.
 * What the host still remembers of the old program is the segment bases, the vector state
 * and the timers; all else (signal stack, robust list, rseq) never reached it.
 */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/prctl.h"
#include "kernel/boot.h"
#include "kernel/debug/trace.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/signal/signal.h"
#include "kernel/sync/futex.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/execve.h"
#include "kernel/task/exit.h"
#include "kernel/task/fork.h"
#include "kernel/task/loader.h"
#include "kernel/task/nursery.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/x86_64/fpu.h"
#include "kernel/x86_64/tls.h"
#include "lib/string.h"
#include "platform/plat.h"

#define FLAGS_START 0x202u /* IF and the bit that is always set */

/* Sharing with other threads' tables ends at exec. */
static int unshare_files(struct thread *t)
{
	struct fdtable *own, *shared = t->files;
	int err = fdtable_copy(shared, &own);

	if (err < 0)
		return err;
	task_lock();
	t->files = own;
	task_unlock();
	fdtable_put(shared);
	return 0;
}

static int fresh_memory(struct process *p)
{
	struct mm *mm, *old_mm;
	int err = mm_create(&mm);

	if (err < 0)
		return err;
	lock_acquire(&p->lock); /* /proc of others may be looking */
	old_mm = p->mm;
	p->mm = mm;
	lock_release(&p->lock);
	mm_host_check(old_mm);
	mm_put(old_mm);
	return 0;
}

int exec_replace(struct exec_image *image, struct regs *regs, struct exec_error *why)
{
	struct thread *t = current();
	struct process *p = t->process;
	struct exec_start start;
	int err = fresh_memory(p);

	if (err < 0)
		return err;
	mm_reset(p->mm, !(boot_block()->flags & BOOT_NO_ASLR) &&
				!(p->attr.personality & LINUX_ADDR_NO_RANDOMIZE));
	err = exec_commit(image, &start, why);
	if (err < 0)
		return err;
	*regs = (struct regs){
		.ip = start.ip,
		.sp = start.sp,
		.flags = FLAGS_START,
		.cs = regs->cs,
		.ss = regs->ss,
		.orig_ax = (u64)-1,
	};
	tls_set_fs(0);
	atomic_store(&p->trap_only, false);
	tls_set_gs(0);
	tls_thread_start();
	return tls_program_start();
}

/* Everything of the old program that is not memory. */
static int leave_old_program(struct thread *t)
{
	struct process *p = t->process;
	int err = threads_end_others();

	if (err < 0)
		return err;
	err = unshare_files(t);
	if (err == 0)
		err = signal_exec();
	if (err < 0)
		return err;
	futex_thread_exit(t);
	t->robust_list = 0;
	t->clear_child_tid = 0;
	t->rseq = 0;
	time_process_exec(p);
	ipc_process_exec(p);
	sys_process_exec(p);
	return 0;
}

/* The new program is about to run: what waited for that. */
static void exec_done(struct thread *t)
{
	fdtable_close_on_exec(t->files);
	atomic_store(&t->process->execed, true);
	waitq_wake_all(&t->process->vfork_wait);
}

/* The rest of a vfork child's execve, in a host process that has nothing of its parent's. */
static NORETURN void exec_blank(struct nursery_task *task)
{
	struct thread *t = task->child;
	struct regs regs = { 0 };
	struct exec_error why;

	t->regs = &regs;
	t->fpu_frame = NULL;
	time_process_started();
	int err = exec_replace(&task->image, &regs, &why);

	exec_image_fini(&task->image);
	if (err < 0)
		process_exit(LINUX_SIGSEGV);
	exec_done(t);
	plat_guest_start(&regs);
}

/* execve of a vfork child by a blank. Returns only when there is none: 0, or -Exxx. */
static int exec_by_blank(struct exec_image *image)
{
	struct nursery_task task = { .child = current(), .image = *image, .run = exec_blank };
	struct blank *b;
	int err;

	/* The end of a call that is traced is written by the thread that began it. */
	if (trace_active)
		return 0;
	b = nursery_take();
	if (b == NULL)
		return 0;
	err = leave_old_program(current());
	if (err < 0) {
		nursery_return(b);
		return err;
	}
	vfork_move(b, &task);
}

static s64 exec_image_run(struct exec_image *image)
{
	struct thread *t = current();
	struct regs *regs = t->regs;
	struct exec_error why;
	int err;

	if (vfork_running()) {
		err = exec_by_blank(image);
		if (err == 0)
			err = vfork_separate();
		if (err < 0)
			return err;
		t = current();
	} else {
		err = threads_end_others();
		if (err == 0 && process_host_shared())
			err = process_host_separate();
		if (err < 0)
			return err;
	}
	err = leave_old_program(t);
	if (err < 0)
		return err;
	err = exec_replace(image, regs, &why);
	exec_image_fini(image);
	if (err < 0) {
		/* Linux: past the point of no return the process dies. */
		process_exit(LINUX_SIGSEGV);
	}
	fpu_reset();
	exec_done(t);
	return 0;
}

static s64 exec_user(int dirfd, uaddr_t path, uaddr_t argv, uaddr_t envp, u32 flags)
{
	struct exec_image image;
	struct exec_error why;
	AUTO_KFREE char *name = NULL;
	int err = copy_in_path(path, &name);

	if (err < 0)
		return err;
	/* Linux: the missing name comes before unknown flags. */
	if (name[0] == '\0' && !(flags & LINUX_AT_EMPTY_PATH))
		return -ENOENT;
	err = exec_prepare_user(dirfd, name, flags, argv, envp, &image, &why);
	if (err < 0)
		return err;
	if (image.check_only) {
		exec_image_fini(&image);
		return 0;
	}
	kfree(TAKE(name)); /* not returned from on success in every case: a vfork parent's stack */
	s64 r = exec_image_run(&image);

	if (r < 0)
		exec_image_fini(&image);
	return r;
}

SYSCALL_DEFINE(execve, uaddr_t, path, uaddr_t, argv, uaddr_t, envp)
{
	return exec_user(LINUX_AT_FDCWD, path, argv, envp, 0);
}

SYSCALL_DEFINE(execveat, int, dirfd, uaddr_t, path, uaddr_t, argv, uaddr_t, envp, u32, flags)
{
	return exec_user(dirfd, path, argv, envp, flags);
}
