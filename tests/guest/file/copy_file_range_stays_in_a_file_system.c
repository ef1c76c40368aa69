/* copy_file_range: what it refuses and in which order. */
#include "../test.h"
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

static long copy(int in, int64_t *in_at, int out, int64_t *out_at, size_t len)
{
	return sys6(SYS_copy_file_range, in, (long)in_at, out, (long)out_at, (long)len, 0);
}

int main(void)
{
	int a = open("/tmp/a", O_CREAT | O_RDWR, 0600), b = open("/tmp/b", O_CREAT | O_RDWR, 0600);
	int dir = open("/tmp", O_RDONLY), version = open("/proc/version", O_RDONLY), fds[2];
	int elsewhere = open("/etc/passwd", O_RDONLY), ro = open("/tmp/b", O_RDONLY);
	int64_t at, to;

	REQUIRE(a >= 0 && b >= 0 && dir >= 0 && version >= 0 && elsewhere >= 0 && pipe(fds) == 0);
	CHECK_EQ(write(a, "text", 4), 4);
	CHECK_EQ(copy(version, NULL, b, NULL, 10), -EXDEV); /* it says it has no bytes */
	CHECK_EQ(copy(elsewhere, NULL, b, NULL, 10), -EXDEV);
	CHECK_EQ(copy(dir, NULL, b, NULL, 10), -EISDIR);
	CHECK_EQ(copy(a, NULL, dir, NULL, 10), -EISDIR);
	CHECK_EQ(copy(fds[0], NULL, b, NULL, 10), -EINVAL);
	CHECK_EQ(copy(a, NULL, fds[1], NULL, 10), -EINVAL);
	CHECK_EQ(copy(eventfd(0, 0), NULL, b, NULL, 10), -EINVAL);
	CHECK_EQ(copy(a, NULL, ro, NULL, 10), -EBADF);
	at = -1;
	CHECK_EQ(copy(a, &at, b, NULL, 100), -EOVERFLOW);
	at = -1000;
	CHECK_EQ(copy(a, &at, b, NULL, 100), -EINVAL);
	at = 0;
	to = INT64_MAX;
	CHECK_EQ(copy(a, &at, b, &to, 100), -EFBIG);
	at = 1LL << 62;
	CHECK_EQ(copy(a, &at, b, NULL, 100), 0); /* beyond the end */
	at = 0;
	to = 2;
	CHECK_EQ(copy(a, &at, a, &to, 4), -EINVAL); /* onto itself */
	to = 100;
	CHECK_EQ(copy(a, &at, a, &to, 4), 4);
	CHECK_EQ(copy(a, (void *)BAD_LOW, b, NULL, 1), -EFAULT);
	return TEST_RESULT;
}
