/* PI mutexes: exclusion, EDEADLK, EPERM, ESRCH, time-outs, and a dying owner's waiter. */
#include "../test.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static pthread_mutex_t *shared;
static long counter;

static long futex(uint32_t *word, int op)
{
	return sys6(SYS_futex, (long)word, op, 0, 0, 0, 0);
}

static void *adder(void *mutex)
{
	for (int i = 0; i < 20000; i++) {
		pthread_mutex_lock(mutex);
		counter++;
		pthread_mutex_unlock(mutex);
	}
	return NULL;
}

static void check_raw(void)
{
	uint32_t word = 0;

	CHECK_EQ(futex(&word, FUTEX_UNLOCK_PI), -EPERM);
	CHECK_EQ(futex(&word, FUTEX_LOCK_PI), 0);
	CHECK_EQ(word, gettid());
	CHECK_EQ(futex(&word, FUTEX_LOCK_PI), -EDEADLK);
	CHECK_EQ(futex(&word, FUTEX_TRYLOCK_PI), -EDEADLK);
	CHECK_EQ(futex(&word, FUTEX_UNLOCK_PI), 0);
	CHECK_EQ(word, 0);
	word = 0x3ffffff0;
	CHECK_EQ(futex(&word, FUTEX_LOCK_PI), -ESRCH);
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	pthread_t threads[4];
	pid_t pid;
	int status, locked[2];
	char byte;

	check_raw();
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&mutex, &attr);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, adder, &mutex);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(counter, 80000);

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(shared, &attr);
	REQUIRE(pipe(locked) == 0);
	pid = fork();
	if (pid == 0) {
		pthread_mutex_lock(shared);
		REQUIRE(write(locked[1], "l", 1) == 1);
		usleep(100000);
		_exit(0);
	}
	REQUIRE(read(locked[0], &byte, 1) == 1);
	CHECK_EQ(pthread_mutex_lock(shared), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_consistent(shared), 0);
	CHECK_EQ(pthread_mutex_unlock(shared), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(pthread_mutex_lock(shared), 0);
	return TEST_RESULT;
}
