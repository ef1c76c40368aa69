/* One epoll_wait returns every ready descriptor for which there is room, each once. */
#include "../test.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#define COUNT 5000

static struct epoll_event events[COUNT + 1];
static unsigned char seen[COUNT];

int main(void)
{
	struct rlimit limit;
	int set, n;

	REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = COUNT + 100;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		skip("too few descriptors");
	set = epoll_create1(0);
	REQUIRE(set >= 0);
	for (int i = 0; i < COUNT; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.u32 = (unsigned)i };
		int fd = eventfd(1, 0);

		REQUIRE(fd >= 0);
		REQUIRE(epoll_ctl(set, EPOLL_CTL_ADD, fd, &e) == 0);
	}
	n = epoll_wait(set, events, COUNT + 1, 0);
	CHECK_EQ(n, COUNT);
	for (int i = 0; i < n; i++)
		CHECK_EQ(++seen[events[i].data.u32], 1);
	CHECK_EQ(epoll_wait(set, events, 10, 0), 10);
	return TEST_RESULT;
}
