/* Creating, renaming over and linking inside host directories; listing merges both. */
#include "../test.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static int count(const char *dir, const char *name)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	REQUIRE(d != NULL);
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, name) == 0;
	closedir(d);
	return n;
}

int main(void)
{
	char text[64] = "";
	int fd;

	if (getenv("NACRE_TEST_THROWAWAY") == NULL)
		skip("would change the host");
	fd = open("/etc/nacre-new", O_RDWR | O_CREAT | O_EXCL, 0644);
	REQUIRE(fd >= 0 && write(fd, "fresh", 5) == 5);
	CHECK_EQ(count("/etc", "nacre-new"), 1);
	CHECK_EQ(count("/etc", "passwd"), 1);
	CHECK_EQ(rename("/etc/nacre-new", "/etc/passwd"), 0);
	CHECK_EQ(count("/etc", "nacre-new"), 0);
	CHECK_EQ(count("/etc", "passwd"), 1);
	fd = open("/etc/passwd", O_RDONLY);
	CHECK_EQ(read(fd, text, sizeof(text)), 5);
	CHECK(memcmp(text, "fresh", 5) == 0);
	CHECK_EQ(rename("/etc/group", "/etc/group-moved"), 0);
	CHECK_ERR(access("/etc/group", F_OK), ENOENT);
	CHECK_EQ(count("/etc", "group") + 10 * count("/etc", "group-moved"), 10);
	CHECK_EQ(mkdir("/usr/nacre", 0755), 0);
	CHECK_EQ(mkdir("/usr/nacre/deep", 0755), 0);
	CHECK_ERR(rmdir("/usr/nacre"), ENOTEMPTY);
	CHECK_EQ(rmdir("/usr/nacre/deep"), 0);
	CHECK_EQ(rmdir("/usr/nacre"), 0);
	CHECK_EQ(symlink("passwd", "/etc/nacre-link"), 0);
	CHECK_EQ(access("/etc/nacre-link", F_OK), 0);
	CHECK_ERR(rmdir("/etc"), ENOTEMPTY);
	return TEST_RESULT;
}
