/* shmctl: bad ids, commands and buffers; what IPC_STAT and IPC_SET tell and change. */
#include "sysv.h"

static void check_fields(int id, key_t key)
{
	struct shmid_ds ds;
	time_t now = time(NULL);

	memset(&ds, 0xaa, sizeof(ds));
	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	CHECK_EQ(ds.shm_perm.__key, key);
	CHECK_EQ(ds.shm_perm.uid, geteuid());
	CHECK_EQ(ds.shm_perm.cuid, geteuid());
	CHECK_EQ(ds.shm_perm.gid, getegid());
	CHECK_EQ(ds.shm_perm.mode, 0640);
	CHECK_EQ(ds.shm_segsz, 5000);
	CHECK_EQ(ds.shm_cpid, getpid());
	CHECK_EQ(ds.shm_lpid, 0);
	CHECK_EQ(ds.shm_nattch, 0);
	CHECK_EQ(ds.shm_atime, 0);
	CHECK_EQ(ds.shm_dtime, 0);
	CHECK(ds.shm_ctime >= now - 5 && ds.shm_ctime <= now + 1);
}

int main(void)
{
	key_t key = free_key();
	struct shmid_ds ds;
	int id;

	CHECK_ERR(shmctl(-1, IPC_STAT, &ds), EINVAL);
	CHECK_ERR(shmctl(0x7ffffff0, IPC_STAT, &ds), EINVAL);
	CHECK_ERR(shmctl(0x7ffffff0, IPC_RMID, NULL), EINVAL);
	CHECK_ERR(shmctl(0, -1, &ds), EINVAL);
	CHECK_ERR(shmctl(-1, IPC_INFO, &ds), EINVAL);
	id = keep('m', shmget(key, 5000, IPC_CREAT | 0640));
	CHECK_ERR(shmctl(id, 9999, &ds), EINVAL);
	CHECK_ERR(shmctl(id, IPC_STAT, BAD_LOW), EFAULT);
	CHECK_ERR(shmctl(id, IPC_STAT, NULL), EFAULT);
	CHECK_ERR(shmctl(id, IPC_SET, BAD_HIGH), EFAULT);
	CHECK_ERR(shmctl(0x7ffffff0, IPC_SET, NULL), EFAULT); /* the buffer comes first */
	check_fields(id, key);

	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	ds.shm_perm.mode = 07604;
	ds.shm_segsz = 77;
	CHECK_EQ(shmctl(id, IPC_SET, &ds), 0);
	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	CHECK_EQ(ds.shm_perm.mode, 0604);
	CHECK_EQ(ds.shm_segsz, 5000);
	ds.shm_perm.uid = ~0u;
	CHECK_ERR(shmctl(id, IPC_SET, &ds), EINVAL);
	CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
	CHECK_ERR(shmctl(id, IPC_RMID, NULL), EINVAL);
	CHECK_ERR(shmctl(id, IPC_STAT, &ds), EINVAL);
	return TEST_RESULT;
}
