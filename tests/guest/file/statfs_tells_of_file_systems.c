/* statfs and fstatfs: plausible numbers, name length, errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

int main(void)
{
	struct statfs a, b;

	CHECK_EQ(statfs("/tmp", &a), 0);
	CHECK_EQ(fstatfs(open("/tmp", O_RDONLY), &b), 0);
	CHECK_EQ(a.f_type, b.f_type);
	CHECK_EQ(a.f_type, 0x01021994); /* tmpfs */
	CHECK_EQ(a.f_namelen, 255);
	CHECK_EQ(a.f_bsize, 4096);
	CHECK_EQ(statfs("/proc", &a), 0);
	CHECK_EQ(a.f_type, 0x9fa0);
	CHECK_EQ(statfs("/", &a), 0);
	CHECK(a.f_bsize >= 512 && a.f_namelen == 255);
	CHECK_EQ(sys2(SYS_statfs, "/tmp", BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_statfs, BAD_LOW, &a), -EFAULT);
	CHECK_ERR(statfs("/tmp/none", &a), ENOENT);
	CHECK_ERR(fstatfs(-1, &a), EBADF);
	return TEST_RESULT;
}
