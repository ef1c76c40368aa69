/* Threads open and close in one table: numbers are never handed out twice. */
#include "../test.h"
#include <fcntl.h>
#include <pthread.h>

static int owner[4096];

static void *worker(void *argument)
{
	int id = (int)(intptr_t)argument;

	for (int i = 0; i < 1000; i++) {
		int fd = open("/dev/null", O_RDWR), none = 0;

		if (fd < 0 || fd >= 4096) {
			test_fail("open gave %d", fd);
			break;
		}
		if (!__atomic_compare_exchange_n(&owner[fd], &none, id, 0, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			test_fail("fd %d was given out twice", fd);
		__atomic_store_n(&owner[fd], 0, __ATOMIC_SEQ_CST);
		if (close(fd) != 0)
			test_fail("close failed");
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[8];

	for (intptr_t i = 0; i < 8; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, (void *)(i + 1)) == 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(open("/dev/null", O_RDONLY), 3);
	return TEST_RESULT;
}
