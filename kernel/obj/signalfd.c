/*
 * signalfd: pending signals read from a file.
 *
 * OVERVIEW. The file is only a mask: whoever reads takes its own pending signals, the
 * thread's and the process's. Those who wait sleep on a queue that every signal of the
 * reader's process wakes.
 *
 * LINUX BEHAVIOUR. signalfd(2), fs/signalfd.c. An epoll set watches for the process that
 * put the signalfd in.
 */
#include "kernel/obj/signalfd.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "abi/linux/signal.h"
#include "kernel/fs/proc/pseudo.h"
#include "kernel/signal/signal.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/poll.h"

struct signalfd {
	u64 mask; /* a */
};

static void fill(struct linux_signalfd_siginfo *s, const struct linux_siginfo *info)
{
	u64 bit = SIG_BIT(info->si_signo);

	*s = (struct linux_signalfd_siginfo){
		.ssi_signo = (u32)info->si_signo,
		.ssi_errno = info->si_errno,
		.ssi_code = info->si_code,
	};
	if (info->si_code == LINUX_SI_TIMER) {
		s->ssi_tid = (u32)info->timer.id;
		s->ssi_overrun = (u32)info->timer.overrun;
		s->ssi_ptr = info->timer.value;
		s->ssi_int = (s32)info->timer.value;
	} else if (info->si_code > LINUX_SI_USER && (bit & SIGS_SYNCHRONOUS)) {
		s->ssi_addr = info->fault.addr;
		s->ssi_trapno = (u32)info->fault.trapno;
	} else if (info->si_code > LINUX_SI_USER && info->si_signo == LINUX_SIGCHLD) {
		s->ssi_pid = (u32)info->chld.pid;
		s->ssi_uid = info->chld.uid;
		s->ssi_status = info->chld.status;
		s->ssi_utime = (u64)info->chld.utime;
		s->ssi_stime = (u64)info->chld.stime;
	} else if (info->si_code > LINUX_SI_USER && info->si_signo == LINUX_SIGIO) {
		s->ssi_band = (u32)info->poll.band;
		s->ssi_fd = info->poll.fd;
	} else {
		s->ssi_pid = (u32)info->kill.pid;
		s->ssi_uid = info->kill.uid;
		if (info->si_code < 0 && info->si_code != LINUX_SI_TKILL) {
			s->ssi_ptr = info->rt.value;
			s->ssi_int = (s32)info->rt.value;
		}
	}
}

static s64 signalfd_read(struct file *f, struct iter *to, UNUSED u64 *pos)
{
	struct signalfd *sfd = f->private;
	struct thread *t = current();
	struct linux_signalfd_siginfo out;
	struct linux_siginfo info;
	s64 done = 0;
	int sig, err;

	if (to->count < sizeof(out))
		return -EINVAL;
	while (to->count >= sizeof(out)) {
		sig = signal_dequeue(t, atomic_load(&sfd->mask), &info);
		if (sig == 0 && done == 0 && !(f->flags & LINUX_O_NONBLOCK)) {
			err = WAIT_EVENT(signal_readers(t->process), NO_DEADLINE,
					 (sig = signal_dequeue(t, atomic_load(&sfd->mask),
							       &info)) != 0);
			if (err < 0)
				return err;
		}
		if (sig == 0)
			return done == 0 ? -EAGAIN : done;
		fill(&out, &info);
		if (iter_copy_to(to, &out, sizeof(out)) != sizeof(out))
			return done == 0 ? -EFAULT : done;
		done += sizeof(out);
	}
	return done;
}

static u32 signalfd_poll(struct file *f, struct poll_table *pt)
{
	struct signalfd *sfd = f->private;
	struct thread *t = current();

	poll_wait(pt, signal_readers(t->process));
	return signal_pending_set(t) & atomic_load(&sfd->mask) ? LINUX_POLLIN : 0;
}

static void signalfd_release(struct file *f)
{
	kfree(f->private);
}

static void signalfd_info(struct file *f, struct seq *s)
{
	struct signalfd *sfd = f->private;

	seq_print(s, "sigmask:\t%016lx\n", (unsigned long)atomic_load(&sfd->mask));
}

static const struct file_ops signalfd_ops = {
	.info = signalfd_info,
	.read = signalfd_read,
	.seek = file_seek_none,
	.poll = signalfd_poll,
	.release = signalfd_release,
};

int signalfd_create(u64 mask, u32 flags, struct file **ret)
{
	struct signalfd *sfd = kzalloc(sizeof(*sfd));
	int err;

	if (sfd == NULL)
		return -ENOMEM;
	sfd->mask = mask & ~SIGS_UNBLOCKABLE;
	err = file_create_anon(&signalfd_ops, sfd, 0600,
			       LINUX_O_RDWR | (flags & LINUX_SFD_NONBLOCK),
			       "anon_inode:[signalfd]", ret);
	if (err < 0)
		kfree(sfd);
	return err;
}

int signalfd_set(struct file *f, u64 mask)
{
	if (f->ops != &signalfd_ops)
		return -EINVAL;
	struct signalfd *sfd = f->private;

	atomic_store(&sfd->mask, mask & ~SIGS_UNBLOCKABLE);
	waitq_wake_all(signal_readers(current()->process));
	return 0;
}
