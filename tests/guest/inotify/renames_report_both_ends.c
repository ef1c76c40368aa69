/* rename: MOVED_FROM and MOVED_TO with one cookie, MOVE_SELF, files replaced and exchanged. */
#include "inotify.h"
#include <sys/syscall.h>

static uint32_t cookie_of(const char *buf, ssize_t n, uint32_t mask)
{
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(buf + at);

		if (e->mask & mask)
			return e->cookie;
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	return 0;
}

static uint32_t check_cookies(void)
{
	char buf[4096] __attribute__((aligned(8)));
	ssize_t n = read(in_fd, buf, sizeof(buf));
	uint32_t from = cookie_of(buf, n, IN_MOVED_FROM);

	CHECK(from != 0);
	CHECK_EQ(cookie_of(buf, n, IN_MOVED_TO), from);
	CHECK_EQ(cookie_of(buf, n, IN_MOVE_SELF), 0);
	return from;
}

int main(void)
{
	uint32_t first;

	in_start();
	mkdir("one", 0755);
	mkdir("two", 0755);
	in_touch("one/a");
	in_touch("one/b");
	in_watch("one", IN_ALL_EVENTS, "one");
	in_watch("two", IN_ALL_EVENTS, "two");
	in_watch("one/a", IN_ALL_EVENTS, "a");
	in_watch("one/b", IN_ALL_EVENTS, "b");
	CHECK_EQ(rename("one/a", "one/c"), 0);
	CHECK_EVENTS("one:MOVED_FROM(a) one:MOVED_TO(c) a:MOVE_SELF");
	CHECK_EQ(rename("one/c", "two/a"), 0);
	CHECK_EVENTS("one:MOVED_FROM(c) two:MOVED_TO(a) a:MOVE_SELF");
	CHECK_EQ(rename("two/a", "one/a"), 0);
	first = check_cookies();
	CHECK_EQ(rename("one/a", "two/x"), 0);
	CHECK(check_cookies() != first);
	CHECK_EQ(rename("two/x", "one/b"), 0); /* over b, which is gone */
	CHECK_EVENTS("two:MOVED_FROM(x) one:MOVED_TO(b) b:ATTRIB a:MOVE_SELF b:DELETE_SELF "
		     "b:IGNORED");
	in_touch("two/y");
	in_watch("two/y", IN_MOVE_SELF, "y");
	in_events();
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "one/b", AT_FDCWD, "two/y", 2), 0);
	CHECK_EVENTS("one:MOVED_FROM(b) two:MOVED_TO(y) a:MOVE_SELF "
		     "two:MOVED_FROM(y) one:MOVED_TO(b) y:MOVE_SELF");
	CHECK_EQ(rename("two", "one/two"), 0);
	CHECK_EVENTS("one:MOVED_TO|ISDIR(two) two:MOVE_SELF");
	CHECK_EQ(link("one/b", "one/same"), 0);
	in_events();
	CHECK_EQ(rename("one/b", "one/same"), 0); /* two names of one file: nothing */
	CHECK_EVENTS("");
	CHECK_ERR(rename("one/nothing", "one/z"), ENOENT);
	CHECK_EVENTS("");
	return TEST_RESULT;
}
