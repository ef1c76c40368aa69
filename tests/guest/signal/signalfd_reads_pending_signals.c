/* signalfd: order, fields, polling, blocking until a signal comes, errors. */
#include "../test.h"
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

int main(void)
{
	struct signalfd_siginfo info[2];
	struct pollfd p;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p.fd = signalfd(-1, &set, SFD_CLOEXEC);
	p.events = POLLIN;
	REQUIRE(p.fd >= 0);
	CHECK_EQ(poll(&p, 1, 0), 0);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 5 });
	kill(getpid(), SIGUSR2);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(read(p.fd, info, sizeof(info)), sizeof(info));
	CHECK_EQ(info[0].ssi_signo, SIGUSR2);
	CHECK_EQ(info[0].ssi_pid, getpid());
	CHECK_EQ(info[1].ssi_signo, SIGRTMIN);
	CHECK_EQ(info[1].ssi_code, SI_QUEUE);
	CHECK_EQ(info[1].ssi_int, 5);
	pid = fork();
	if (pid == 0) {
		usleep(20000);
		kill(getppid(), SIGUSR2);
		_exit(0);
	}
	CHECK_EQ(read(p.fd, info, sizeof(info)), sizeof(info[0]));
	CHECK_EQ(info[0].ssi_pid, pid);
	waitpid(pid, NULL, 0);
	CHECK_ERR(read(p.fd, info, 5), EINVAL);
	CHECK_ERR(signalfd(0, &set, 0), EINVAL);
	CHECK_ERR(signalfd(-1, &set, 99), EINVAL);
	CHECK_ERR(signalfd(999, &set, 0), EBADF);
	return TEST_RESULT;
}
