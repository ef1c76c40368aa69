/* semctl: bad ids, numbers, values, buffers; IPC_STAT, IPC_SET, SEM_STAT, the limits. */
#include "sysv.h"

static void check_fields(int id)
{
	struct semid_ds ds;
	union semun arg = { .buf = &ds };
	time_t now = time(NULL);

	memset(&ds, 0xaa, sizeof(ds));
	REQUIRE(semctl(id, 0, IPC_STAT, arg) == 0);
	CHECK_EQ(ds.sem_nsems, 3);
	CHECK_EQ(ds.sem_otime, 0);
	CHECK(ds.sem_ctime >= now - 5 && ds.sem_ctime <= now + 1);
	CHECK_EQ(ds.sem_perm.mode, 0600);
	CHECK_EQ(ds.sem_perm.cuid, geteuid());
	ds.sem_perm.mode = 0644;
	CHECK_EQ(semctl(id, 0, IPC_SET, arg), 0);
	ds.sem_perm.mode = 0;
	CHECK_EQ(semctl(id, 0, IPC_STAT, arg), 0);
	CHECK_EQ(ds.sem_perm.mode, 0644);
}

static void check_lists(int id)
{
	struct semid_ds ds;
	struct seminfo info;
	union semun buf = { .buf = &ds }, limits = { .info = &info };
	int max = semctl(0, 0, IPC_INFO, limits), found = 0;

	CHECK(max >= 0);
	CHECK_EQ(info.semmni, 32000);
	CHECK_EQ(info.semmsl, 32000);
	CHECK_EQ(info.semmns, 1024000000);
	CHECK_EQ(info.semopm, 500);
	CHECK_EQ(info.semvmx, 32767);
	CHECK_EQ(info.semaem, 32767);
	CHECK_EQ(info.semume, 500);
	CHECK_EQ(info.semmap, 1024000000);
	CHECK_EQ(info.semmnu, 1024000000);
	CHECK_EQ(info.semusz, 20);
	CHECK_EQ(semctl(0, 0, SEM_INFO, limits), max);
	CHECK(info.semusz >= 1 && info.semaem >= 3);
	for (int i = 0; i <= max; i++)
		if (semctl(i, 0, SEM_STAT, buf) == id) {
			found++;
			CHECK_EQ(ds.sem_nsems, 3);
		}
	CHECK_EQ(found, 1);
}

int main(void)
{
	int id = new_sem(3, 0600);
	unsigned short values[3] = { 1, 2, 3 }, back[3];
	union semun arg = { .buf = NULL };

	CHECK_ERR(semctl(-1, 0, GETVAL), EINVAL);
	CHECK_ERR(semctl(0x7ffffff0, 0, GETVAL), EINVAL);
	CHECK_ERR(semctl(id, 0, 9999), EINVAL);
	CHECK_ERR(semctl(id, 3, GETVAL), EINVAL);
	CHECK_ERR(semctl(id, -1, GETPID), EINVAL);
	CHECK_ERR(semctl(id, 3, SETVAL, (union semun){ .val = 1 }), EINVAL);
	CHECK_ERR(semctl(id, 0, SETVAL, (union semun){ .val = -1 }), ERANGE);
	CHECK_ERR(semctl(id, 0, SETVAL, (union semun){ .val = 32768 }), ERANGE);
	CHECK_ERR(semctl(0x7ffffff0, 0, SETVAL, (union semun){ .val = 32768 }), ERANGE);
	CHECK_ERR(semctl(id, 0, IPC_STAT, arg), EFAULT);
	CHECK_ERR(semctl(id, 0, IPC_SET, arg), EFAULT);
	CHECK_ERR(semctl(id, 0, GETALL, arg), EFAULT);
	CHECK_ERR(semctl(id, 0, SETALL, arg), EFAULT);
	check_fields(id);
	check_lists(id);
	arg.array = values;
	CHECK_EQ(semctl(id, 99, SETALL, arg), 0); /* the number is not looked at */
	values[1] = 40000;
	CHECK_ERR(semctl(id, 0, SETALL, arg), ERANGE);
	arg.array = back;
	CHECK_EQ(semctl(id, 0, GETALL, arg), 0);
	CHECK(back[0] == 1 && back[1] == 2 && back[2] == 3);
	CHECK_EQ(semctl(id, 1, SETVAL, (union semun){ .val = 32767 }), 0);
	CHECK_EQ(semctl(id, 1, GETVAL), 32767);
	CHECK_EQ(semctl(id, 1, GETPID), getpid());
	CHECK_EQ(semctl(id, 0, IPC_RMID), 0);
	CHECK_ERR(semctl(id, 0, IPC_RMID), EINVAL);
	CHECK_ERR(semctl(id, 0, GETVAL), EINVAL);
	return TEST_RESULT;
}
