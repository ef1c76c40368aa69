/* Files, memory, pipes, time from many threads: each sees only its own results. */
#include "../test.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static void *worker(void *argument)
{
	int id = (int)(intptr_t)argument;
	char name[64], text[64], back[64];
	struct timespec now;
	struct stat st;

	snprintf(name, sizeof(name), "/tmp/worker-%d", id);
	for (int i = 0; i < 50; i++) {
		int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600), fds[2];
		int len = snprintf(text, sizeof(text), "%d-%d", id, i);
		char *p;

		CHECK(fd >= 0);
		CHECK_EQ(write(fd, text, (size_t)len), len);
		CHECK_EQ(pread(fd, back, sizeof(back), 0), len);
		CHECK(memcmp(text, back, (size_t)len) == 0);
		CHECK(fstat(fd, &st) == 0 && st.st_size == len);
		p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
		CHECK(p != MAP_FAILED && memcmp(p, text, (size_t)len) == 0);
		CHECK_EQ(munmap(p, PAGE), 0);
		CHECK_EQ(pipe(fds), 0);
		CHECK_EQ(write(fds[1], text, (size_t)len), len);
		CHECK_EQ(read(fds[0], back, sizeof(back)), len);
		CHECK(memcmp(text, back, (size_t)len) == 0);
		CHECK_EQ(close(fds[0]) | close(fds[1]) | close(fd), 0);
		CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &now), 0);
		CHECK_EQ(unlink(name), 0);
		free(malloc(100000));
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[12];

	for (intptr_t i = 0; i < 12; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, (void *)i) == 0);
	for (int i = 0; i < 12; i++)
		pthread_join(threads[i], NULL);
	return TEST_RESULT;
}
