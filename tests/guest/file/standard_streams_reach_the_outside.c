/* What is written to 1 and 2, in pieces, by write and writev, arrives in order. */
#include "../test.h"
#include <fcntl.h>
#include <sys/uio.h>
#include <sys/stat.h>

int main(void)
{
	struct iovec iov[3] = { { "one ", 4 }, { "two ", 4 }, { "three\n", 6 } };
	static char big[200000];
	struct stat st;
	char c;

	CHECK_EQ(writev(1, iov, 3), 14);
	CHECK_EQ(write(2, "error stream\n", 13), 13);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = i % 80 == 79 ? '\n' : (char)('a' + i % 26);
	for (size_t at = 0; at < sizeof(big);) {
		ssize_t n = write(1, big + at, sizeof(big) - at);

		REQUIRE(n > 0);
		at += (size_t)n;
	}
	CHECK_EQ(read(0, &c, 1), 0);
	CHECK(fstat(1, &st) == 0 && S_ISFIFO(st.st_mode));
	CHECK_EQ(isatty(0) + isatty(1) + isatty(2), 0);
	CHECK_ERR(lseek(1, 0, SEEK_CUR), ESPIPE);
	return TEST_RESULT;
}
