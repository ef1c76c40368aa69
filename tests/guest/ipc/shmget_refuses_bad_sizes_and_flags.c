/* shmget: sizes, keys, flags and their errors; when an existing segment serves. */
#include "sysv.h"

int main(void)
{
	key_t key = free_key();
	int id;

	CHECK_ERR(shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
	CHECK_ERR(shmget(IPC_PRIVATE, ~0UL, IPC_CREAT | 0600), EINVAL);
	CHECK_ERR(shmget(IPC_PRIVATE, 1UL << 62, IPC_CREAT | 0600), ENOMEM);
	CHECK_ERR(shmget(key, 4096, 0600), ENOENT);
	CHECK_ERR(shmget(key, 4096, IPC_EXCL | 0600), ENOENT);
	id = keep('m', shmget(key, 10000, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_ERR(shmget(key, 10000, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	CHECK_ERR(shmget(key, 10001, 0600), EINVAL);
	CHECK_ERR(shmget(key, 12288, 0600), EINVAL); /* not rounded */
	CHECK_EQ(shmget(key, 10000, 0600), id);
	CHECK_EQ(shmget(key, 1, IPC_CREAT | 0600), id);
	CHECK_EQ(shmget(key, 0, 0), id);
	CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
	CHECK_ERR(shmget(key, 0, 0), ENOENT);
	return TEST_RESULT;
}
