/* gethostname follows uname; too small a buffer is an error. */
#include "../test.h"
#include <sys/utsname.h>

int main(void)
{
	struct utsname u;
	char name[65] = "", tiny[2];

	CHECK_EQ(uname(&u), 0);
	CHECK_EQ(gethostname(name, sizeof(name)), 0);
	CHECK(strcmp(name, u.nodename) == 0);
	CHECK_ERR(gethostname(tiny, 1), ENAMETOOLONG);
	return TEST_RESULT;
}
