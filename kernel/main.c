/*
 * The kernel's start, the first guest process, and the reaper.
 *
 * OVERVIEW. The process the broker started becomes the reaper: pid 1 of the sandbox, without
 * a program. It builds the shared state, closes the jail, forks the first guest process
 * (pid 2) and then only waits: for guest processes to end on the host, and for the user's
 * signals, which it hands to the first process.
 *
 * LOCKING. Once guests run, the reaper's first thread takes no lock: a process that was killed
 * may have held any of them, and it is this thread that must notice. What needs locks is done
 * by a helper thread (helper_main).
 */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/wait.h"
#include "kernel/boot.h"
#include "kernel/debug/trace.h"
#include "kernel/fs/host/host.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mm/heap_internal.h"
#include "kernel/mm/mm.h"
#include "kernel/net/net.h"
#include "kernel/signal/signal.h"
#include "kernel/sync/futex.h"
#include "kernel/sys/dispatch.h"
#include "kernel/sys/stats.h"
#include "kernel/task/execve.h"
#include "kernel/task/exit.h"
#include "kernel/task/fork.h"
#include "kernel/task/kthread.h"
#include "kernel/task/nursery.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "kernel/tty/tty.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "kernel/x86_64/text.h"
#include "kernel/x86_64/tls.h"
#include "lib/string.h"
#include "platform/plat.h"

#define EXIT_FAILED BOOT_EXIT_FAILED
#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND 127

/* Start-up errors of the kernel itself end the sandbox with one line. */
static void must(int err, const char *what)
{
	if (err < 0) {
		plat_fail(-err, EXIT_FAILED, "%s", what);
		plat_process_exit(EXIT_FAILED);
	}
}

/* Signals the user's shell ignores stay ignored, as over any exec. */
static int first_sighand(struct process *p)
{
	int err = sighand_create(&p->sighand);

	for (int sig = 1; err == 0 && sig <= LINUX_NSIG; sig++)
		if (boot_block()->ignored_signals & SIG_BIT(sig))
			p->sighand->action[sig].handler = LINUX_SIG_IGN;
	return err;
}

/* A process with one thread for the caller: the reaper, then the first guest. */
static struct thread *task_new(struct process *creator, s32 pid)
{
	struct process *p;
	struct thread *t;

	must(process_create(creator, pid, &p), "cannot create a process");
	if (creator == NULL)
		must(first_sighand(p), "cannot create signal state");
	else
		must(sighand_copy(creator->sighand, &p->sighand), "cannot create signal state");
	must(thread_create(p, NULL, p->pid, &t), "cannot create a thread");
	t->attr.nice = boot_block()->nice;
	task_lock();
	process_set_parent_locked(p, creator);
	thread_publish_locked(t);
	task_unlock();
	return t;
}

static void adopt_stack(struct thread *t)
{
	u64 sp = (u64)__builtin_frame_address(0);
	struct kstack_top *top = (struct kstack_top *)((sp | (KSTACK_SIZE - 1)) + 1) - 1;

	top->thread = t;
	t->kstack = top;
}

static void open_stream(plat_fd_t host_fd, u32 flags, int fd)
{
	struct file *f;

	must(host_stream_open(host_fd, flags, &f), "cannot use a stream of the caller's");
	must(fd_replace(fd, f, 0), "cannot use a stream of the caller's");
}

/* The user's descriptors 0, 1, 2, where they are open, and what else was passed. */
static void open_streams(void)
{
	const struct boot_block *b = boot_block();

	for (int fd = 0; fd < 3; fd++)
		if (b->stream_flags[fd] != BOOT_STREAM_CLOSED)
			open_stream(fd, b->stream_flags[fd], fd);
	for (u32 i = 0; i < b->passed_count; i++)
		open_stream(BOOT_FD_PASSED + (plat_fd_t)i, b->passed_flags[i],
			    (int)b->passed_number[i]);
}

/* execvp's search: each directory of PATH; the last error but ENOENT is remembered. */
static int prepare_by_path(const char *name, struct exec_image *image, struct exec_error *why)
{
	const struct boot_block *b = boot_block();
	const char *env = boot_string(b->env), *dirs = "/usr/local/bin:/usr/bin:/bin";
	char *full = kzalloc(VFS_PATH_MAX);
	int result = -ENOENT;

	must(full == NULL ? -ENOMEM : 0, "cannot search PATH");
	for (u32 i = 0; i < b->envc; i++, env += strlen(env) + 1)
		if (str_has_prefix(env, "PATH="))
			dirs = env + 5;
	for (const char *dir = dirs;; dir++) {
		size_t len = 0;

		while (dir[len] != '\0' && dir[len] != ':')
			len++;
		if (len + 1 + strlen(name) < VFS_PATH_MAX) {
			memcpy(full, dir, len);
			full[len] = '\0';
			if (len > 0)
				full[len++] = '/';
			str_copy(full + len, name, VFS_PATH_MAX - len);
			len = len > 0 ? len - 1 : 0;
			int err = exec_prepare_kernel(full, b->argc, boot_string(b->argv), b->envc,
						      boot_string(b->env), image, why);

			if (err == 0 || (err != -ENOENT && err != -ENOTDIR && err != -EACCES)) {
				kfree(full);
				return err;
			}
			if (err == -EACCES)
				result = err;
		}
		dir += len;
		if (*dir == '\0')
			break;
	}
	kfree(full);
	return result;
}

static NORETURN void first_process(void)
{
	const struct boot_block *b = boot_block();
	const char *name = boot_string(b->program);
	struct exec_image image;
	struct exec_error why = { 0 };
	struct regs regs = { 0 };
	int err;

	tty_first_process();
	open_streams();
	time_process_started();
	if (strchr(name, '/') != NULL)
		err = exec_prepare_kernel(name, b->argc, boot_string(b->argv), b->envc,
					  boot_string(b->env), &image, &why);
	else
		err = prepare_by_path(name, &image, &why);
	if (err == 0) {
		err = exec_replace(&image, &regs, &why);
		exec_image_fini(&image);
	}
	if (err < 0) {
		plat_fail(-err, err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN,
			  "%s", why.text);
		plat_process_exit(EXIT_CANNOT_RUN);
	}
	plat_started();
	current()->regs = &regs;
	if (trace_active)
		trace_first_exec(current());
	tls_thread_start();
	plat_guest_start(&regs);
}

static void outside_look(void)
{
	signal_send_outside(sandbox->reaper);
}

/* A thread of the reaper: hands on the user's signals and makes processes and threads. */
static void helper_main(UNUSED void *arg)
{
	nursery_main(outside_look);
}

static NORETURN void sandbox_end(void)
{
	if (boot_block()->flags & BOOT_LOG)
		stats_report_unknown();
	text_report_kept(&trace_region->sites);
	if (boot_block()->flags & BOOT_STATS)
		text_report(&trace_region->sites);
	plat_ended(sandbox->status, sandbox->calls, sandbox->host_calls);
	plat_process_exit(0);
}

static NORETURN void reap(void)
{
	for (;;) {
		s32 pid;
		int status;

		if (atomic_load(&sandbox->left))
			sandbox_end();
		int err = plat_wait_child(&pid, &status);

		if (err == -EINTR)
			continue;
		if (err < 0)
			panic("no guest process left, and none of them told how it ended");
		if (status != 0) {
			plat_log("host process %d died without ending its guest: wait status 0x%x",
				 pid, status);
			plat_process_exit(EXIT_FAILED);
		}
		graveyard_clear(pid);
		if (sandbox->ended)
			sandbox_end();
	}
}

NORETURN void kernel_main(void)
{
	heap_init();
	must(plat_start(), "cannot reach the broker");
	must(sandbox_create(), "no memory");
	must(futex_init(), "no memory");
	must(signal_init(), "no memory");
	must(ipc_init(), "no memory");
	struct thread *reaper = task_new(NULL, PID_REAPER);

	sandbox->reaper = reaper->process;
	sandbox->last_pid = PID_REAPER;
	adopt_stack(reaper);
	must(time_init(), "no memory");
	must(fdtable_create(&reaper->files), "no memory");
	must(vfs_init(), "cannot build the view of files");
	must(net_init(), "no memory");
	must(tty_init(), "no memory");
	must(nursery_init(), "no memory");
	must(text_init(), "no memory");
	dispatch_init();
	mm_host_init();
	must(plat_jail(), "cannot close the jail");

	struct thread *first = task_new(reaper->process, 0);

	first->files = reaper->files;
	first->fs = reaper->fs;
	reaper->files = NULL;
	reaper->fs = NULL;
	must(mm_create(&first->process->mm), "no memory");
	sandbox->first = process_get(first->process);
	int pid = process_host_fork(first, PLAT_FORK_FIRST);

	must(pid, "cannot start the first process");
	if (pid == 0)
		first_process();
	must(kthread_start(helper_main, NULL), "cannot start a helper thread");
	reap();
}
