/* umount: IN_UNMOUNT and IN_IGNORED for every watch below, wanted or not. */
#include "inotify.h"
#include <sys/mount.h>

int main(void)
{
	in_start();
	mkdir("m", 0755);
	if (mount("none", "m", "tmpfs", 0, NULL) != 0)
		skip("may not mount");
	in_touch("m/f");
	in_watch("m/f", IN_OPEN, "file");
	CHECK_EQ(umount("m"), 0);
	CHECK_EVENTS("file:UNMOUNT file:IGNORED");
	CHECK_ERR(inotify_rm_watch(in_fd, 1), EINVAL);
	return TEST_RESULT;
}
