/* access, faccessat, faccessat2 as root: only execute bits can refuse; errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int main(void)
{
	REQUIRE(close(open("/tmp/f", O_WRONLY | O_CREAT, 0000)) == 0);
	REQUIRE(mkdir("/tmp/d", 0000) == 0);
	CHECK_EQ(access("/tmp/f", F_OK), 0);
	CHECK_EQ(access("/tmp/f", R_OK | W_OK), 0);
	CHECK_ERR(access("/tmp/f", X_OK), EACCES);
	CHECK_EQ(access("/tmp/d", R_OK | W_OK | X_OK), 0);
	REQUIRE(chmod("/tmp/f", 0001) == 0);
	CHECK_EQ(access("/tmp/f", X_OK), 0);
	CHECK_EQ(access("/bin/cat", R_OK | X_OK), 0);
	CHECK_ERR(access("/etc/passwd", X_OK), EACCES);
	CHECK_ERR(access("/tmp/f", 8), EINVAL);
	CHECK_ERR(access("/tmp/none", F_OK), ENOENT);
	CHECK_ERR(access("/tmp/f/x", F_OK), ENOTDIR);
	CHECK_EQ(sys2(SYS_access, BAD_HIGH, F_OK), -EFAULT);
	CHECK_EQ(sys3(SYS_faccessat, 999, "x", F_OK), -EBADF);
	CHECK_EQ(sys4(SYS_faccessat2, AT_FDCWD, "/tmp/f", F_OK, AT_EACCESS), 0);
	CHECK_EQ(sys4(SYS_faccessat2, AT_FDCWD, "/tmp/f", F_OK, 0x8000), -EINVAL);
	return TEST_RESULT;
}
