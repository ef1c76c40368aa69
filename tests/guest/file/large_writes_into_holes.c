/*
 * Large writes into what a file does not have yet: at odd places, of vectors of every length,
 * from memory that ends too early, and from the file itself.
 */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define SIZE (1 << 20)

static char back[2 * SIZE];

static int new_file(void)
{
	char name[] = "/tmp/large-write-XXXXXX";
	int fd = mkstemp(name);

	REQUIRE(fd >= 0);
	REQUIRE(unlink(name) == 0);
	return fd;
}

static void fill(char *p, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
}

static void check_zero(const char *p, size_t len)
{
	size_t i = 0;

	while (i < len && p[i] == 0)
		i++;
	CHECK_EQ(i, len);
}

static void at_odd_places(const char *src)
{
	int fd = new_file();

	CHECK_EQ(pwrite(fd, src, 300001, 4097), 300001);
	CHECK_EQ(pwrite(fd, src + 5, 100003, 700001), 100003);
	/* Over the end of one and the beginning of the other. */
	CHECK_EQ(pwrite(fd, src + 9, 500000, 300000), 500000);
	CHECK_EQ(pread(fd, back, sizeof(back), 0), 800004);
	check_zero(back, 4097);
	CHECK(memcmp(back + 4097, src, 300000 - 4097) == 0);
	CHECK(memcmp(back + 300000, src + 9, 500000) == 0);
	CHECK(memcmp(back + 800000, src + 5 + 99999, 4) == 0);
	/* What is behind the end of the last page was never written. */
	REQUIRE(ftruncate(fd, 810000) == 0);
	CHECK_EQ(pread(fd, back, sizeof(back), 800004), 810000 - 800004);
	check_zero(back, 810000 - 800004);
	close(fd);
}

static void of_vectors(char *src)
{
	struct iovec iov[64];
	size_t total = 0;
	int fd = new_file();

	for (int i = 0; i < 64; i++) {
		size_t len = i % 3 == 0 ? 8192 + (size_t)i * 100 : (size_t)i * 7;

		iov[i] = (struct iovec){ .iov_base = src + total, .iov_len = len };
		total += len;
	}
	CHECK_EQ(lseek(fd, 777, SEEK_SET), 777);
	CHECK_EQ(writev(fd, iov, 64), total);
	CHECK_EQ(pread(fd, back, sizeof(back), 0), 777 + total);
	check_zero(back, 777);
	CHECK(memcmp(back + 777, src, total) == 0);
	close(fd);
}

static void from_memory_that_ends(void)
{
	char *src = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = new_file();

	REQUIRE(src != MAP_FAILED);
	fill(src, SIZE, 3);
	REQUIRE(mprotect(src + SIZE / 2, SIZE / 2, PROT_NONE) == 0);
	CHECK_EQ(write(fd, src, SIZE), SIZE / 2);
	CHECK_ERR(write(fd, src + SIZE / 2, SIZE / 2), EFAULT);
	CHECK_EQ(lseek(fd, 0, SEEK_END), SIZE / 2);
	CHECK_EQ(pread(fd, back, sizeof(back), 0), SIZE / 2);
	CHECK(memcmp(back, src, SIZE / 2) == 0);
	REQUIRE(ftruncate(fd, SIZE) == 0);
	CHECK_EQ(pread(fd, back, sizeof(back), SIZE / 2), SIZE / 2);
	check_zero(back, SIZE / 2);
	close(fd);
}

static void from_itself(const char *src)
{
	int fd = new_file();
	char *map;

	CHECK_EQ(write(fd, src, SIZE / 2), SIZE / 2);
	map = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED);
	CHECK_EQ(pwrite(fd, map, SIZE / 2, SIZE + 123), SIZE / 2);
	CHECK(memcmp(map + SIZE + 123, src, SIZE / 2) == 0);
	check_zero(map + SIZE / 2, SIZE / 2 + 123);
	/* A mapping sees what is written later, and has no holes to write from. */
	CHECK_EQ(pwrite(fd, map + SIZE / 2, SIZE / 4, 2 * SIZE), SIZE / 4);
	CHECK_EQ(pread(fd, back, sizeof(back), 2 * SIZE), SIZE / 4);
	check_zero(back, SIZE / 4);
	close(fd);
}

int main(void)
{
	static char src[SIZE];

	fill(src, sizeof(src), 1);
	/* Twice: with fresh memory, and with what the first files have left. */
	for (int i = 0; i < 2; i++) {
		at_odd_places(src);
		of_vectors(src);
		from_memory_that_ends();
		from_itself(src);
	}
	return TEST_RESULT;
}
