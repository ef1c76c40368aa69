/* A file of the root file system: read, changed, read back; mode and size follow. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat before, after;
	char text[4096];
	int fd, old;
	ssize_t n;

	if (getenv("NACRE_TEST_THROWAWAY") == NULL)
		skip("would change the host");
	old = open("/etc/passwd", O_RDONLY);
	fd = open("/etc/passwd", O_RDWR);
	REQUIRE(fd >= 0 && old >= 0 && fstat(fd, &before) == 0);
	CHECK_EQ(pread(fd, text, 5, 0), 5);
	CHECK(memcmp(text, "root:", 5) == 0);
	CHECK_EQ(pwrite(fd, "ROOT:", 5, 0), 5);
	CHECK_EQ(lseek(fd, 0, SEEK_END), before.st_size);
	CHECK_EQ(write(fd, "nacre:x:\n", 9), 9);
	close(fd);
	fd = open("/etc/passwd", O_RDONLY);
	CHECK(fstat(fd, &after) == 0 && after.st_size == before.st_size + 9);
	CHECK_EQ(after.st_mode, before.st_mode);
	n = pread(fd, text, sizeof(text), 0);
	CHECK(n >= 14 && memcmp(text, "ROOT:", 5) == 0);
	CHECK(memcmp(text + after.st_size - 9, "nacre:x:\n", 9) == 0 || after.st_size > 4096);
	CHECK_EQ(chmod("/etc/passwd", 0600), 0);
	CHECK(stat("/etc/passwd", &after) == 0 && (after.st_mode & 0777) == 0600);
	CHECK_EQ(truncate("/etc/passwd", 4), 0);
	CHECK(stat("/etc/passwd", &after) == 0 && after.st_size == 4);
	return TEST_RESULT;
}
