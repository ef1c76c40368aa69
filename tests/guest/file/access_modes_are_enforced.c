/* Reading a write-only and writing a read-only description is EBADF, for all calls. */
#include "../test.h"
#include <fcntl.h>
#include <sys/uio.h>

int main(void)
{
	int rw = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	int r = open("/tmp/f", O_RDONLY), w = open("/tmp/f", O_WRONLY);
	int path = open("/tmp/f", O_PATH);
	struct iovec iov = { (char[4]){ 0 }, 4 };
	char c = 0;

	REQUIRE(rw >= 0 && r >= 0 && w >= 0 && path >= 0);
	CHECK_ERR(write(r, &c, 1), EBADF);
	CHECK_ERR(pwrite(r, &c, 1, 0), EBADF);
	CHECK_ERR(writev(r, &iov, 1), EBADF);
	CHECK_ERR(ftruncate(r, 0), EINVAL);
	CHECK_ERR(read(w, &c, 1), EBADF);
	CHECK_ERR(pread(w, &c, 1, 0), EBADF);
	CHECK_ERR(readv(w, &iov, 1), EBADF);
	CHECK_ERR(read(path, &c, 1), EBADF);
	CHECK_ERR(write(path, &c, 1), EBADF);
	CHECK_ERR(lseek(path, 0, SEEK_SET), EBADF);
	CHECK_ERR(ftruncate(path, 0), EBADF);
	CHECK_ERR(write(r, BAD_HIGH, 1), EBADF);
	CHECK_EQ(fcntl(r, F_GETFL) & O_ACCMODE, O_RDONLY);
	CHECK_EQ(fcntl(w, F_GETFL) & O_ACCMODE, O_WRONLY);
	CHECK_EQ(fcntl(rw, F_GETFL) & O_ACCMODE, O_RDWR);
	return TEST_RESULT;
}
