/* RLIMIT_NPROC: a user's processes and threads, zombies too; root is free. */
#include <pthread.h>
#include <sys/resource.h>

#include "process.h"

static void *waits(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	struct rlimit two = { 2, 2 };
	pthread_t t;

	if (getuid() != 0)
		skip("needs root to become somebody without processes");
	CHECK_EQ(CHILD_RESULT({
		CHECK_EQ(setrlimit(RLIMIT_NPROC, &two), 0);
		for (int i = 0; i < 5; i++)
			CHECK_EQ(CHILD_RESULT(_exit(i)), i); /* root */
		CHECK_EQ(setuid(54321), 0);
		pid_t pid = CHILD(pause());
		CHECK_ERR(fork(), EAGAIN);
		CHECK_ERR(vfork(), EAGAIN);
		CHECK_EQ(pthread_create(&t, NULL, waits, NULL), EAGAIN);
		kill(pid, SIGKILL);
		siginfo_t info;
		CHECK_EQ(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
		CHECK_ERR(fork(), EAGAIN); /* a zombie counts */
		CHECK_EQ(waitpid(pid, NULL, 0), pid);
		CHECK_EQ(pthread_create(&t, NULL, waits, NULL), 0);
		CHECK_ERR(fork(), EAGAIN);
		CHECK_EQ(sys6(SYS_tgkill, getpid(), getpid(), 0, 0, 0, 0), 0);
		_exit(TEST_RESULT);
	}), 0);
	return TEST_RESULT;
}
