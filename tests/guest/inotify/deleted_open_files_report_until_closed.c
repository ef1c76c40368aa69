/* IN_DELETE_SELF comes with the last user, not the last name; IN_EXCL_UNLINK. */
#include "inotify.h"

int main(void)
{
	int fd;

	in_start();
	fd = in_make("a");
	in_watch(".", IN_ALL_EVENTS, "dir");
	in_watch("a", IN_ALL_EVENTS, "file");
	CHECK_EQ(unlink("a"), 0);
	CHECK_EVENTS("file:ATTRIB dir:DELETE(a)");
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EVENTS("dir:MODIFY(a) file:MODIFY");
	close(fd);
	CHECK_EVENTS("dir:CLOSE_WRITE(a) file:CLOSE_WRITE file:DELETE_SELF file:IGNORED");
	in_watch(".", IN_ALL_EVENTS | IN_EXCL_UNLINK, "dir");
	fd = in_make("b");
	in_watch("b", IN_ALL_EVENTS | IN_EXCL_UNLINK, "file");
	in_events();
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EVENTS("dir:MODIFY(b) file:MODIFY");
	CHECK_EQ(unlink("b"), 0);
	CHECK_EVENTS("file:ATTRIB dir:DELETE(b)");
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EVENTS("");
	close(fd);
	CHECK_EVENTS("file:DELETE_SELF file:IGNORED");
	in_touch("c");
	CHECK_EQ(link("c", "d"), 0);
	in_watch("c", IN_ALL_EVENTS, "file");
	in_events();
	CHECK_EQ(unlink("c"), 0);
	CHECK_EVENTS("file:ATTRIB dir:DELETE(c)"); /* d is left */
	in_touch("d");
	CHECK_EVENTS("dir:OPEN(d) file:OPEN dir:CLOSE_WRITE(d) file:CLOSE_WRITE");
	CHECK_EQ(unlink("d"), 0);
	CHECK_EVENTS("file:ATTRIB file:DELETE_SELF file:IGNORED dir:DELETE(d)");
	return TEST_RESULT;
}
