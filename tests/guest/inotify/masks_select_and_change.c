/* Only what was asked for; replaced, added to, one shot; IN_IGNORED after inotify_rm_watch. */
#include "inotify.h"

int main(void)
{
	int fd, wd;

	in_start();
	fd = in_make("a");
	wd = in_watch("a", IN_MODIFY, "file");
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(fchmod(fd, 0600), 0);
	CHECK_EVENTS("file:MODIFY");
	CHECK_EQ(in_watch("a", IN_ATTRIB, "file"), wd);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(fchmod(fd, 0600), 0);
	CHECK_EVENTS("file:ATTRIB");
	CHECK_EQ(in_watch("a", IN_MODIFY | IN_MASK_ADD, "file"), wd);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(fchmod(fd, 0600), 0);
	CHECK_EVENTS("file:MODIFY file:ATTRIB");
	CHECK_EQ(in_watch("a", IN_MODIFY | IN_ONESHOT, "file"), wd);
	CHECK_EQ(fchmod(fd, 0600), 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EVENTS("file:MODIFY file:IGNORED");
	CHECK_ERR(inotify_rm_watch(in_fd, wd), EINVAL);
	wd = in_watch("a", IN_ALL_EVENTS, "again");
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(inotify_rm_watch(in_fd, wd), 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EVENTS("again:MODIFY again:IGNORED");
	return TEST_RESULT;
}
