/* Sleepers get what they ask for when it is there; counts of them; zero is waited for. */
#include "sysv.h"

static int id, done[2];

static void take(int number, int op, char name)
{
	struct sembuf s = { (unsigned short)number, (short)op, 0 };

	CHECK_EQ(semop(id, &s, 1), 0);
	CHECK_EQ(write(done[1], &name, 1), 1);
}

static void takes_three(void)
{
	take(0, -3, 'a');
}

static void takes_one(void)
{
	take(0, -1, 'b');
}

static void waits_for_zero(void)
{
	take(0, 0, 'z');
}

static void wait_for_sleepers(int cmd, int count)
{
	for (int i = 0; i < 6000 && semctl(id, 0, cmd) != count; i++)
		pause_ms(5);
	CHECK_EQ(semctl(id, 0, cmd), count);
}

static void give(int n)
{
	struct sembuf s = { 0, (short)n, 0 };

	CHECK_EQ(semop(id, &s, 1), 0);
}

int main(void)
{
	pid_t three, one, zero;
	char c;

	id = new_sem(1, 0600);
	REQUIRE(pipe(done) == 0);
	three = child(takes_three);
	wait_for_sleepers(GETNCNT, 1);
	one = child(takes_one);
	wait_for_sleepers(GETNCNT, 2);
	CHECK_EQ(semctl(id, 0, GETZCNT), 0);
	give(2); /* too little for the first: the second is served */
	CHECK(read(done[0], &c, 1) == 1 && c == 'b');
	child_ok(one);
	CHECK_EQ(semctl(id, 0, GETVAL), 1);
	CHECK_EQ(semctl(id, 0, GETPID), one); /* done on its behalf */
	zero = child(waits_for_zero);
	wait_for_sleepers(GETZCNT, 1);
	CHECK_EQ(semctl(id, 0, GETNCNT), 1);
	CHECK_EQ(semctl(id, 0, SETVAL, (union semun){ .val = 3 }), 0); /* wakes, too */
	for (int i = 0; i < 2; i++)
		CHECK_EQ(read(done[0], &c, 1), 1);
	child_ok(three);
	child_ok(zero);
	CHECK_EQ(semctl(id, 0, GETVAL), 0);
	CHECK_EQ(semctl(id, 0, GETNCNT) + semctl(id, 0, GETZCNT), 0);
	return TEST_RESULT;
}
