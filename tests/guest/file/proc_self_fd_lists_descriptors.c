/* /proc/self/fd: the open ones, their targets; opening reopens; /dev/fd leads there. */
#include "../test.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static bool target_is(int fd, const char *want)
{
	char name[64], text[256];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	return strncmp(text, want, strlen(want)) == 0;
}

int main(void)
{
	int file = open("/tmp/f", O_RDWR | O_CREAT, 0600), fds[2], again, seen = 0;
	struct dirent *e;
	char text[16] = "";
	struct stat st;
	DIR *dir;

	REQUIRE(file == 3 && pipe(fds) == 0 && write(file, "12345", 5) == 5);
	REQUIRE(dup2(file, 40) == 40);
	dir = opendir("/proc/self/fd");
	REQUIRE(dir != NULL);
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.') {
			seen++;
			CHECK_EQ(e->d_type, DT_LNK);
		}
	CHECK_EQ(seen, 8); /* 0 1 2, file, pipe twice, 40, dir */
	CHECK(target_is(3, "/tmp/f"));
	CHECK(target_is(40, "/tmp/f"));
	CHECK(target_is(4, "pipe:["));
	CHECK(target_is(0, "/dev/null"));
	CHECK(!target_is(30, "/"));
	again = open("/proc/self/fd/3", O_RDONLY);
	CHECK_EQ(read(again, text, 16), 5);
	CHECK_EQ(lseek(again, 0, SEEK_CUR), 5);
	again = open("/dev/fd/3", O_RDONLY);
	CHECK_EQ(lseek(again, 0, SEEK_CUR), 0);
	CHECK_ERR(open("/proc/self/fd/30", O_RDONLY), ENOENT);
	CHECK(stat("/proc/self/fd/4", &st) == 0 && S_ISFIFO(st.st_mode));
	unlink("/tmp/f");
	CHECK(target_is(3, "/tmp/f (deleted)"));
	return TEST_RESULT;
}
