/*
 * A read into memory that ends before the buffer does moves exactly what there is room for, a
 * write takes exactly what is there, wherever the buffer begins.
 */
#include "../test.h"

#include <fcntl.h>
#include <sys/mman.h>

#define SIZE 400

static char *hole;
static char data[SIZE];

static void check_read(int fd, size_t size, size_t room)
{
	long n;

	memset(hole - SIZE - 8, '-', SIZE + 8);
	errno = 0;
	n = pread(fd, hole - room, size, 0);
	if (room == 0)
		CHECK(n == -1 && errno == EFAULT);
	else
		CHECK_EQ(n, room);
	CHECK(memcmp(hole - room, data, room) == 0);
	for (size_t i = room + 1; i <= room + 8; i++)
		CHECK_EQ(*(hole - i), '-');
}

static void check_write(int fd, size_t size, size_t have)
{
	char back[SIZE];
	long n;

	memcpy(hole - have, data, have);
	REQUIRE(ftruncate(fd, 0) == 0);
	errno = 0;
	n = pwrite(fd, hole - have, size, 0);
	if (have == 0)
		CHECK(n == -1 && errno == EFAULT);
	else
		CHECK_EQ(n, have);
	CHECK_EQ(pread(fd, back, SIZE, 0), have);
	CHECK(memcmp(back, data, have) == 0);
}

int main(void)
{
	char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	int from = open(".", O_TMPFILE | O_RDWR, 0600), to = open(".", O_TMPFILE | O_RDWR, 0600);

	REQUIRE(pages != MAP_FAILED && from >= 0 && to >= 0);
	hole = pages + 2 * 4096;
	REQUIRE(mprotect(hole, 4096, PROT_NONE) == 0);
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(i * 31 + 7);
	REQUIRE(write(from, data, SIZE) == SIZE);
	for (size_t n = 0; n < 300; n += n < 40 ? 1 : 23)
		for (size_t size = n + 1; size <= SIZE; size += size < n + 20 ? 1 : 37) {
			check_read(from, size, n);
			check_write(to, size, n);
		}
	return TEST_RESULT;
}
