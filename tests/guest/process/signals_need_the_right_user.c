/* kill, tkill, tgkill, sigqueue: bad numbers, other users, SIGCONT within a session. */
#include <limits.h>

#include "process.h"

static int ends[2];

static void ready(void)
{
	CHECK_EQ(write(ends[1], "r", 1), 1);
}

static void until_ready(void)
{
	char byte;

	CHECK_EQ(read(ends[0], &byte, 1), 1);
}

static long queue(pid_t pid, int sig, int code)
{
	siginfo_t info = { .si_signo = sig, .si_code = code };

	return sys3(SYS_rt_sigqueueinfo, pid, sig, &info);
}

int main(void)
{
	pid_t self = getpid();

	REQUIRE(pipe(ends) == 0);
	CHECK_ERR(kill(self, -1), EINVAL);
	CHECK_ERR(kill(self, 65), EINVAL);
	CHECK_EQ(kill(self, 0), 0);
	CHECK_ERR(kill(INT_MAX, 0), ESRCH);
	CHECK_ERR(kill(INT_MIN, 0), ESRCH);
	CHECK_ERR(kill(-0x3ffffe, 0), ESRCH);
	CHECK_EQ(sys2(SYS_tkill, 0, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_tkill, -1, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_tkill, 0x3ffffe, 0), -ESRCH);
	CHECK_EQ(sys2(SYS_tkill, self, 65), -EINVAL);
	CHECK_EQ(sys3(SYS_tgkill, 0, self, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_tgkill, self, 0, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_tgkill, 1, self, 0), -ESRCH);
	CHECK_EQ(sys3(SYS_tgkill, self, self, 0), 0);
	/* Only to oneself may one claim to be the kernel or kill(). */
	pid_t pid = CHILD(for (;;) pause());
	CHECK_EQ(queue(pid, 0, SI_QUEUE), 0);
	CHECK_EQ(queue(pid, SIGUSR1, SI_USER), -EPERM);
	CHECK_EQ(queue(pid, SIGUSR1, SI_TKILL), -EPERM);
	CHECK_EQ(queue(pid, SIGUSR1, 5), -EPERM);
	CHECK_EQ(queue(pid, 65, SI_QUEUE), -EINVAL);
	CHECK_EQ(queue(0x3ffffe, SIGUSR1, SI_QUEUE), -ESRCH);
	CHECK_EQ(sys3(SYS_rt_sigqueueinfo, pid, SIGUSR1, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys4(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys4(SYS_rt_tgsigqueueinfo, 0, pid, SIGUSR1, BAD_HIGH), -EFAULT);
	siginfo_t info = { .si_code = SI_QUEUE };
	CHECK_EQ(sys4(SYS_rt_tgsigqueueinfo, 0, pid, SIGUSR1, &info), -EINVAL);
	CHECK_EQ(sys4(SYS_rt_tgsigqueueinfo, self, pid, SIGUSR1, &info), -ESRCH);
	signal(SIGUSR1, SIG_IGN);
	CHECK_EQ(queue(self, SIGUSR1, SI_USER), 0);
	CHECK_EQ(queue(self, SIGUSR1, 5), 0);
	if (getuid() != 0)
		skip("the rest needs root to become others");
	CHECK_EQ(CHILD_RESULT({
		pid_t other = CHILD(CHECK_EQ(setuid(1001), 0); ready(); for (;;) pause());
		until_ready();
		CHECK_EQ(setresuid(1000, 1000, 1000), 0);
		CHECK_ERR(kill(other, SIGTERM), EPERM);
		CHECK_ERR(kill(other, 0), EPERM);
		CHECK_EQ(sys3(SYS_tgkill, other, other, SIGTERM), -EPERM);
		CHECK_EQ(queue(other, SIGTERM, SI_QUEUE), -EPERM);
		CHECK_EQ(kill(other, SIGCONT), 0); /* the same session */
		CHECK_ERR(kill(pid, SIGTERM), EPERM); /* root's */
		_exit(TEST_RESULT ? 1 : kill(other, 0) == -1 ? 77 : 2);
	}), 77);
	/* The real or effective user against the real or saved one. */
	CHECK_EQ(CHILD_RESULT({
		pid_t a = CHILD({
			CHECK_EQ(setresuid(1001, 1002, 1003), 0);
			ready();
			for (;;)
				pause();
		});
		until_ready();
		CHECK_EQ(CHILD_RESULT(if (setresuid(1001, 5, 5)) {} _exit(kill(a, 0) != 0)), 0);
		CHECK_EQ(CHILD_RESULT(if (setresuid(5, 1003, 5)) {} _exit(kill(a, 0) != 0)), 0);
		CHECK_EQ(CHILD_RESULT(if (setresuid(5, 1002, 5)) {} _exit(kill(a, 0) == 0)), 0);
		CHECK_EQ(CHILD_RESULT(if (setresuid(5, 5, 1001)) {} _exit(kill(a, 0) == 0)), 0);
		kill(a, SIGKILL);
		_exit(TEST_RESULT);
	}), 0);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(kill(pid, 0), 0); /* a zombie is still somebody */
	status_of(pid);
	CHECK_ERR(kill(pid, 0), ESRCH);
	return TEST_RESULT;
}
