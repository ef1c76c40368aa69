/* EMFILE at RLIMIT_NOFILE for every call that makes descriptors; lowest free number. */
#include "../test.h"
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

int main(void)
{
	struct rlimit old, limit;
	int fds[2] = { 77, 78 };

	REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
	limit = old;
	limit.rlim_cur = 20;
	REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (int i = 3; i < 20; i++)
		CHECK_EQ(open("/dev/null", O_RDONLY), i);
	CHECK_ERR(open("/dev/null", O_RDONLY), EMFILE);
	CHECK_ERR(open("/tmp/made", O_RDWR | O_CREAT, 0600), EMFILE);
	CHECK_ERR(access("/tmp/made", F_OK), ENOENT);
	CHECK_ERR(dup(0), EMFILE);
	CHECK_ERR(dup2(0, 20), EBADF);
	CHECK_ERR(fcntl(0, F_DUPFD, 0), EMFILE);
	CHECK_ERR(pipe(fds), EMFILE);
	CHECK(fds[0] == 77 && fds[1] == 78);
	CHECK_ERR(eventfd(0, 0), EMFILE);
	CHECK_EQ(close(19), 0);
	CHECK_ERR(pipe(fds), EMFILE);
	CHECK_EQ(open("/dev/null", O_RDONLY), 19);
	close(7);
	close(12);
	CHECK_EQ(dup(0), 7);
	CHECK_EQ(dup(0), 12);
	REQUIRE(setrlimit(RLIMIT_NOFILE, &old) == 0);
	CHECK_EQ(open("/dev/null", O_RDONLY), 20);
	return TEST_RESULT;
}
