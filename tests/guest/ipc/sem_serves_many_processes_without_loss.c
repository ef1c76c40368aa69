/* A lock of one semaphore, and a queue of two, under contention of processes and threads. */
#include "sysv.h"
#include <pthread.h>

#define ROUNDS 500

static int id;
static volatile long *count;

static void step(int number, int value)
{
	struct sembuf s = { (unsigned short)number, (short)value, SEM_UNDO };

	CHECK_EQ(semop(id, &s, 1), 0);
}

static void *add(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		step(0, -1);
		(*count)++;
		step(0, 1);
	}
	return unused;
}

static void adder(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, add, NULL);
	add(NULL);
	pthread_join(thread, NULL);
}

int main(void)
{
	int shm = new_shm(sizeof(*count), 0600);
	pid_t pid[3];

	count = shmat(shm, NULL, 0);
	id = new_sem(1, 0600);
	REQUIRE(count != (void *)-1 && semctl(id, 0, SETVAL, (union semun){ .val = 1 }) == 0);
	for (int i = 0; i < 3; i++)
		pid[i] = child(adder);
	for (int i = 0; i < 3; i++)
		child_ok(pid[i]);
	CHECK_EQ(*count, 3 * 2 * ROUNDS);
	CHECK_EQ(semctl(id, 0, GETVAL), 1);
	return TEST_RESULT;
}
