/* Deleting a host file: gone by name and from the listing; can be made anew, empty. */
#include "../test.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static int listed(const char *dir, const char *name)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int count = 0;

	REQUIRE(d != NULL);
	while ((e = readdir(d)) != NULL)
		count += strcmp(e->d_name, name) == 0;
	closedir(d);
	return count;
}

int main(void)
{
	struct stat st;
	char c;
	int fd;

	if (getenv("NACRE_TEST_THROWAWAY") == NULL)
		skip("would change the host");
	CHECK_EQ(listed("/etc", "passwd"), 1);
	fd = open("/etc/passwd", O_RDONLY);
	REQUIRE(fd >= 0);
	CHECK_EQ(unlink("/etc/passwd"), 0);
	CHECK_EQ(listed("/etc", "passwd"), 0);
	CHECK_ERR(open("/etc/passwd", O_RDONLY), ENOENT);
	CHECK_ERR(unlink("/etc/passwd"), ENOENT);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK_EQ(c, 'r');
	fd = open("/etc/passwd", O_RDWR | O_CREAT | O_EXCL, 0640);
	CHECK(fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 0);
	CHECK_EQ(st.st_mode & 0777, 0640);
	CHECK_EQ(listed("/etc", "passwd"), 1);
	CHECK_EQ(unlink("/etc/passwd"), 0);
	CHECK_EQ(mkdir("/etc/passwd", 0755), 0);
	CHECK(stat("/etc/passwd", &st) == 0 && S_ISDIR(st.st_mode));
	CHECK_EQ(listed("/etc", "passwd"), 1);
	return TEST_RESULT;
}
