/* semget: counts, keys, flags and their errors. */
#include "sysv.h"

int main(void)
{
	key_t key = free_key();
	int id;

	CHECK_ERR(semget(IPC_PRIVATE, -1, IPC_CREAT | 0600), EINVAL);
	CHECK_ERR(semget(IPC_PRIVATE, 32001, IPC_CREAT | 0600), EINVAL);
	CHECK_ERR(semget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
	CHECK_ERR(semget(key, 1, 0600), ENOENT);
	id = keep('s', semget(key, 3, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_ERR(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	CHECK_ERR(semget(key, 4, 0600), EINVAL);
	CHECK_EQ(semget(key, 0, 0), id);
	CHECK_EQ(semget(key, 3, IPC_CREAT | 0600), id);
	keep('s', semget(IPC_PRIVATE, 32000, 0600));
	return TEST_RESULT;
}
