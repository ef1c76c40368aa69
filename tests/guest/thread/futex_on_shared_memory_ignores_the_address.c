/* Two mappings of one file: a shared futex is the page, not the address. */
#include "../test.h"
#include "waiters.h"
#include <fcntl.h>
#include <sys/mman.h>

static void *wait_shared(void *argument)
{
	return (void *)sys6(SYS_futex, (long)argument, FUTEX_WAIT, 0, 0, 0, 0);
}

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	const struct timespec pause = { 0, 1000000 };
	pthread_t thread;
	long woken = 0;
	void *result;
	int *a, *b;

	REQUIRE(fd >= 0 && ftruncate(fd, PAGE) == 0);
	a = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(a != MAP_FAILED && b != MAP_FAILED && a != b);
	REQUIRE(pthread_create(&thread, NULL, wait_shared, a) == 0);
	for (int i = 0; i < 5000 && woken == 0; i++) {
		woken = sys3(SYS_futex, b, FUTEX_WAKE, 1);
		nanosleep(&pause, NULL);
	}
	CHECK_EQ(woken, 1);
	if (woken != 1)
		return TEST_RESULT;
	pthread_join(thread, &result);
	CHECK_EQ(result, 0);
	return TEST_RESULT;
}
