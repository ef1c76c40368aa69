/* Every kind of file: IN_CREATE and IN_DELETE with its name, IN_ISDIR for directories. */
#include "inotify.h"
#include <dirent.h>

int main(void)
{
	DIR *dir;
	int fd;

	in_start();
	in_watch(".", IN_ALL_EVENTS, "dir");
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EVENTS("dir:CREATE|ISDIR(d)");
	in_watch("d", IN_ALL_EVENTS, "sub");
	CHECK_EQ(symlink("x", "l"), 0);
	CHECK_EVENTS("dir:CREATE(l)");
	CHECK_EQ(mkfifo("p", 0600), 0);
	CHECK_EVENTS("dir:CREATE(p)");
	CHECK_EQ(mknod("n", S_IFREG | 0600, 0), 0);
	CHECK_EVENTS("dir:CREATE(n)");
	dir = opendir("d");
	CHECK_EVENTS("dir:OPEN|ISDIR(d) sub:OPEN|ISDIR");
	CHECK(readdir(dir) != NULL);
	CHECK_EVENTS("dir:ACCESS|ISDIR(d) sub:ACCESS|ISDIR");
	closedir(dir);
	CHECK_EVENTS("dir:CLOSE_NOWRITE|ISDIR(d) sub:CLOSE_NOWRITE|ISDIR");
	in_touch("d/x");
	CHECK_EVENTS("sub:CREATE(x) sub:OPEN(x) sub:CLOSE_WRITE(x)");
	CHECK_ERR(rmdir("d"), ENOTEMPTY);
	CHECK_ERR(mkdir("d", 0700), EEXIST);
	CHECK_EVENTS("");
	CHECK_EQ(unlink("d/x"), 0);
	CHECK_EVENTS("sub:DELETE(x)");
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EVENTS("sub:DELETE_SELF sub:IGNORED dir:DELETE|ISDIR(d)");
	CHECK_EQ(unlink("l") + unlink("p") + unlink("n"), 0);
	CHECK_EVENTS("dir:DELETE(l) dir:DELETE(p) dir:DELETE(n)");
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	if (fd >= 0) {
		in_events(); /* named by its number, which differs */
		CHECK_EQ(close(fd), 0);
	}
	return TEST_RESULT;
}
