/* After max_queued_events IN_Q_OVERFLOW follows, once; after reading it goes on. */
#include "inotify.h"

int main(void)
{
	static char buf[1 << 20] __attribute__((aligned(8)));
	long max = 0, count = 0, overflows = 0;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	const struct inotify_event *e = NULL;
	ssize_t n;
	int a, b;

	REQUIRE(f != NULL && fscanf(f, "%ld", &max) == 1 && max > 0 && max < 1000000);
	fclose(f);
	in_start();
	a = in_make("a");
	b = in_make("b");
	in_watch(".", IN_MODIFY, "dir");
	for (long i = 0; i < max / 2 + 100; i++) {
		CHECK_EQ(pwrite(a, "x", 1, 0), 1);
		CHECK_EQ(pwrite(b, "x", 1, 0), 1);
	}
	while ((n = read(in_fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*e) + e->len)) {
			e = (void *)(buf + at);
			count++;
			overflows += (e->mask & IN_Q_OVERFLOW) != 0;
		}
	CHECK_EQ(count, max + 1);
	CHECK_EQ(overflows, 1);
	CHECK(e != NULL && e->mask == IN_Q_OVERFLOW && e->wd == -1 && e->len == 0);
	CHECK_EQ(pwrite(a, "x", 1, 0), 1);
	CHECK_EVENTS("dir:MODIFY(a)");
	return TEST_RESULT;
}
