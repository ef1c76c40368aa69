/* Arrays of another user. */
#include "sysv.h"

static int secret, readable, writable;

static void visitor(void)
{
	struct sembuf up = { 0, 1, 0 }, zero = { 0, 0, IPC_NOWAIT };
	struct semid_ds ds;
	union semun arg = { .buf = &ds };

	CHECK_ERR(semop(secret, &up, 1), EACCES);
	CHECK_ERR(semop(secret, &zero, 1), EACCES);
	CHECK_ERR(semctl(secret, 0, GETVAL), EACCES);
	CHECK_ERR(semctl(secret, 0, IPC_STAT, arg), EACCES);
	CHECK_ERR(semctl(secret, 0, IPC_RMID), EPERM);
	CHECK_EQ(semop(readable, &zero, 1), 0);
	CHECK_ERR(semop(readable, &up, 1), EACCES);
	CHECK_EQ(semctl(readable, 0, GETVAL), 0);
	CHECK_ERR(semctl(readable, 0, SETVAL, (union semun){ .val = 1 }), EACCES);
	CHECK_EQ(semop(writable, &up, 1), 0);
	CHECK_EQ(semctl(writable, 0, SETVAL, (union semun){ .val = 3 }), 0);
	CHECK_EQ(semctl(writable, 0, IPC_STAT, arg), 0);
	CHECK_ERR(semctl(writable, 0, IPC_SET, arg), EPERM);
}

int main(void)
{
	if (geteuid() != 0)
		skip("needs root to become somebody else");
	secret = new_sem(1, 0600);
	readable = new_sem(1, 0604);
	writable = new_sem(1, 0606);
	if (!as_nobody(visitor))
		skip("may not become another user");
	return TEST_RESULT;
}
