/* A signal ends the wait with EINTR whatever SA_RESTART says; a time limit with EAGAIN. */
#include "sysv.h"

static long elapsed_ms(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from->tv_sec) * 1000 + (now.tv_nsec - from->tv_nsec) / 1000000;
}

int main(void)
{
	int id = new_sem(1, 0600);
	struct sembuf op = { 0, -1, 0 }, zero = { 0, 0, 0 };
	struct timespec limit = { 0, 50000000 }, from;

	clock_gettime(CLOCK_MONOTONIC, &from);
	CHECK_ERR(semtimedop(id, &op, 1, &limit), EAGAIN);
	CHECK(elapsed_ms(&from) >= 49);
	CHECK_EQ(semctl(id, 0, GETNCNT), 0); /* it waits no more */
	limit.tv_sec = 10;
	start_signals(SA_RESTART);
	CHECK_ERR(semop(id, &op, 1), EINTR);
	CHECK_ERR(semtimedop(id, &op, 1, &limit), EINTR);
	CHECK_EQ(semctl(id, 0, SETVAL, (union semun){ .val = 1 }), 0);
	CHECK_ERR(semop(id, &zero, 1), EINTR);
	CHECK_EQ(semtimedop(id, &op, 1, &limit), 0);
	CHECK_EQ(semctl(id, 0, GETVAL), 0);
	return TEST_RESULT;
}
