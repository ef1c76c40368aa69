/* Segments of another user: reading, writing, controlling. */
#include "sysv.h"

static int secret, readable, writable, given;

static void visitor(void)
{
	struct shmid_ds ds;

	CHECK_ERR(shmat(secret, NULL, SHM_RDONLY), EACCES);
	CHECK_ERR(shmctl(secret, IPC_STAT, &ds), EACCES);
	CHECK_ERR(shmctl(secret, IPC_RMID, NULL), EPERM);
	CHECK_ERR(shmctl(secret, SHM_LOCK, NULL), EPERM);
	CHECK(shmat(readable, NULL, SHM_RDONLY) != (void *)-1);
	CHECK_ERR(shmat(readable, NULL, 0), EACCES);
	CHECK_ERR(shmat(readable, NULL, SHM_RDONLY | SHM_EXEC), EACCES);
	CHECK_EQ(shmctl(readable, IPC_STAT, &ds), 0);
	CHECK_ERR(shmctl(readable, IPC_SET, &ds), EPERM);
	CHECK(shmat(writable, NULL, 0) != (void *)-1);
	CHECK_ERR(shmctl(writable, IPC_RMID, NULL), EPERM);
	CHECK(shmat(given, NULL, 0) != (void *)-1); /* by its owner, not its maker */
	CHECK_EQ(shmctl(given, IPC_RMID, NULL), 0);
}

int main(void)
{
	struct shmid_ds ds;

	if (geteuid() != 0)
		skip("needs root to become somebody else");
	secret = new_shm(4096, 0600);
	readable = new_shm(4096, 0604);
	writable = new_shm(4096, 0666);
	given = new_shm(4096, 0600);
	REQUIRE(shmctl(given, IPC_STAT, &ds) == 0);
	ds.shm_perm.uid = 65534;
	CHECK_EQ(shmctl(given, IPC_SET, &ds), 0);
	if (!as_nobody(visitor))
		skip("may not become another user");
	return TEST_RESULT;
}
