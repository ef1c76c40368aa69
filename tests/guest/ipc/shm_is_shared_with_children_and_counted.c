/* Attachments pass through fork, end with exec and exit, and are counted all the while. */
#include "sysv.h"
#include <sys/mman.h>

static int id;
static volatile int *p;

static unsigned long attached(void)
{
	struct shmid_ds ds;

	return shmctl(id, IPC_STAT, &ds) == 0 ? ds.shm_nattch : ~0UL;
}

static void other(void)
{
	int *again = shmat(id, NULL, 0);

	CHECK_EQ(attached(), 3);
	CHECK_EQ(*p, 5);
	CHECK(again != (void *)-1 && *again == 5);
	*again = 6;
	CHECK_EQ(shmdt((void *)p), 0);
	CHECK_EQ(attached(), 2);
	CHECK_EQ(*again, 6);
}

static void runs_another(void)
{
	execl("/proc/self/exe", "x", "sleep", NULL);
	_exit(9);
}

int main(int argc, char **argv)
{
	struct shmid_ds ds;
	pid_t pid;

	(void)argv;
	if (argc > 1) { /* the program exec runs: nothing is attached */
		pause_ms(200);
		return 0;
	}
	id = new_shm(100000, 0600);
	p = shmat(id, NULL, 0);
	REQUIRE(p != (void *)-1);
	CHECK_EQ(attached(), 1);
	*p = 5;
	pid = child(other);
	child_ok(pid);
	CHECK_EQ(*p, 6);
	CHECK_EQ(attached(), 1);
	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	CHECK_EQ(ds.shm_lpid, pid);
	CHECK(ds.shm_atime != 0 && ds.shm_dtime != 0);
	pid = child(runs_another);
	for (int i = 0; i < 3000 && attached() != 1; i++)
		pause_ms(10); /* until it has exec'ed */
	CHECK_EQ(attached(), 1);
	child_ok(pid);
	CHECK_EQ(munmap((void *)p, 4096), 0); /* cut at the front: still attached */
	CHECK_EQ(attached(), 1);
	CHECK_EQ(shmdt((char *)p), 0); /* Linux: what is left of it goes */
	CHECK_EQ(attached(), 0);
	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	CHECK_EQ(ds.shm_lpid, getpid());
	return TEST_RESULT;
}
