/* EPOLLEXCLUSIVE: of several who wait for a pipe, a write wakes one, its end all. */
#include "../test.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#define WAITERS 4

static int watched[2], report[2];

static void wait_once(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int set = epoll_create1(0);

	close(watched[1]);
	if (epoll_ctl(set, EPOLL_CTL_ADD, watched[0], &e) == 0 && epoll_wait(set, &e, 1, -1) == 1 &&
	    write(report[1], "w", 1) == 1)
		_exit(0);
	_exit(1);
}

static void until_asleep(pid_t pid)
{
	char path[40], text[200], *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	do {
		usleep(1000);
		f = fopen(path, "r");
		REQUIRE(f != NULL && fgets(text, sizeof(text), f) != NULL);
		fclose(f);
		state = strrchr(text, ')');
	} while (state == NULL || state[2] != 'S');
}

/* Those who were woken; a moment is given for one too many. */
static int told(int expected)
{
	struct pollfd p = { .fd = report[0], .events = POLLIN };
	int n = 0;
	char c;

	while (poll(&p, 1, n < expected ? 10000 : 50) == 1 && read(report[0], &c, 1) == 1)
		n++;
	return n;
}

int main(void)
{
	pid_t pids[WAITERS];
	int status;
	char c;

	REQUIRE(pipe(watched) == 0 && pipe(report) == 0);
	for (int i = 0; i < WAITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			wait_once();
		until_asleep(pids[i]);
	}
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(write(watched[1], "x", 1), 1);
		CHECK_EQ(told(1), 1);
		CHECK_EQ(read(watched[0], &c, 1), 1);
	}
	close(watched[1]);
	CHECK_EQ(told(WAITERS - 2), WAITERS - 2);
	for (int i = 0; i < WAITERS; i++)
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
	return TEST_RESULT;
}
