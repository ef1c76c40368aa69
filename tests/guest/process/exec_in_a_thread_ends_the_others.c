/* A thread that execs becomes the leader: same pid, alone; the others are gone. */
#include <dirent.h>
#include <pthread.h>

#include "process.h"

static char **own_argv;

static void *spin(void *arg)
{
	for (volatile long n = 0;; n++)
		;
	return arg;
}

static void *sleeps(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *execs(void *arg)
{
	char *again[] = { own_argv[0], arg, NULL };

	usleep(10000);
	execv(own_argv[0], again);
	_exit(9);
}

static int after(const char *pid)
{
	struct dirent *e;
	int threads = 0;
	DIR *d;

	CHECK_EQ(getpid(), atoi(pid));
	CHECK_EQ(syscall(SYS_gettid), getpid());
	d = opendir("/proc/self/task");
	REQUIRE(d != NULL);
	while ((e = readdir(d)) != NULL)
		threads += e->d_name[0] != '.';
	CHECK_EQ(threads, 1);
	return TEST_RESULT ? 1 : 33;
}

int main(int argc, char **argv)
{
	own_argv = argv;
	if (argc > 1)
		return after(argv[1]);
	for (int round = 0; round < 10; round++) {
		CHECK_EQ(CHILD_RESULT({
			pthread_t t;
			char pid[20];

			snprintf(pid, sizeof(pid), "%d", getpid());
			pthread_create(&t, NULL, spin, NULL);
			pthread_create(&t, NULL, sleeps, NULL);
			pthread_create(&t, NULL, execs, pid);
			if (round % 3 == 0)
				spin(NULL);
			if (round % 3 == 1)
				pthread_exit(NULL); /* a zombie when the other execs */
			sleeps(NULL);
		}), 33);
	}
	/* Several at once: one of them wins. */
	for (int round = 0; round < 5; round++) {
		CHECK_EQ(CHILD_RESULT({
			pthread_t t;
			char pid[20];

			snprintf(pid, sizeof(pid), "%d", getpid());
			for (int i = 0; i < 4; i++)
				pthread_create(&t, NULL, execs, pid);
			sleeps(NULL);
		}), 33);
	}
	return TEST_RESULT;
}
