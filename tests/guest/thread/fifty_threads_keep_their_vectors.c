/* Fifty threads calling at once, each checking its own xmm and general registers. */
#include "../test.h"
#include "../entry/vectors.h"
#include <pthread.h>

static void *worker(void *argument)
{
	unsigned char in[64], out[64];
	unsigned id = (unsigned)(uintptr_t)argument;

	for (unsigned i = 0; i < 200; i++) {
		const struct one_call calls[] = {
			{ "gettid", SYS_gettid, 0, 0, 0, 0, 0, 0 },
			{ "close", SYS_close, -1, 0, 0, 0, 0, 0 },
			{ "yield", SYS_sched_yield, 0, 0, 0, 0, 0, 0 },
			{ "unknown", 4000, 0, 0, 0, 0, 0, 0 },
		};

		fill_pattern(in, sizeof(in), id + i * 64);
		CALL_BETWEEN("movups 0(%[in]), %%xmm0; movups 16(%[in]), %%xmm5;"
			     "movups 32(%[in]), %%xmm10; movups 48(%[in]), %%xmm15",
			     "movups %%xmm0, 0(%[out]); movups %%xmm5, 16(%[out]);"
			     "movups %%xmm10, 32(%[out]); movups %%xmm15, 48(%[out])",
			     in, out, &calls[i % 4], "xmm0", "xmm5", "xmm10", "xmm15");
		if (memcmp(in, out, sizeof(in)) != 0)
			test_fail("thread %u, call %s", id, calls[i % 4].name);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[50];

	for (uintptr_t i = 0; i < 50; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, (void *)i) == 0);
	for (int i = 0; i < 50; i++)
		pthread_join(threads[i], NULL);
	return TEST_RESULT;
}
