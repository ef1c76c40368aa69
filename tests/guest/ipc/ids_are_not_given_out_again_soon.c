/* The number of a removed object stays bad; hundreds of objects at once have distinct ones. */
#include "sysv.h"

#define MANY 200

int main(void)
{
	static int ids[MANY];
	int old[20];

	for (int i = 0; i < 20; i++) {
		old[i] = semget(IPC_PRIVATE, 1, 0600);
		CHECK(old[i] >= 0);
		CHECK_EQ(semctl(old[i], 0, IPC_RMID), 0);
		for (int k = 0; k <= i; k++)
			CHECK_ERR(semctl(old[k], 0, GETVAL), EINVAL);
	}
	for (int i = 0; i < MANY; i++) {
		ids[i] = semget(IPC_PRIVATE, 1, 0600);
		REQUIRE(ids[i] >= 0);
		CHECK_EQ(semctl(ids[i], 0, SETVAL, (union semun){ .val = i }), 0);
	}
	for (int i = 0; i < MANY; i++)
		CHECK_EQ(semctl(ids[i], 0, GETVAL), i);
	for (int i = 0; i < MANY; i += 2)
		CHECK_EQ(semctl(ids[i], 0, IPC_RMID), 0);
	for (int i = 0; i < MANY; i++) {
		if (i % 2 == 0)
			CHECK_ERR(semctl(ids[i], 0, GETVAL), EINVAL);
		else
			CHECK_EQ(semctl(ids[i], 0, IPC_RMID), 0);
	}
	return TEST_RESULT;
}
