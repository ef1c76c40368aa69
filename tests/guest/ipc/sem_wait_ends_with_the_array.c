/* IPC_RMID wakes every sleeper with EIDRM, and so does nothing else. */
#include "sysv.h"

static int id;

static void sleeper(void)
{
	struct sembuf s = { 0, -1, SEM_UNDO };

	CHECK_ERR(semop(id, &s, 1), EIDRM);
	CHECK_ERR(semop(id, &s, 1), EINVAL);
}

int main(void)
{
	pid_t pid[3];

	id = new_sem(1, 0600);
	for (int i = 0; i < 3; i++)
		pid[i] = child(sleeper);
	for (int i = 0; i < 6000 && semctl(id, 0, GETNCNT) != 3; i++)
		pause_ms(5);
	CHECK_EQ(semctl(id, 0, IPC_RMID), 0);
	for (int i = 0; i < 3; i++)
		child_ok(pid[i]);
	return TEST_RESULT;
}
