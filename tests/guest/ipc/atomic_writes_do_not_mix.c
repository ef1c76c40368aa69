/* Writes of up to PIPE_BUF bytes from several threads never interleave. */
#include "../test.h"
#include <limits.h>
#include <pthread.h>

enum { WRITERS = 4, ROUNDS = 300 };

static int fds[2];

static void *writer(void *argument)
{
	static const size_t sizes[] = { 64, 4096, 512, 1024 };
	size_t size = sizes[(long)argument];
	char record[PIPE_BUF];

	for (int i = 0; i < ROUNDS; i++) {
		uint32_t header[2] = { (uint32_t)size, (uint32_t)(long)argument };

		memset(record, 'A' + (int)(long)argument, size);
		memcpy(record, header, sizeof(header));
		if (write(fds[1], record, size) != (ssize_t)size)
			test_fail("short write");
	}
	return NULL;
}

static bool read_all(char *to, size_t size)
{
	while (size > 0) {
		ssize_t n = read(fds[0], to, size);

		if (n <= 0)
			return false;
		to += n;
		size -= (size_t)n;
	}
	return true;
}

int main(void)
{
	pthread_t threads[WRITERS];
	int seen[WRITERS] = { 0 };
	char record[PIPE_BUF];

	REQUIRE(pipe(fds) == 0);
	for (long i = 0; i < WRITERS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, writer, (void *)i) == 0);
	for (int i = 0; i < WRITERS * ROUNDS; i++) {
		uint32_t header[2];

		REQUIRE(read_all((char *)header, sizeof(header)));
		REQUIRE(header[0] <= PIPE_BUF && header[1] < WRITERS);
		REQUIRE(read_all(record, header[0] - sizeof(header)));
		for (size_t k = 0; k < header[0] - sizeof(header); k++)
			REQUIRE(record[k] == 'A' + (int)header[1]);
		seen[header[1]]++;
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		CHECK_EQ(seen[i], ROUNDS);
	}
	return TEST_RESULT;
}
