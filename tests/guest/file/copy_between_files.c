/* copy_file_range and sendfile: offsets, short counts, errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/sendfile.h>

int main(void)
{
	int a = open("/tmp/a", O_RDWR | O_CREAT, 0600), b = open("/tmp/b", O_RDWR | O_CREAT, 0600);
	int append = open("/tmp/b", O_WRONLY | O_APPEND);
	off64_t in = 2, out = 1;
	off_t from = 3;
	char text[16] = "";

	REQUIRE(a >= 0 && b >= 0 && write(a, "0123456789", 10) == 10);
	CHECK_EQ(copy_file_range(a, &in, b, &out, 5, 0), 5);
	CHECK(in == 7 && out == 6);
	CHECK_EQ(pread(b, text, 16, 0), 6);
	CHECK(memcmp(text, "\00023456", 6) == 0);
	CHECK_EQ(copy_file_range(a, &in, b, &out, 100, 0), 3);
	CHECK_EQ(copy_file_range(a, &in, b, &out, 100, 0), 0);
	CHECK_ERR(copy_file_range(a, &in, b, &out, 1, 1), EINVAL);
	CHECK_ERR(copy_file_range(-1, &in, b, &out, 1, 0), EBADF);
	CHECK_ERR(copy_file_range(a, &in, append, NULL, 1, 0), EBADF);
	CHECK_EQ(lseek(b, 0, SEEK_SET), 0);
	CHECK_EQ(sendfile(b, a, &from, 4), 4);
	CHECK_EQ(from, 7);
	CHECK_EQ(lseek(b, 0, SEEK_CUR), 4);
	CHECK_EQ(pread(b, text, 4, 0), 4);
	CHECK(memcmp(text, "3456", 4) == 0);
	CHECK_ERR(sendfile(b, -1, NULL, 1), EBADF);
	CHECK_ERR(sendfile(append, a, &from, 1), EINVAL);
	return TEST_RESULT;
}
