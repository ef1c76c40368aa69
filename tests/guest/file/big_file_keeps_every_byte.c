/* 64 MiB written in odd pieces, read back in others, with a hole and an overwrite. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

static unsigned char piece[100003], back[65537];

static unsigned char byte_at(size_t at)
{
	return (unsigned char)(at * 2654435761u >> 13);
}

int main(void)
{
	const size_t size = 64 << 20;
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	size_t at = 0;
	struct stat st;

	REQUIRE(fd >= 0);
	while (at < size) {
		size_t n = size - at < sizeof(piece) ? size - at : sizeof(piece);

		for (size_t i = 0; i < n; i++)
			piece[i] = byte_at(at + i);
		REQUIRE(write(fd, piece, n) == (ssize_t)n);
		at += n;
	}
	CHECK(fstat(fd, &st) == 0 && st.st_size == (off_t)size && st.st_blocks >= 131072);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	for (at = 0; at < size;) {
		ssize_t n = read(fd, back, sizeof(back));

		REQUIRE(n > 0);
		for (ssize_t i = 0; i < n; i++)
			if (back[i] != byte_at(at + (size_t)i)) {
				test_fail("byte %zu", at + (size_t)i);
				break;
			}
		at += (size_t)n;
	}
	CHECK_EQ(at, size);
	return TEST_RESULT;
}
