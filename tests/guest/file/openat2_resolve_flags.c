/* openat2: size checks, RESOLVE_BENEATH, IN_ROOT, NO_SYMLINKS, unknown bits. */
#include "../test.h"
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static long try(int dir, const char *path, unsigned long flags, unsigned long resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };

	return sys4(SYS_openat2, dir, path, &how, sizeof(how));
}

int main(void)
{
	struct open_how how = { .flags = O_RDONLY };
	int dir;

	REQUIRE(mkdir("/tmp/d", 0755) == 0 && symlink("/etc/passwd", "/tmp/d/out") == 0 &&
		symlink("f", "/tmp/d/in") == 0);
	REQUIRE(close(open("/tmp/d/f", O_WRONLY | O_CREAT, 0600)) == 0);
	dir = open("/tmp/d", O_RDONLY);
	REQUIRE(dir >= 0);
	CHECK_EQ(sys4(SYS_openat2, dir, "f", &how, 8), -EINVAL);
	CHECK_EQ(sys4(SYS_openat2, dir, "f", BAD_HIGH, sizeof(how)), -EFAULT);
	CHECK_EQ(sys4(SYS_openat2, dir, "f", &how, 1 << 20), -E2BIG);
	how.resolve = 0x1000;
	CHECK_EQ(sys4(SYS_openat2, dir, "f", &how, sizeof(how)), -EINVAL);
	how.resolve = 0;
	how.mode = 0600;
	CHECK_EQ(sys4(SYS_openat2, dir, "f", &how, sizeof(how)), -EINVAL);
	CHECK(try(dir, "f", O_RDONLY, 0) >= 0);
	CHECK_EQ(try(dir, "f", O_RDONLY | 0x80000000UL << 8, 0), -EINVAL);
	CHECK(try(dir, "f", O_RDONLY, RESOLVE_BENEATH) >= 0);
	CHECK_EQ(try(dir, "../d/f", O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	CHECK_EQ(try(dir, "/tmp/d/f", O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	CHECK_EQ(try(dir, "out", O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	CHECK(try(dir, "in", O_RDONLY, RESOLVE_BENEATH) >= 0);
	CHECK_EQ(try(dir, "in", O_RDONLY, RESOLVE_NO_SYMLINKS), -ELOOP);
	CHECK(try(dir, "/../../f", O_RDONLY, RESOLVE_IN_ROOT) >= 0);
	CHECK_EQ(try(dir, "out", O_RDONLY, RESOLVE_IN_ROOT), -ENOENT);
	return TEST_RESULT;
}
