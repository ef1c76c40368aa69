/*
 * One epoll_wait returns every ready item for which there is room, each once. An item is a
 * file and a number: it stays when the number is given to another file, so few numbers make
 * many items.
 */
#include "../test.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#define FILES 50
#define NUMBERS 100
#define COUNT (FILES * NUMBERS)
#define FIRST 500

static struct epoll_event events[COUNT + 1];
static unsigned char seen[COUNT];

static void add(int set, int fd, unsigned id)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u32 = id };

	REQUIRE(epoll_ctl(set, EPOLL_CTL_ADD, fd, &e) == 0);
}

int main(void)
{
	int set = epoll_create1(0), n;

	REQUIRE(set >= 0);
	for (unsigned file = 0; file < FILES; file++) {
		int fd = eventfd(1, 0);

		REQUIRE(fd >= 0);
		for (unsigned i = 0; i < NUMBERS; i++) {
			REQUIRE(dup2(fd, FIRST + (int)i) == FIRST + (int)i);
			add(set, FIRST + (int)i, file * NUMBERS + i);
		}
	}
	n = epoll_wait(set, events, COUNT + 1, 0);
	CHECK_EQ(n, COUNT);
	for (int i = 0; i < n; i++)
		CHECK_EQ(++seen[events[i].data.u32], 1);
	CHECK_EQ(epoll_wait(set, events, 10, 0), 10);
	return TEST_RESULT;
}
