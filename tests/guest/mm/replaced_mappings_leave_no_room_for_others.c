/*
 * A mapping of a file that is replaced (MAP_FIXED) or moved (mremap) leaves no moment in which
 * another thread's mapping could get its place.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "../test.h"

#define SIZE (16 * PAGE)
#define ROUNDS 10000

static atomic_bool stop;
static char *replaced, *moved_to;
static int fd;

static bool overlaps(const char *p, size_t len, const char *other, size_t size)
{
	return p < other + size && other < p + len;
}

/* Asks for room of every size. */
static void *asker(void *unused)
{
	for (size_t i = 0; !stop; i++) {
		size_t len = (1 + i % 16) * PAGE;
		char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		REQUIRE(p != MAP_FAILED);
		CHECK(!overlaps(p, len, replaced, SIZE));
		CHECK(!overlaps(p, len, moved_to, SIZE));
		REQUIRE(munmap(p, len) == 0);
	}
	return unused;
}

static void *replacer(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		REQUIRE(mmap(replaced, SIZE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
			replaced);
		CHECK(replaced[0] == 'x' && replaced[SIZE - 1] == 'x');
	}
	return unused;
}

/* What was mapped elsewhere takes the place of what was moved there before. */
static void *mover(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *p = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);

		REQUIRE(p != MAP_FAILED);
		REQUIRE(mremap(p, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, moved_to) ==
			moved_to);
		CHECK(moved_to[0] == 'x' && moved_to[SIZE - 1] == 'x');
	}
	return unused;
}

int main(void)
{
	static char bytes[SIZE];
	pthread_t threads[3];

	fd = memfd_create("file", MFD_CLOEXEC);
	memset(bytes, 'x', SIZE);
	REQUIRE(fd >= 0 && write(fd, bytes, SIZE) == (ssize_t)SIZE);
	replaced = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	moved_to = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	REQUIRE(replaced != MAP_FAILED && moved_to != MAP_FAILED);
	REQUIRE(pthread_create(&threads[0], NULL, asker, NULL) == 0);
	REQUIRE(pthread_create(&threads[1], NULL, replacer, NULL) == 0);
	REQUIRE(pthread_create(&threads[2], NULL, mover, NULL) == 0);
	pthread_join(threads[1], NULL);
	pthread_join(threads[2], NULL);
	stop = true;
	pthread_join(threads[0], NULL);
	return TEST_RESULT;
}
