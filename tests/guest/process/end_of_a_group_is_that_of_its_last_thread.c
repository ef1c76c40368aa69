/* exit of threads one by one, exit codes, signals to what is left of a group. */
#include <pthread.h>

#include "process.h"

static volatile int leader = 1; /* cleared when the first thread ends, if it asks for that */

static void *later(void *arg)
{
	for (int i = 0; i < 3000 && leader != 0; i++)
		usleep(1000);
	usleep(30000);
	syscall(SYS_exit, (long)arg);
	return NULL;
}

static void *group(void *arg)
{
	usleep(10000);
	syscall(SYS_exit_group, (long)arg);
	return NULL;
}

static void *fault(void *arg)
{
	usleep(10000);
	*(volatile int *)8 = 1;
	return arg;
}

static void *waits(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void start(void *(*fn)(void *), long code)
{
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, fn, (void *)code) == 0);
}

int main(void)
{
	/* Linux: the process's status is that of the thread that ends last. */
	CHECK_EQ(CHILD_RESULT(syscall(SYS_set_tid_address, &leader); start(later, 5);
			      syscall(SYS_exit, 6)), 5);
	CHECK_EQ(CHILD_RESULT(start(group, 7); syscall(SYS_exit, 8)), 7);
	CHECK_EQ(CHILD_RESULT(start(group, 9); for (;;) pause()), 9);
	CHECK_EQ(CHILD_RESULT(start(fault, 0); for (;;) pause()), 128 + SIGSEGV);
	CHECK_EQ(CHILD_RESULT(start(fault, 0); syscall(SYS_exit, 1)), 128 + SIGSEGV);
	CHECK_EQ(CHILD_RESULT(start(later, 1); start(later, 2); _exit(10)), 10);
	/* A group without its leader is there for signals and stays unwaited for. */
	pid_t pid = CHILD(start(waits, 0); syscall(SYS_exit, 3));
	usleep(20000);
	int status;
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(kill(pid, SIGTERM), 0);
	CHECK_EQ(WTERMSIG(status_of(pid)), SIGTERM);
	return TEST_RESULT;
}
