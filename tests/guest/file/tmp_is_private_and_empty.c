/* /tmp starts empty, sticky and writable; it is its own file system. */
#include "../test.h"
#include <dirent.h>
#include <sys/stat.h>

int main(void)
{
	struct stat tmp, root;
	struct dirent *e;
	DIR *dir = opendir("/tmp");

	if (getenv("NACRE_TEST_THROWAWAY") == NULL)
		skip("the host's /tmp is shared");
	REQUIRE(dir != NULL && stat("/tmp", &tmp) == 0 && stat("/", &root) == 0);
	while ((e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			test_fail("found %s", e->d_name);
	CHECK_EQ(tmp.st_mode, S_IFDIR | 01777);
	CHECK(tmp.st_dev != root.st_dev);
	return TEST_RESULT;
}
