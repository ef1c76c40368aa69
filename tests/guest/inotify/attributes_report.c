/* chmod, chown, times, extended attributes, links: IN_ATTRIB, and what times alone give. */
#include "inotify.h"
#include <sys/xattr.h>

int main(void)
{
	struct timespec both[2] = { { 1, 0 }, { 2, 0 } };
	struct timespec access_only[2] = { { 3, 0 }, { 0, UTIME_OMIT } };
	struct timespec change_only[2] = { { 0, UTIME_OMIT }, { 4, 0 } };
	struct timespec none[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	int fd;

	in_start();
	fd = in_make("a");
	in_watch(".", IN_ALL_EVENTS, "dir");
	in_watch("a", IN_ALL_EVENTS, "file");
	CHECK_EQ(chmod("a", 0600), 0);
	CHECK_EVENTS("dir:ATTRIB(a) file:ATTRIB");
	CHECK_EQ(fchmod(fd, 0640), 0);
	CHECK_EVENTS("dir:ATTRIB(a) file:ATTRIB");
	CHECK_EQ(chown("a", geteuid(), getegid()), 0);
	CHECK_EVENTS("dir:ATTRIB(a) file:ATTRIB");
	CHECK_EQ(utimensat(AT_FDCWD, "a", both, 0), 0);
	CHECK_EVENTS("dir:ATTRIB(a) file:ATTRIB");
	CHECK_EQ(futimens(fd, NULL), 0);
	CHECK_EVENTS("dir:ATTRIB(a) file:ATTRIB");
	CHECK_EQ(utimensat(AT_FDCWD, "a", access_only, 0), 0);
	CHECK_EVENTS("dir:ACCESS(a) file:ACCESS");
	CHECK_EQ(utimensat(AT_FDCWD, "a", change_only, 0), 0);
	CHECK_EVENTS("dir:MODIFY(a) file:MODIFY");
	CHECK_EQ(utimensat(AT_FDCWD, "a", none, 0), 0);
	CHECK_EVENTS("");
	if (setxattr("a", "user.x", "1", 1, 0) == 0) {
		CHECK_EVENTS("dir:ATTRIB(a) file:ATTRIB");
		CHECK_EQ(removexattr("a", "user.x"), 0);
		CHECK_EVENTS("dir:ATTRIB(a) file:ATTRIB");
	}
	CHECK_EQ(link("a", "b"), 0);
	CHECK_EVENTS("file:ATTRIB dir:CREATE(b)");
	CHECK_EQ(unlink("b"), 0);
	CHECK_EVENTS("file:ATTRIB dir:DELETE(b)");
	CHECK_ERR(chmod("nothing", 0600), ENOENT);
	CHECK_EVENTS("");
	CHECK_EQ(chmod(".", 0755), 0);
	CHECK_EVENTS("dir:ATTRIB|ISDIR");
	return TEST_RESULT;
}
