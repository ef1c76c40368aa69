/* A path built with relative steps past 4096 bytes works; getcwd cannot name it. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int main(void)
{
	char name[201], text[8192];

	memset(name, 'd', 200);
	name[200] = '\0';
	for (int i = 0; i < 30; i++) {
		REQUIRE(mkdir(name, 0755) == 0);
		REQUIRE(chdir(name) == 0);
	}
	CHECK_EQ(close(open("bottom", O_WRONLY | O_CREAT, 0600)), 0);
	CHECK_EQ(access("bottom", F_OK), 0);
	CHECK_EQ(sys2(SYS_getcwd, text, sizeof(text)), -ENAMETOOLONG);
	for (int i = 0; i < 29; i++)
		REQUIRE(chdir("..") == 0);
	CHECK_EQ(sys2(SYS_getcwd, text, sizeof(text)), 5 + 200 + 1);
	CHECK_EQ(access(name, F_OK), 0);
	return TEST_RESULT;
}
