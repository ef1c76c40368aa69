/* SEM_UNDO: taken back at exit and by death, kept by exec, forgotten by SETVAL, clamped. */
#include "sysv.h"
#include <pthread.h>

static int id;

static void op(int number, int value, int flags)
{
	struct sembuf s = { (unsigned short)number, (short)value, (short)flags };

	CHECK_EQ(semop(id, &s, 1), 0);
}

static void adds_and_takes(void)
{
	op(0, 5, SEM_UNDO);
	op(0, -2, SEM_UNDO);
	op(1, -4, SEM_UNDO);
	op(2, 7, 0);
	CHECK_EQ(semctl(id, 0, GETVAL), 3);
}

static void is_killed(void)
{
	op(1, -4, SEM_UNDO);
	raise(SIGKILL);
}

static void execs(void)
{
	op(1, -4, SEM_UNDO);
	execl("/proc/self/exe", "x", "end", NULL);
}

static void set_in_between(void)
{
	op(0, 5, SEM_UNDO);
	CHECK_EQ(semctl(id, 0, SETVAL, (union semun){ .val = 1 }), 0);
}

static void cannot_go_below_zero(void)
{
	op(0, 5, SEM_UNDO);
	op(0, -4, 0);
}

static void *thread_adds(void *unused)
{
	op(0, 5, SEM_UNDO);
	return unused;
}

static void threads_share(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_adds, NULL);
	pthread_join(thread, NULL);
	CHECK_EQ(semctl(id, 0, GETVAL), 5); /* the thread has ended, the process has not */
	op(0, -1, SEM_UNDO);
}

static void fork_inherits_nothing(void)
{
	op(0, 5, SEM_UNDO);
	if (fork() == 0)
		_exit(0);
	wait(NULL);
	CHECK_EQ(semctl(id, 0, GETVAL), 5);
}

static void wakes_the_waiting(void)
{
	op(2, -4, SEM_UNDO);
	pause_ms(100);
}

static void set(int a, int b, int c)
{
	unsigned short values[3] = { (unsigned short)a, (unsigned short)b, (unsigned short)c };

	CHECK_EQ(semctl(id, 0, SETALL, (union semun){ .array = values }), 0);
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status;

	(void)argv;
	if (argc > 1)
		return 0;
	id = new_sem(3, 0600);
	set(0, 4, 0);
	pid = child(adds_and_takes);
	child_ok(pid);
	CHECK_EQ(semctl(id, 0, GETVAL), 0);
	CHECK_EQ(semctl(id, 1, GETVAL), 4);
	CHECK_EQ(semctl(id, 2, GETVAL), 7);
	CHECK_EQ(semctl(id, 0, GETPID), pid);
	waitpid(child(is_killed), &status, 0);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(semctl(id, 1, GETVAL), 4);
	child_ok(child(execs));
	CHECK_EQ(semctl(id, 1, GETVAL), 4);
	child_ok(child(set_in_between));
	CHECK_EQ(semctl(id, 0, GETVAL), 1);
	set(0, 0, 0);
	child_ok(child(cannot_go_below_zero));
	CHECK_EQ(semctl(id, 0, GETVAL), 0);
	child_ok(child(threads_share));
	CHECK_EQ(semctl(id, 0, GETVAL), 0);
	child_ok(child(fork_inherits_nothing));
	CHECK_EQ(semctl(id, 0, GETVAL), 0);
	set(0, 0, 4);
	pid = child(wakes_the_waiting);
	while (semctl(id, 2, GETVAL) != 0)
		pause_ms(1);
	op(2, -4, 0); /* gets what the child gives back */
	child_ok(pid);
	return TEST_RESULT;
}
