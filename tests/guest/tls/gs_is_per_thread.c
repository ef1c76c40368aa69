/* Each thread has its own GS; a new thread inherits its creator's. */
#include "../test.h"
#include <asm/prctl.h>
#include <pthread.h>
#include <sys/syscall.h>

static unsigned long area[9][8];

static unsigned long gs_word(void)
{
	unsigned long value;

	__asm__ volatile("mov %%gs:8, %0" : "=r"(value)::"memory");
	return value;
}

static void *worker(void *argument)
{
	unsigned long *mine = argument, base = 0;

	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
	CHECK_EQ(base, area[8]);
	CHECK_EQ(gs_word(), area[8][1]);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, mine), 0);
	for (int i = 0; i < 2000; i++) {
		mine[1]++;
		CHECK_EQ(gs_word(), mine[1]);
		CHECK_ERR(close(-1), EBADF);
		if (i % 64 == 0)
			sched_yield();
		CHECK_EQ(gs_word(), mine[1]);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[8];

	area[8][1] = 4711;
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, area[8]), 0);
	for (int i = 0; i < 8; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, area[i]) == 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 8; i++)
		CHECK_EQ(area[i][1], 2000);
	CHECK_EQ(gs_word(), 4711);
	return TEST_RESULT;
}
