/* splice from file to pipe to file, tee without taking, vmsplice; errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/uio.h>

int main(void)
{
	int file = open("/tmp/f", O_RDWR | O_CREAT, 0600), a[2], b[2];
	struct iovec iov = { "vector", 6 };
	char text[32] = "";
	off64_t at = 2;

	REQUIRE(file >= 0 && pipe(a) == 0 && pipe(b) == 0 && write(file, "0123456789", 10) == 10);
	CHECK_EQ(splice(file, &at, a[1], NULL, 5, 0), 5);
	CHECK_EQ(at, 7);
	CHECK_EQ(tee(a[0], b[1], 100, 0), 5);
	CHECK_EQ(read(b[0], text, 32), 5);
	CHECK(memcmp(text, "23456", 5) == 0);
	at = 20;
	CHECK_EQ(splice(a[0], NULL, file, &at, 100, 0), 5);
	CHECK_EQ(pread(file, text, 32, 20), 5);
	CHECK(memcmp(text, "23456", 5) == 0);
	CHECK_EQ(vmsplice(a[1], &iov, 1, 0), 6);
	CHECK_EQ(read(a[0], text, 32), 6);
	CHECK(memcmp(text, "vector", 6) == 0);
	CHECK_ERR(splice(file, NULL, file, NULL, 1, 0), EINVAL);
	CHECK_ERR(splice(a[0], &at, b[1], NULL, 1, 0), ESPIPE);
	CHECK_ERR(splice(-1, NULL, b[1], NULL, 1, 0), EBADF);
	CHECK_ERR(tee(a[0], file, 1, 0), EINVAL);
	CHECK_ERR(splice(a[0], NULL, b[1], NULL, 1, SPLICE_F_NONBLOCK), EAGAIN);
	return TEST_RESULT;
}
