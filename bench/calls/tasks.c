/*
 * Threads and processes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

static const char *program;

static void *thread(void *arg)
{
	return arg;
}

static void one_thread(void)
{
	static char mark;
	pthread_t t;
	void *r;

	need(pthread_create(&t, NULL, thread, &mark) == 0 && pthread_join(t, &r) == 0 && r == &mark,
	     "thread");
}

static void ended(pid_t pid, int expected)
{
	int status;

	need(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		     WEXITSTATUS(status) == expected, "process");
}

static void one_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(3);
	ended(pid, 3);
}

static void one_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	ended(pid, 0);
}

static void one_spawn(void)
{
	char *const argv[] = { (char *)program, NULL };
	pid_t pid;

	need(posix_spawn(&pid, program, NULL, NULL, argv, environ) == 0, "posix_spawn");
	ended(pid, 0);
}

/* size bytes that are there; the stores are volatile, since nobody reads what they store. */
static char *touched(size_t size)
{
	char *block = malloc(size);
	struct rusage use;

	need(block != NULL, "malloc");
	for (size_t i = 0; i < size; i += 4096)
		*(volatile char *)(block + i) = 1;
	need(getrusage(RUSAGE_SELF, &use) == 0 && (size_t)use.ru_maxrss >= size >> 10, "memory");
	return block;
}

void measure_tasks(const char *small)
{
	char *block;

	program = small;
	measure("thread-create+join", one_thread, 200);
	measure("fork+exit+wait", one_fork, 100);
	measure("vfork+exec", one_vfork, 60);
	measure("spawn+exec", one_spawn, 60);
	block = touched(200u << 20);
	measure("fork-200MB", one_fork, 4);
	measure("spawn-200MB", one_spawn, 10);
	free(block);
}
