/* A SIGBUS handler that extends the file lets the access succeed. */
#include "../test.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

static int fd;
static volatile int count;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (info->si_code != BUS_ADRERR || ++count > 3 || ftruncate(fd, 4 * PAGE) != 0)
		_exit(9);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	char *p;

	fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(fd >= 0 && p != MAP_FAILED);
	sigaction(SIGBUS, &sa, NULL);
	p[3 * PAGE] = 'x';
	CHECK_EQ(count, 1);
	CHECK_EQ(p[3 * PAGE], 'x');
	return TEST_RESULT;
}
