/* SIGPIPE at its default ends the writer. */
//expect: signal 13
#include "../test.h"

int main(void)
{
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	close(fds[0]);
	return write(fds[1], "x", 1) == 1 ? 3 : 4;
}
