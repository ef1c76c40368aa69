/* DN_RENAME is a new name in the same directory; a move to another is DN_DELETE, DN_CREATE. */
#include "../test.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static volatile int seen;

static void on_signal(int sig)
{
	(void)sig;
	seen++;
}

static int told(void)
{
	int n = seen;

	seen = 0;
	return n;
}

static int watched(const char *dir, unsigned long events)
{
	int fd = open(dir, O_RDONLY);

	REQUIRE(fd >= 0 && fcntl(fd, F_SETSIG, SIGUSR1) == 0);
	REQUIRE(fcntl(fd, F_NOTIFY, events | DN_MULTISHOT) == 0);
	return fd;
}

int main(void)
{
	int a, b;

	REQUIRE(chdir("/tmp") == 0 && mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0);
	close(open("a/f", O_CREAT | O_WRONLY, 0600));
	signal(SIGUSR1, on_signal);
	a = watched("a", DN_RENAME);
	b = watched("b", DN_RENAME);
	CHECK_EQ(rename("a/f", "b/f"), 0);
	CHECK_EQ(told(), 0);
	CHECK_EQ(rename("b/f", "b/g"), 0);
	CHECK_EQ(told(), 1);
	close(b);
	b = watched("b", DN_DELETE);
	CHECK_EQ(rename("b/g", "a/g"), 0);
	CHECK_EQ(told(), 1);
	CHECK_EQ(rename("a/g", "a/h"), 0);
	CHECK_EQ(told(), 1);
	CHECK_EQ(close(a) | close(b), 0);
	return TEST_RESULT;
}
