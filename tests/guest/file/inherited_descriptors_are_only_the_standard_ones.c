/* A program starts with 0, 1 and 2 and nothing else. */
#include "../test.h"
#include <fcntl.h>

int main(void)
{
	for (int fd = 0; fd < 1024; fd++)
		CHECK_EQ(fcntl(fd, F_GETFD), fd < 3 ? 0 : -1);
	CHECK_EQ(close(0), 0);
	CHECK_EQ(open("/dev/null", O_RDONLY), 0);
	return TEST_RESULT;
}
