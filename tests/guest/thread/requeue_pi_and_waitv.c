/* FUTEX_WAIT_REQUEUE_PI with FUTEX_CMP_REQUEUE_PI, and futex_waitv. */
#include "../test.h"
#include <linux/futex.h>
#include <dirent.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#define NR_FUTEX_WAITV 449

static uint32_t condition, lock, first, second;

static long futex(uint32_t *word, int op, long value, long count, uint32_t *word2, long value3)
{
	return sys6(SYS_futex, (long)word, op, value, count, (long)word2, value3);
}

static void *requeued(void *ret)
{
	long r = futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, 0, &lock, 0);

	if (r == 0) {
		r = (lock & FUTEX_TID_MASK) == (uint32_t)gettid() ? 0 : -1;
		futex(&lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0);
	}
	*(long *)ret = r;
	return NULL;
}

static bool others_sleep(void)
{
	DIR *d = opendir("/proc/self/task");
	bool all = true;

	REQUIRE(d != NULL);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char path[300], text[512] = "";
		FILE *f;

		if (e->d_name[0] == '.' || atoi(e->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/stat", e->d_name);
		f = fopen(path, "r");
		REQUIRE(f != NULL && fgets(text, sizeof(text), f) != NULL);
		fclose(f);
		all &= strstr(text, ") S ") != NULL;
	}
	closedir(d);
	return all;
}

/* Until the other threads wait, which they do for one thing only. */
static void until_others_sleep(void)
{
	for (int i = 0, asleep = 0; i < 5000 && asleep < 20; i++) {
		usleep(2000);
		asleep = others_sleep() ? asleep + 1 : 0;
	}
}

struct waitv {
	uint64_t value, address;
	uint32_t flags, reserved;
};

static void *wakes_second(void *unused)
{
	usleep(30000);
	second = 1;
	futex(&second, FUTEX_WAKE, 1, 0, NULL, 0);
	return unused;
}

static void check_waitv(void)
{
	struct waitv v[2] = { { 0, (uintptr_t)&first, 2, 0 }, { 0, (uintptr_t)&second, 2, 0 } };
	struct timespec past = { 0, 0 };
	pthread_t t;

	CHECK_EQ(sys5(NR_FUTEX_WAITV, v, 2, 0, &past, CLOCK_MONOTONIC), -ETIMEDOUT);
	pthread_create(&t, NULL, wakes_second, NULL);
	CHECK_EQ(sys5(NR_FUTEX_WAITV, v, 2, 0, NULL, CLOCK_MONOTONIC), 1);
	pthread_join(t, NULL);
	CHECK_EQ(sys5(NR_FUTEX_WAITV, v, 2, 0, NULL, CLOCK_MONOTONIC), -EAGAIN);
	CHECK_EQ(sys5(NR_FUTEX_WAITV, v, 0, 0, NULL, CLOCK_MONOTONIC), -EINVAL);
	CHECK_EQ(sys5(NR_FUTEX_WAITV, v, 2, 1, NULL, CLOCK_MONOTONIC), -EINVAL);
	CHECK_EQ(sys5(NR_FUTEX_WAITV, BAD_LOW, 2, 0, NULL, CLOCK_MONOTONIC), -EFAULT);
	v[1].reserved = 1;
	CHECK_EQ(sys5(NR_FUTEX_WAITV, v, 2, 0, NULL, CLOCK_MONOTONIC), -EINVAL);
}

int main(void)
{
	long results[3] = { 9, 9, 9 };
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, requeued, &results[i]);
	until_others_sleep();
	CHECK_EQ(futex(&condition, FUTEX_CMP_REQUEUE_PI, 2, 9, &lock, 0), -EINVAL);
	CHECK_EQ(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, 9, &lock, 7), -EAGAIN);
	CHECK_EQ(futex(&condition, FUTEX_WAKE, 1, 0, NULL, 0), -EINVAL);
	CHECK_EQ(futex(&lock, FUTEX_LOCK_PI, 0, 0, NULL, 0), 0);
	CHECK_EQ(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, 9, &lock, 0), 3);
	CHECK_EQ(futex(&lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		CHECK_EQ(results[i], 0);
	}
	check_waitv();
	return TEST_RESULT;
}
