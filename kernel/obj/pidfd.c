/* pidfds: descriptors that name a process. pidfd_open, pidfd_send_signal, pidfd_getfd. */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/pidfd.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/exit.h"
#include "kernel/task/table.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/poll.h"
#include "lib/string.h"

#define PIDFD_NONBLOCK LINUX_O_NONBLOCK

static u32 pidfd_poll(struct file *f, struct poll_table *pt)
{
	struct process *p = f->private;

	poll_wait(pt, &p->end_wait);
	return atomic_load(&p->zombie) ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
}

static void pidfd_release(struct file *f)
{
	process_put(f->private);
}

static int pidfd_describe(UNUSED struct file *f, char *buf, size_t size)
{
	return (int)str_copy(buf, "anon_inode:[pidfd]", size);
}

/* Linux: -1 once it has been waited for. */
static void pidfd_info(struct file *f, struct seq *s)
{
	struct process *p = f->private;

	task_lock();
	s32 pid = list_empty(&p->all_link) ? -1 : p->pid;

	task_unlock();
	seq_print(s, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static const struct file_ops pidfd_ops = {
	.info = pidfd_info,
	.seek = file_seek_none,
	.poll = pidfd_poll,
	.release = pidfd_release,
	.describe = pidfd_describe,
};

void pidfd_notify(struct process *p)
{
	waitq_wake_all(&p->end_wait);
}

/* The process behind an open pidfd, referenced. */
static int pidfd_process(int fd, struct process **ret)
{
	AUTO_FILE f = fd_get(fd);

	if (f == NULL || f->ops != &pidfd_ops)
		return -EBADF;
	*ret = process_get(f->private);
	return 0;
}

/* Linux: for sending signals an open directory /proc/PID will do as well. */
static int signalled_process(int fd, struct process **ret)
{
	AUTO_FILE f = fd_get(fd);

	if (f == NULL)
		return -EBADF;
	if (f->ops != &pidfd_ops)
		return proc_file_process(f, ret);
	*ret = process_get(f->private);
	return 0;
}

int pidfd_waited(int fd, struct process **ret, bool *ret_nonblock)
{
	AUTO_FILE f = fd_get(fd);

	if (f == NULL || f->ops != &pidfd_ops)
		return -EBADF;
	*ret_nonblock = f->flags & PIDFD_NONBLOCK;
	*ret = process_get(f->private);
	return 0;
}

int pidfd_create(struct process *p, u32 flags, struct file **ret)
{
	process_get(p);
	int err = file_create_anon(&pidfd_ops, p, 0600, LINUX_O_RDWR | (flags & PIDFD_NONBLOCK),
				   "[pidfd]", ret);

	if (err < 0)
		process_put(p);
	return err;
}

SYSCALL_DEFINE(pidfd_open, int, pid, u32, flags)
{
	struct file *f;

	if (flags & ~(u32)PIDFD_NONBLOCK || pid <= 0)
		return -EINVAL;
	struct process *p = process_find(pid);

	if (p == NULL) {
		struct thread *t = thread_find(pid);

		/* Linux: a thread that does not lead its group cannot be named. */
		thread_put(t);
		return t != NULL ? -EINVAL : -ESRCH;
	}
	int err = pidfd_create(p, flags, &f);

	process_put(p);
	return err < 0 ? err : fd_install_new(f, LINUX_O_CLOEXEC);
}

SYSCALL_DEFINE(pidfd_send_signal, int, fd, int, sig, uaddr_t, uinfo, u32, flags)
{
	struct linux_siginfo info;
	struct process *p;

	if (flags != 0)
		return -EINVAL;
	int err = signalled_process(fd, &p);

	if (err < 0)
		return err;
	if (uinfo != 0) {
		err = copy_in_struct(&info, uinfo);
		if (err == 0 && info.si_signo != sig)
			err = -EINVAL;
		/* Only the kernel says where a signal comes from; to oneself one may lie. */
		if (err == 0 && p != current()->process &&
		    (info.si_code >= 0 || info.si_code == LINUX_SI_TKILL))
			err = -EPERM;
	} else {
		signal_info_user(&info, sig, LINUX_SI_USER);
	}
	if (err == 0)
		err = signal_check_permission(p, sig);
	if (err == 0 && atomic_load(&p->zombie))
		err = -ESRCH;
	if (err == 0 && sig != 0)
		err = signal_send_process(p, &info);
	process_put(p);
	return err;
}

SYSCALL_DEFINE(pidfd_getfd, int, fd, int, target, u32, flags)
{
	struct process *p;
	struct file *f = NULL;

	if (flags != 0)
		return -EINVAL;
	int err = pidfd_process(fd, &p);

	if (err < 0)
		return err;
	bool allowed = proc_may_inspect(p) == 0;

	task_lock();
	/* Any thread's table will do: threads of a process share it as good as always. */
	struct thread *t = list_empty(&p->threads) ?
				   NULL :
				   list_first(&p->threads, struct thread, group_link);
	struct fdtable *ft = t != NULL && t->files != NULL ? fdtable_get(t->files) : NULL;

	task_unlock();
	process_put(p);
	if (ft == NULL)
		return -ESRCH;
	if (!allowed) {
		fdtable_put(ft);
		return -EPERM;
	}
	if (target < 0 || fdtable_next(ft, target, &f, NULL) != target) {
		file_put(f);
		fdtable_put(ft);
		return -EBADF;
	}
	fdtable_put(ft);
	return fd_install_new(f, LINUX_O_CLOEXEC);
}
