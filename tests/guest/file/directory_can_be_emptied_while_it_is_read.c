/* Deleting each entry as it is read misses none: what rm -r relies on. */
#include "../test.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	char name[300];
	struct dirent *d;
	int count = 0;
	DIR *dir;

	REQUIRE(mkdir("/tmp/d", 0755) == 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "/tmp/d/%d", i);
		REQUIRE(close(open(name, O_WRONLY | O_CREAT, 0600)) == 0);
	}
	dir = opendir("/tmp/d");
	REQUIRE(dir != NULL);
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		CHECK_EQ(unlinkat(dirfd(dir), d->d_name, 0), 0);
		count++;
	}
	CHECK_EQ(count, 1000);
	CHECK_EQ(rmdir("/tmp/d"), 0);
	return TEST_RESULT;
}
