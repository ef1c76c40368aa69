/* inotify_init1, inotify_add_watch, inotify_rm_watch: bad flags, masks, descriptors, paths. */
#include "inotify.h"

int main(void)
{
	int pipes[2], other, wd;

	CHECK_ERR(inotify_init1(0x123), EINVAL);
	in_start();
	REQUIRE(pipe(pipes) == 0);
	in_touch("f");
	REQUIRE(symlink("f", "link") == 0 && symlink(in_dir, "dirlink") == 0);
	CHECK_ERR(inotify_add_watch(in_fd, ".", 0), EINVAL);
	CHECK_ERR(inotify_add_watch(in_fd, ".", 0x00100000), EINVAL);
	CHECK_ERR(inotify_add_watch(-1, ".", 0), EINVAL);
	CHECK_ERR(inotify_add_watch(-1, ".", IN_OPEN), EBADF);
	CHECK_ERR(inotify_add_watch(pipes[0], ".", IN_OPEN), EINVAL);
	CHECK_ERR(inotify_add_watch(in_fd, BAD_LOW, IN_OPEN), EFAULT);
	CHECK_ERR(inotify_add_watch(in_fd, "", IN_OPEN), ENOENT);
	CHECK_ERR(inotify_add_watch(in_fd, "nothing", IN_OPEN), ENOENT);
	CHECK_ERR(inotify_add_watch(in_fd, "f/x", IN_OPEN), ENOTDIR);
	CHECK_ERR(inotify_add_watch(in_fd, "f", IN_OPEN | IN_ONLYDIR), ENOTDIR);
	CHECK_ERR(inotify_add_watch(in_fd, "link", IN_OPEN | IN_ONLYDIR | IN_DONT_FOLLOW), ENOTDIR);
	CHECK_ERR(inotify_add_watch(in_fd, "f", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE), EINVAL);
	wd = inotify_add_watch(in_fd, "f", IN_OPEN | IN_MASK_CREATE);
	CHECK_EQ(wd, 1);
	CHECK_ERR(inotify_add_watch(in_fd, "f", IN_OPEN | IN_MASK_CREATE), EEXIST);
	CHECK_EQ(inotify_add_watch(in_fd, "link", IN_OPEN), wd); /* the same file */
	CHECK_EQ(inotify_add_watch(in_fd, "link", IN_OPEN | IN_DONT_FOLLOW), 2);
	CHECK_EQ(inotify_add_watch(in_fd, "dirlink", IN_OPEN | IN_ONLYDIR), 3);
	CHECK_ERR(inotify_rm_watch(in_fd, 99), EINVAL);
	CHECK_ERR(inotify_rm_watch(in_fd, 0), EINVAL);
	CHECK_ERR(inotify_rm_watch(in_fd, -1), EINVAL);
	CHECK_ERR(inotify_rm_watch(-1, wd), EBADF);
	CHECK_ERR(inotify_rm_watch(pipes[0], wd), EINVAL);
	CHECK_EQ(inotify_rm_watch(in_fd, wd), 0);
	CHECK_ERR(inotify_rm_watch(in_fd, wd), EINVAL);
	CHECK_EQ(inotify_add_watch(in_fd, "f", IN_OPEN), 4); /* numbers are not used again */
	other = inotify_init();
	CHECK_EQ(inotify_add_watch(other, "f", IN_OPEN), 1);
	CHECK_EQ(fcntl(in_fd, F_GETFL), O_RDONLY | O_NONBLOCK | O_LARGEFILE * 0);
	CHECK_EQ(fcntl(in_fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(other, F_GETFD), 0);
	CHECK_ERR(write(in_fd, "x", 1), EBADF);
	CHECK_EQ(lseek(in_fd, 100, SEEK_SET), 0);
	return TEST_RESULT;
}
