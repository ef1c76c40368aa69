/*
 * Signals: what the terminal and others send to the command goes on to the guest.
 *
 * OVERVIEW. The jail is a session of its own, so the terminal signals only the broker. It
 * takes them from a signalfd and sends them on as BOOT_KICK_SIGNAL with the number as its
 * value. Before the kernel is up there is nobody to receive them: then they end the sandbox,
 * and so does the third SIGINT that somebody sends within a second.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/session.h"

static const int wanted[] = { SIGINT,  SIGTERM,	 SIGHUP,  SIGQUIT, SIGTSTP,
			      SIGCONT, SIGWINCH, SIGUSR1, SIGUSR2, SIGALRM };

#define IMPATIENCE_NS 1000000000ull

/* Signals that were ignored when we started stay ignored (nohup). */
bool signals_prepare(struct session *s)
{
	u64 ignored = s->block->ignored_signals;

	sigemptyset(&s->forwarded);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!(ignored & (u64)1 << (wanted[i] - 1)))
			sigaddset(&s->forwarded, wanted[i]);
	sigprocmask(SIG_BLOCK, &s->forwarded, &s->old_mask);
	signal(SIGPIPE, SIG_IGN);
	s->signal_fd = signalfd(-1, &s->forwarded, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd >= 0;
}

void kick_process(int pidfd, u32 value)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = BOOT_KICK_SIGNAL;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = (int)value;
	syscall(SYS_pidfd_send_signal, pidfd, BOOT_KICK_SIGNAL, &info, 0);
}

/* End every process of the sandbox. */
void session_kill(struct session *s)
{
	if (s->died)
		return;
	s->killed = true;
	syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
	/* Without a pid namespace the others do not end with the first: all are its group. */
	kill(-s->pid, SIGKILL);
	for (struct channel *c = s->channels; c != NULL; c = c->next)
		if (c->pidfd >= 0)
			syscall(SYS_pidfd_send_signal, c->pidfd, SIGKILL, NULL, 0);
}

static bool impatient(struct session *s)
{
	u64 now = now_ns();
	bool third = s->interrupts[1] != 0 && now - s->interrupts[1] < IMPATIENCE_NS;

	s->interrupts[1] = s->interrupts[0];
	s->interrupts[0] = now;
	return third;
}

/* typed: from a key of the terminal. A program may ignore as many of those as it likes. */
static void forward(struct session *s, int sig, bool typed)
{
	if (s->ended || s->died)
		return;
	if (s->booted && (typed || sig != SIGINT || !impatient(s))) {
		kick_process(s->pidfd, (u32)sig | (typed ? BOOT_KICK_TYPED : 0));
		return;
	}
	if (sig == SIGCONT || sig == SIGWINCH)
		return;
	if (sig == SIGTSTP) {
		kill(getpid(), SIGSTOP);
		return;
	}
	s->ended = true;
	s->exit_status = 128 + sig;
	session_kill(s);
}

void signals_serve(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info))
		forward(s, (int)info.ssi_signo, info.ssi_code == SI_KERNEL);
}
