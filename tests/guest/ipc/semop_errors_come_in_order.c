/* semop, semtimedop: counts, addresses, numbers, limits. */
#include "sysv.h"

int main(void)
{
	int id = new_sem(2, 0600);
	struct sembuf op = { 0, 1, IPC_NOWAIT }, many[501] = { 0 };
	struct timespec bad = { 0, 1000000000 }, negative = { -1, 0 }, none = { 0, 0 };

	CHECK_ERR(semop(id, &op, 0), EINVAL);
	CHECK_ERR(semop(id, many, 501), E2BIG);
	CHECK_EQ(semop(id, many, 500), 0); /* all wait for zero, which is */
	CHECK_ERR(semop(id, BAD_LOW, 1), EFAULT);
	CHECK_ERR(semop(-1, &op, 1), EINVAL);
	CHECK_ERR(semop(-1, NULL, 1), EFAULT);
	CHECK_ERR(semop(0x7ffffff0, &op, 1), EINVAL);
	CHECK_ERR(semtimedop(id, &op, 1, BAD_LOW), EFAULT);
	CHECK_ERR(semtimedop(id, &op, 1, &bad), EINVAL);
	CHECK_ERR(semtimedop(id, &op, 1, &negative), EINVAL);
	op.sem_num = 2;
	CHECK_ERR(semop(id, &op, 1), EFBIG);
	op = (struct sembuf){ 0, -1, IPC_NOWAIT };
	CHECK_ERR(semop(id, &op, 1), EAGAIN);
	op = (struct sembuf){ 0, -1, 0 };
	CHECK_ERR(semtimedop(id, &op, 1, &none), EAGAIN);
	op = (struct sembuf){ 0, 32767, 0 };
	CHECK_EQ(semop(id, &op, 1), 0);
	op.sem_op = 1;
	CHECK_ERR(semop(id, &op, 1), ERANGE);
	op = (struct sembuf){ 0, 0, IPC_NOWAIT };
	CHECK_ERR(semop(id, &op, 1), EAGAIN);
	op = (struct sembuf){ 1, -32768, SEM_UNDO | IPC_NOWAIT };
	CHECK_ERR(semop(id, &op, 1), EAGAIN);
	CHECK_EQ(semctl(id, 0, GETVAL), 32767);
	CHECK_EQ(semctl(id, 1, GETVAL), 0);
	return TEST_RESULT;
}
