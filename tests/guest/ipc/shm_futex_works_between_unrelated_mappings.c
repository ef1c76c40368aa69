/* Futexes and mutexes in a segment that processes have at different places. */
#include "sysv.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

struct shared {
	int word;
	long count;
	pthread_mutex_t mutex;
};

static int id;
static struct shared *mine;

static void waker(void)
{
	struct shared *s = shmat(id, NULL, 0);

	CHECK(s != mine);
	until_asleep(getppid());
	s->word = 1;
	CHECK_EQ(syscall(SYS_futex, &s->word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
}

static void counter(void)
{
	struct shared *s = shmat(id, NULL, 0);

	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&s->mutex);
		s->count++;
		pthread_mutex_unlock(&s->mutex);
	}
}

int main(void)
{
	const struct timespec limit = { 10, 0 };
	pthread_mutexattr_t attr;
	pid_t pid[3];

	id = new_shm(sizeof(struct shared), 0600);
	mine = shmat(id, NULL, 0);
	REQUIRE(mine != (void *)-1);
	pid[0] = child(waker);
	while (mine->word == 0)
		CHECK(syscall(SYS_futex, &mine->word, FUTEX_WAIT, 0, &limit, NULL, 0) == 0 ||
		      errno == EAGAIN);
	child_ok(pid[0]);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&mine->mutex, &attr);
	for (int i = 0; i < 3; i++)
		pid[i] = child(counter);
	for (int i = 0; i < 3; i++)
		child_ok(pid[i]);
	CHECK_EQ(mine->count, 6000);
	return TEST_RESULT;
}
