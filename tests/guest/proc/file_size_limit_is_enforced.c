/* RLIMIT_FSIZE: a short write up to it, then SIGXFSZ and EFBIG. */
#include "../test.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	struct rlimit limit = { 1000, RLIM_INFINITY };
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	char text[800];

	memset(text, 'x', sizeof(text));
	REQUIRE(fd >= 0 && setrlimit(RLIMIT_FSIZE, &limit) == 0);
	signal(SIGXFSZ, handler);
	CHECK_EQ(write(fd, text, 800), 800);
	CHECK_EQ(write(fd, text, 800), 200);
	CHECK_EQ(count, 0);
	CHECK_ERR(write(fd, text, 800), EFBIG);
	CHECK_EQ(count, 1);
	CHECK_ERR(ftruncate(fd, 1001), EFBIG);
	CHECK_EQ(count, 2);
	CHECK_EQ(ftruncate(fd, 1000), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 1000);
	return TEST_RESULT;
}
