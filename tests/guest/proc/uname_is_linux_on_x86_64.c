/* uname: fields, termination, bad pointer. */
#include "../test.h"
#include <sys/syscall.h>
#include <sys/utsname.h>

int main(void)
{
	struct utsname u;
	int major, minor;

	memset(&u, 0xff, sizeof(u));
	CHECK_EQ(uname(&u), 0);
	CHECK(strcmp(u.sysname, "Linux") == 0);
	CHECK(strcmp(u.machine, "x86_64") == 0);
	CHECK(u.nodename[0] != '\0' && strlen(u.nodename) < 65);
	CHECK(sscanf(u.release, "%d.%d", &major, &minor) == 2 && major >= 4);
	CHECK(u.version[0] == '#');
	CHECK(memchr(u.domainname, '\0', 65) != NULL);
	CHECK_EQ(sys1(SYS_uname, NULL), -EFAULT);
	CHECK_EQ(sys1(SYS_uname, BAD_HIGH), -EFAULT);
	return TEST_RESULT;
}
