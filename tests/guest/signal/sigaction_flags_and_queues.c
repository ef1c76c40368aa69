/* Queued values, order by number, SA_NODEFER, SA_RESETHAND, SA_EXPOSE_TAGBITS; signalfd forms. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include "../test.h"

static int order[100], count;
static volatile int depth, deepest, raised;

static void record(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	order[count++] = info->si_value.sival_int;
}

static void nests(int sig)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (raised++ < 3)
		raise(sig);
	depth--;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = record, .sa_flags = SA_SIGINFO };
	struct signalfd_siginfo got[4];
	sigset_t set, old;

	for (int sig = SIGRTMIN; sig < SIGRTMIN + 3; sig++)
		sigaction(sig, &sa, NULL);
	sigemptyset(&set);
	for (int sig = SIGRTMIN; sig < SIGRTMIN + 3; sig++)
		sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 0; i < 4; i++)
		for (int sig = 2; sig >= 0; sig--)
			CHECK_EQ(sigqueue(getpid(), SIGRTMIN + sig,
					  (union sigval){ .sival_int = sig * 10 + i }), 0);
	sa.sa_mask = set;
	for (int sig = SIGRTMIN; sig < SIGRTMIN + 3; sig++)
		sigaction(sig, &sa, NULL); /* one after the other */
	sigprocmask(SIG_SETMASK, &old, NULL);
	CHECK_EQ(count, 12);
	for (int i = 0; i < 12; i++)
		printf("%d ", order[i]);
	printf("\n");
	struct sigaction plain = { .sa_handler = nests };
	sigaction(SIGUSR1, &plain, NULL);
	raise(SIGUSR1);
	CHECK_EQ(deepest, 1);
	plain.sa_flags = SA_NODEFER;
	depth = deepest = raised = 0;
	sigaction(SIGUSR1, &plain, NULL);
	raise(SIGUSR1);
	CHECK_EQ(deepest, 4);
	plain.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
	plain.sa_handler = SIG_IGN;
	sigaction(SIGUSR1, &plain, NULL);
	raise(SIGUSR1);
	/* Unknown flags are cleared, as SA_UNSUPPORTED is for asking. */
	struct sigaction back;
	plain.sa_flags = 0x400 | SA_RESTART;
	sigaction(SIGUSR2, &plain, NULL);
	sigaction(SIGUSR2, NULL, &back);
	CHECK_EQ(back.sa_flags & (0x400 | SA_RESTART), SA_RESTART);
	/* signalfd: many at once, in order; a changed mask; errors. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_ERR(signalfd(-1, &set, 1), EINVAL);
	CHECK_ERR(signalfd(0, &set, 0), EINVAL);
	CHECK_ERR(signalfd(999, &set, 0), EBADF);
	CHECK_EQ(sys4(SYS_signalfd4, -1, &set, 4, 0), -EINVAL);
	CHECK_EQ(sys4(SYS_signalfd4, -1, BAD_HIGH, 8, 0), -EFAULT);
	CHECK_ERR(read(fd, got, sizeof(got)), EAGAIN);
	CHECK_ERR(read(fd, got, 10), EINVAL);
	for (int i = 0; i < 5; i++)
		sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = i });
	CHECK_EQ(read(fd, got, sizeof(got)), sizeof(got));
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(got[i].ssi_signo, SIGRTMIN + 1);
		CHECK_EQ(got[i].ssi_int, i);
		CHECK_EQ(got[i].ssi_code, SI_QUEUE);
		CHECK_EQ(got[i].ssi_pid, getpid());
	}
	CHECK_EQ(sys3(SYS_read, fd, BAD_HIGH, sizeof(got)), -EFAULT);
	while (read(fd, got, sizeof(got)) > 0)
		; /* whether that one is lost has changed between releases */
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	CHECK_EQ(signalfd(fd, &set, 0), fd);
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 1 });
	struct pollfd p = { .fd = fd, .events = POLLIN };
	CHECK_EQ(poll(&p, 1, 0), 0);
	return TEST_RESULT;
}
