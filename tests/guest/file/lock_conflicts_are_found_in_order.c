/* F_GETLK tells of the first lock in the way: an owner's by their start, owners by age. */
#include "../test.h"
#include <fcntl.h>
#include <sys/wait.h>

static int fd;

static int lock(int f, int cmd, int type, long at, long len)
{
	struct flock l = { .l_type = (short)type, .l_start = at, .l_len = len };

	return fcntl(f, cmd, &l);
}

/* Who is in the way of [at, at + len)? As start * 2 + exclusive, from another process. */
static int first(int type, long at, long len)
{
	struct flock l = { .l_type = (short)type, .l_start = at, .l_len = len };
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK ?
			      (int)l.l_start * 2 + (l.l_type == F_WRLCK) : 255);
	REQUIRE(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

int main(void)
{
	int other;

	fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	REQUIRE(fd >= 0);
	/* set from the end to the start, found from the start */
	CHECK_EQ(lock(fd, F_SETLK, F_WRLCK, 50, 10), 0);
	CHECK_EQ(lock(fd, F_SETLK, F_RDLCK, 30, 10), 0);
	CHECK_EQ(lock(fd, F_SETLK, F_WRLCK, 10, 10), 0);
	CHECK_EQ(first(F_WRLCK, 0, 0), 10 * 2 + 1);
	CHECK_EQ(first(F_WRLCK, 25, 0), 30 * 2);
	CHECK_EQ(first(F_RDLCK, 25, 0), 50 * 2 + 1);
	/* another type in the middle: three in order */
	CHECK_EQ(lock(fd, F_SETLK, F_RDLCK, 13, 3), 0);
	CHECK_EQ(first(F_WRLCK, 0, 0), 10 * 2 + 1);
	CHECK_EQ(first(F_WRLCK, 13, 0), 13 * 2);
	CHECK_EQ(first(F_RDLCK, 13, 0), 16 * 2 + 1);
	/* one that covers all stands for all; a gap splits it */
	CHECK_EQ(lock(fd, F_SETLK, F_WRLCK, 5, 95), 0);
	CHECK_EQ(lock(fd, F_SETLK, F_UNLCK, 40, 10), 0);
	CHECK_EQ(first(F_RDLCK, 0, 0), 5 * 2 + 1);
	CHECK_EQ(first(F_RDLCK, 40, 0), 50 * 2 + 1);
	CHECK_EQ(first(F_RDLCK, 40, 10), 255);
	/* the older owner's come first, wherever they lie, and keep their place when changed */
	CHECK_EQ(lock(fd, F_SETLK, F_UNLCK, 0, 0), 0);
	other = open("/tmp/f", O_RDWR);
	CHECK_EQ(lock(fd, F_SETLK, F_RDLCK, 80, 10), 0);
	CHECK_EQ(lock(other, F_OFD_SETLK, F_WRLCK, 20, 10), 0);
	CHECK_EQ(first(F_WRLCK, 0, 0), 80 * 2);
	CHECK_EQ(lock(fd, F_SETLK, F_WRLCK, 75, 20), 0);
	CHECK_EQ(first(F_WRLCK, 0, 0), 75 * 2 + 1);
	CHECK_EQ(lock(fd, F_SETLK, F_RDLCK, 94, 3), 0);
	CHECK_EQ(first(F_WRLCK, 0, 0), 75 * 2 + 1);
	return TEST_RESULT;
}
