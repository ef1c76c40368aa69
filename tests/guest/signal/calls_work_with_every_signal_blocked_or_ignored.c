/*
 * Calls, faults in calls and clock reads do not depend on the program's own mask and actions
 * for SIGSYS, SIGSEGV, SIGTRAP and the rest.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "../test.h"

static void *in_thread(void *arg)
{
	for (int i = 0; i < 100; i++)
		if (syscall(SYS_getpid) != getpid())
			test_fail("getpid in a thread");
	return arg;
}

static void work(void)
{
	/* A fresh site each time: code that nobody has called from yet. */
	static const unsigned char code[] = { 0xb8, SYS_getpid, 0, 0, 0, 0x0f, 0x05, 0xc3 };
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct timespec t;
	pthread_t thread;

	REQUIRE(p != MAP_FAILED);
	memcpy(p, code, sizeof(code));
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
	CHECK_EQ(((int (*)(void))p)(), getpid());
	CHECK_EQ(sys3(SYS_write, 1, BAD_HIGH, 1), -EFAULT);
	CHECK_EQ(sys3(SYS_write, 1, p + PAGE - 1, 0), 0);
	CHECK_EQ(sys2(SYS_clock_gettime, CLOCK_MONOTONIC, BAD_LOW), -EFAULT);
	CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	munmap(p, PAGE);
	REQUIRE(pthread_create(&thread, NULL, in_thread, NULL) == 0);
	pthread_join(thread, NULL);
	pid_t pid = fork();
	if (pid == 0)
		_exit(syscall(SYS_getpid) == getpid() ? 0 : 1);
	int status = -1;
	CHECK_EQ(sys4(SYS_wait4, pid, &status, 0, NULL), pid);
	CHECK_EQ(status, 0);
}

int main(void)
{
	unsigned long all = ~0ul;
	struct sigaction sa = { .sa_handler = SIG_IGN };

	work();
	CHECK_EQ(sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8), 0);
	work();
	for (int sig = 1; sig < 65; sig++)
		if (sig != SIGCHLD)
			sigaction(sig, &sa, NULL);
	work();
	all = 0;
	CHECK_EQ(sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8), 0);
	work();
	return TEST_RESULT;
}
