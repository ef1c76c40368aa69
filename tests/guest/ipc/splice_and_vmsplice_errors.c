/* splice, tee, vmsplice, sendfile, copy_file_range: wrong kinds of file, offsets, flags. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "../test.h"

int main(void)
{
	int p[2], q[2], file = memfd_create("f", 0), other = memfd_create("g", 0);
	int ro = open("/etc/passwd", O_RDONLY), append;
	char buf[100];
	off_t off = 0, bad = -1;
	struct iovec v = { buf, 5 };

	REQUIRE(pipe2(p, O_NONBLOCK) == 0 && pipe2(q, O_NONBLOCK) == 0);
	REQUIRE(write(file, "0123456789", 10) == 10);
	CHECK_ERR(splice(file, &off, other, NULL, 5, 0), EINVAL); /* no pipe */
	CHECK_ERR(splice(p[0], &off, file, NULL, 5, 0), ESPIPE);
	CHECK_ERR(splice(file, &off, p[1], &off, 5, 0), ESPIPE);
	CHECK_ERR(splice(file, &bad, p[1], NULL, 5, 0), EINVAL);
	CHECK_ERR(splice(file, &off, p[0], NULL, 5, 0), EBADF);
	CHECK_ERR(splice(p[1], NULL, file, NULL, 5, 0), EBADF);
	CHECK_ERR(splice(p[0], NULL, ro, NULL, 5, 0), EBADF);
	CHECK_ERR(splice(p[0], NULL, p[1], NULL, 5, 0), EINVAL); /* the same pipe */
	CHECK_ERR(splice(p[0], NULL, file, NULL, 5, 0x100), EINVAL);
	CHECK_ERR(splice(999, NULL, p[1], NULL, 5, 0), EBADF);
	CHECK_ERR(splice(p[0], NULL, file, NULL, 5, SPLICE_F_NONBLOCK), EAGAIN);
	CHECK_EQ(splice(p[0], NULL, file, NULL, 0, 0), 0);
	CHECK_EQ(splice(file, &off, p[1], NULL, 100, 0), 10);
	CHECK_EQ(off, 10);
	CHECK_EQ(splice(file, &off, p[1], NULL, 100, 0), 0); /* the end */
	CHECK_ERR(tee(p[0], p[1], 5, 0), EINVAL);
	CHECK_ERR(tee(p[0], file, 5, 0), EINVAL);
	CHECK_ERR(tee(file, p[1], 5, 0), EINVAL);
	CHECK_ERR(tee(p[0], q[1], 5, 0x100), EINVAL);
	CHECK_EQ(tee(p[0], q[1], 4, 0), 4);
	CHECK_EQ(read(q[0], buf, 100), 4);
	CHECK_EQ(read(p[0], buf, 100), 10);
	append = open("/proc/self/fd/3", O_WRONLY | O_APPEND);
	if (append >= 0)
		close(append);
	CHECK_ERR(vmsplice(file, &v, 1, 0), EBADF);
	CHECK_ERR(vmsplice(p[1], &v, 1, 0x100), EINVAL);
	CHECK_EQ(vmsplice(p[1], &v, 1, 0), 5);
	CHECK_EQ(read(p[0], buf, 100), 5);
	CHECK_ERR(vmsplice(p[0], &v, 1, SPLICE_F_NONBLOCK), EAGAIN);
	v.iov_base = BAD_LOW;
	CHECK_ERR(vmsplice(p[1], &v, 1, 0), EFAULT);
	/* sendfile */
	off = 2;
	CHECK_EQ(sendfile(p[1], file, &off, 3), 3);
	CHECK_EQ(off, 5);
	CHECK_EQ(lseek(file, 0, SEEK_CUR), 10);
	CHECK_ERR(sendfile(p[1], p[0], NULL, 3), EINVAL);
	CHECK_ERR(sendfile(ro, file, &off, 3), EBADF);
	CHECK_ERR(sendfile(p[1], 999, &off, 3), EBADF);
	bad = -5;
	CHECK_ERR(sendfile(p[1], file, &bad, 3), EINVAL);
	/* copy_file_range */
	loff_t a = 0, b = 2;
	CHECK_ERR(copy_file_range(file, &a, p[1], NULL, 3, 0), EINVAL);
	CHECK_ERR(copy_file_range(file, &a, other, &b, 3, 1), EINVAL);
	CHECK_ERR(copy_file_range(file, &a, file, &b, 5, 0), EINVAL); /* they overlap */
	CHECK_ERR(copy_file_range(file, &a, ro, &b, 5, 0), EBADF);
	CHECK_EQ(copy_file_range(file, &a, other, &b, 3, 0), 3);
	CHECK_EQ(a, 3);
	CHECK_EQ(b, 5);
	CHECK_EQ(lseek(other, 0, SEEK_END), 5);
	return TEST_RESULT;
}
