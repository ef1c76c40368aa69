/* Five thousand files made, found, renamed, listed and removed. */
#include "../test.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { COUNT = 5000 };

int main(void)
{
	static unsigned char seen[COUNT];
	char name[64], other[64];
	struct dirent *e;
	struct stat st;
	DIR *dir;
	int n = 0;

	REQUIRE(mkdir("/tmp/d", 0755) == 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "/tmp/d/file number %d", i);
		int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

		REQUIRE(fd >= 0 && close(fd) == 0);
	}
	for (int i = 0; i < COUNT; i += 2) {
		snprintf(name, sizeof(name), "/tmp/d/file number %d", i);
		snprintf(other, sizeof(other), "/tmp/d/renamed %d", i);
		CHECK_EQ(stat(name, &st), 0);
		CHECK_EQ(rename(name, other), 0);
	}
	dir = opendir("/tmp/d");
	while ((e = readdir(dir)) != NULL) {
		int i;

		if (sscanf(e->d_name, "file number %d", &i) == 1 && i % 2)
			seen[i]++, n++;
		else if (sscanf(e->d_name, "renamed %d", &i) == 1 && i % 2 == 0)
			seen[i]++, n++;
	}
	CHECK_EQ(n, COUNT);
	for (int i = 0; i < COUNT; i++) {
		CHECK_EQ(seen[i], 1);
		snprintf(name, sizeof(name), i % 2 ? "/tmp/d/file number %d" : "/tmp/d/renamed %d",
			 i);
		CHECK_EQ(unlink(name), 0);
	}
	CHECK_EQ(rmdir("/tmp/d"), 0);
	return TEST_RESULT;
}
