/* An event like the last in the queue is not added; names and watches make a difference. */
#include "inotify.h"

int main(void)
{
	int a, b;

	in_start();
	a = in_make("a");
	b = in_make("b");
	in_watch(".", IN_MODIFY | IN_ATTRIB, "dir");
	for (int i = 0; i < 5; i++)
		CHECK_EQ(write(a, "x", 1), 1);
	CHECK_EVENTS("dir:MODIFY(a)");
	CHECK_EQ(write(a, "x", 1), 1);
	CHECK_EQ(write(b, "x", 1), 1);
	CHECK_EQ(write(a, "x", 1), 1);
	CHECK_EVENTS("dir:MODIFY(a) dir:MODIFY(b) dir:MODIFY(a)");
	CHECK_EQ(write(a, "x", 1), 1);
	CHECK_EQ(fchmod(a, 0600), 0);
	CHECK_EQ(write(a, "x", 1), 1);
	CHECK_EVENTS("dir:MODIFY(a) dir:ATTRIB(a) dir:MODIFY(a)");
	return TEST_RESULT;
}
