/* A removed segment is gone with its last attachment: by shmdt, by exit, by exec. */
#include "sysv.h"
#include <sys/wait.h>

static int id;

static void attach_and_exit(void)
{
	CHECK(shmat(id, NULL, 0) != (void *)-1);
	CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
}

static void attach_and_exec(void)
{
	attach_and_exit();
	execl("/proc/self/exe", "x", "end", NULL);
	_exit(9);
}

int main(int argc, char **argv)
{
	struct shmid_ds ds;
	void *p;

	(void)argv;
	if (argc > 1)
		return 0;
	id = new_shm(4096, 0600);
	p = shmat(id, NULL, 0);
	CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
	CHECK_EQ(shmctl(id, IPC_STAT, &ds), 0);
	CHECK_EQ(shmdt(p), 0);
	CHECK_ERR(shmctl(id, IPC_STAT, &ds), EINVAL);
	CHECK_ERR(shmat(id, NULL, 0), EINVAL);
	id = new_shm(4096, 0600);
	child_ok(child(attach_and_exit));
	CHECK_ERR(shmctl(id, IPC_STAT, &ds), EINVAL);
	id = new_shm(4096, 0600);
	child_ok(child(attach_and_exec));
	CHECK_ERR(shmctl(id, IPC_STAT, &ds), EINVAL);
	return TEST_RESULT;
}
