/* O_PATH: no permission to read, but fstat, fchdir, openat, readlinkat and /proc/self/fd work. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/ioctl.h>

int main(void)
{
	char name[64], text[64] = "";
	struct stat st;
	int dir, file, again;

	REQUIRE(mkdir("/tmp/d", 0755) == 0);
	again = open("/tmp/d/f", O_WRONLY | O_CREAT, 0600);
	REQUIRE(again >= 0 && write(again, "text", 4) == 4);
	dir = open("/tmp/d", O_PATH | O_DIRECTORY);
	file = openat(dir, "f", O_PATH | O_RDWR | O_TRUNC);
	REQUIRE(dir >= 0 && file >= 0);
	CHECK(fstat(file, &st) == 0 && st.st_size == 4);
	CHECK_ERR(fchmod(file, 0644), EBADF);
	CHECK_ERR(ioctl(file, FIONREAD, &again), EBADF);
	CHECK_ERR(open("/tmp/d/f", O_PATH | O_DIRECTORY), ENOTDIR);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
	again = open(name, O_RDONLY);
	CHECK(again >= 0 && read(again, text, 10) == 4 && !strcmp(text, "text"));
	CHECK_EQ(readlink(name, text, sizeof(text)), 8);
	CHECK(memcmp(text, "/tmp/d/f", 8) == 0);
	CHECK_EQ(fchdir(dir), 0);
	CHECK_EQ(access("f", F_OK), 0);
	CHECK(dup(file) >= 0);
	CHECK_EQ(close(file), 0);
	return TEST_RESULT;
}
