/* Several operations at once: in order, on one semaphore more than once, undone as a whole. */
#include "sysv.h"

static int id;

static void expect(int a, int b, int c)
{
	CHECK_EQ(semctl(id, 0, GETVAL), a);
	CHECK_EQ(semctl(id, 1, GETVAL), b);
	CHECK_EQ(semctl(id, 2, GETVAL), c);
}

int main(void)
{
	struct sembuf add[] = { { 0, 2, 0 }, { 1, 3, 0 } };
	struct sembuf fails[] = { { 0, -1, 0 }, { 1, -3, 0 }, { 2, -1, IPC_NOWAIT } };
	struct sembuf twice[] = { { 0, -2, 0 }, { 0, 0, IPC_NOWAIT }, { 0, 5, 0 }, { 1, -1, 0 } };
	struct sembuf first_up[] = { { 2, 1, 0 }, { 2, -1, IPC_NOWAIT } };
	struct sembuf over[] = { { 1, 1, 0 }, { 2, 32767, 0 }, { 2, 1, 0 } };
	struct semid_ds ds;

	id = new_sem(3, 0600);
	CHECK_EQ(semop(id, add, 2), 0);
	expect(2, 3, 0);
	CHECK_ERR(semop(id, fails, 3), EAGAIN);
	expect(2, 3, 0);
	CHECK_EQ(semop(id, twice, 4), 0);
	expect(5, 2, 0);
	CHECK_EQ(semop(id, first_up, 2), 0);
	expect(5, 2, 0);
	CHECK_ERR(semop(id, over, 3), ERANGE);
	expect(5, 2, 0);
	CHECK_EQ(semctl(id, 2, GETPID), getpid());
	CHECK_EQ(semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds }), 0);
	CHECK(ds.sem_otime != 0);
	return TEST_RESULT;
}
