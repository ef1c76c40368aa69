/* SIGKILL and exit while processes and threads wait in semop, msgrcv, mq_receive. */
#include "mqueue.h"
#include <pthread.h>

static int sem, msg;
static mqd_t q;

static void in_semop(void)
{
	struct sembuf s = { 0, -1, SEM_UNDO };

	semop(sem, &s, 1);
}

static void in_msgrcv(void)
{
	char buf[100];

	msgrcv(msg, buf, 50, 5, 0);
}

static void in_mq_receive(void)
{
	char buf[100];

	mq_receive(q, buf, 100, NULL);
}

static void in_two_threads(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, (void *(*)(void *))(void (*)(void))in_semop, NULL);
	pause_ms(30);
	_exit(0);
}

static void kill_it(void (*fn)(void))
{
	pid_t pid = child(fn);

	pause_ms(30);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	struct { long type; char text[8]; } m = { 5, "x" };
	char buf[100];

	sem = new_sem(1, 0600);
	msg = new_msg(0600);
	q = new_queue(2, 16, O_NONBLOCK);
	for (int i = 0; i < 3; i++) {
		kill_it(in_semop);
		kill_it(in_msgrcv);
		fcntl(q, F_SETFL, 0);
		kill_it(in_mq_receive);
		fcntl(q, F_SETFL, O_NONBLOCK);
		child_ok(child(in_two_threads));
	}
	CHECK_EQ(semctl(sem, 0, GETNCNT), 0);
	CHECK_EQ(semctl(sem, 0, SETVAL, (union semun){ .val = 1 }), 0);
	CHECK_EQ(semctl(sem, 0, GETVAL), 1);
	CHECK_EQ(msgsnd(msg, &m, 1, 0), 0);
	CHECK_EQ(msgrcv(msg, &m, 8, 5, IPC_NOWAIT), 1);
	CHECK_EQ(mq_send(q, "x", 1, 0), 0);
	CHECK_EQ(mq_receive(q, buf, 100, NULL), 1);
	return TEST_RESULT;
}
