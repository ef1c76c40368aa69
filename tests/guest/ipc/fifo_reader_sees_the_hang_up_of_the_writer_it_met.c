/*
 * A reader whose open(2) met a writer that had been waiting gets POLLHUP when that writer
 * closes; a non-blocking reader that opened before any writer does not until one came and
 * went.
 */
#include "../test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	REQUIRE(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static void met_a_waiting_writer(const char *path)
{
	int fd, status;
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (child == 0) {
		fd = open(path, O_WRONLY);
		_exit(fd < 0);
	}
	usleep(50000); /* it waits by now */
	fd = open(path, O_RDONLY);
	REQUIRE(fd >= 0);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	CHECK_EQ(events(fd), POLLHUP);
	close(fd);
}

static void opened_before_any_writer(const char *path)
{
	int reader = open(path, O_RDONLY | O_NONBLOCK), writer;

	REQUIRE(reader >= 0);
	CHECK_EQ(events(reader), 0);
	writer = open(path, O_WRONLY);
	REQUIRE(writer >= 0);
	CHECK_EQ(events(reader), 0);
	close(writer);
	CHECK_EQ(events(reader), POLLHUP);
	close(reader);
}

int main(void)
{
	char dir[] = "/tmp/fifo.XXXXXX", path[64];

	REQUIRE(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/f", dir);
	REQUIRE(mkfifo(path, 0600) == 0);
	met_a_waiting_writer(path);
	opened_before_any_writer(path);
	unlink(path);
	rmdir(dir);
	return TEST_RESULT;
}
