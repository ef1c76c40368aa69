/* IPC_RMID with attachments: the key is free, the memory stays, also in children, then goes. */
#include "sysv.h"

static int id, ready[2];
static volatile int *p;

static void holds_it(void)
{
	char c;

	CHECK_EQ(read(ready[0], &c, 1), 1);
	CHECK_EQ(*p, 77);
	*p = 78;
}

int main(void)
{
	key_t key = free_key();
	struct shmid_ds ds;
	pid_t pid;
	int second;

	id = keep('m', shmget(key, 4096, IPC_CREAT | 0600));
	p = shmat(id, NULL, 0);
	REQUIRE(p != (void *)-1 && pipe(ready) == 0);
	pid = child(holds_it);
	*p = 77;
	CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
	CHECK_ERR(shmget(key, 0, 0), ENOENT);
	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	CHECK_EQ(ds.shm_perm.mode, 01600); /* SHM_DEST */
	CHECK_EQ(ds.shm_perm.__key, IPC_PRIVATE);
	CHECK_EQ(ds.shm_nattch, 2);
	second = keep('m', shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600));
	CHECK(second != id);
	CHECK(shmat(id, NULL, 0) != (void *)-1); /* Linux: as long as it is there */
	CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0); /* again is harmless */
	CHECK_EQ(write(ready[1], "x", 1), 1);
	child_ok(pid);
	CHECK_EQ(*p, 78);
	CHECK_EQ(shmdt((void *)p), 0);
	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	CHECK_EQ(ds.shm_nattch, 1);
	return TEST_RESULT; /* the second attachment ends with us, and the segment with it */
}
