/* Close-on-exec: only those marked go, others keep number, position and flags. */
#include <fcntl.h>
#include <sys/mman.h>

#include "process.h"

int main(int argc, char **argv)
{
	if (argc > 1) {
		char c = 0;

		CHECK_ERR(fcntl(10, F_GETFD), EBADF);
		CHECK_EQ(fcntl(11, F_GETFD), 0);
		CHECK_EQ(fcntl(11, F_GETFL) & O_APPEND, O_APPEND);
		CHECK_EQ(lseek(11, 0, SEEK_CUR), 3);
		CHECK_ERR(fcntl(12, F_GETFD), EBADF);
		CHECK_EQ(read(13, &c, 1), 1);
		CHECK_EQ(c, 'p');
		CHECK_EQ(read(13, &c, 1), 0); /* its writing end was closed */
		CHECK_ERR(fcntl(0, F_GETFD), EBADF);
		_exit(TEST_RESULT);
	}
	int fd = memfd_create("f", 0), ends[2];

	CHECK_EQ(CHILD_RESULT({
		REQUIRE(write(fd, "abcdef", 6) == 6);
		lseek(fd, 3, SEEK_SET);
		dup2(fd, 11);
		fcntl(11, F_SETFL, O_APPEND);
		dup3(fd, 10, O_CLOEXEC);
		open("/dev/null", O_RDONLY | O_CLOEXEC);
		dup2(fd, 12);
		fcntl(12, F_SETFD, FD_CLOEXEC);
		REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
		REQUIRE(write(ends[1], "p", 1) == 1);
		dup2(ends[0], 13);
		close(0);
		char *again[] = { argv[0], "again", NULL };
		execv(argv[0], again);
		_exit(9);
	}), 0);
	/* A failed exec closes nothing. */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	char *none[] = { NULL };
	CHECK_ERR(execv("/nothing/there", none), ENOENT);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	return TEST_RESULT;
}
