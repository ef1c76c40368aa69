/* A file of the layer below is changed: a private mapping keeps what it showed, reads do not. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

#define FILE_BELOW "/etc/debian_version"

int main(void)
{
	int ro = open(FILE_BELOW, O_RDONLY), rw;
	char *private, was, c;

	if (ro < 0)
		skip("no " FILE_BELOW);
	private = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0);
	REQUIRE(private != MAP_FAILED);
	was = private[0];
	private[1] = '1';
	rw = open(FILE_BELOW, O_RDWR);
	if (rw < 0)
		skip("cannot be written");
	CHECK_EQ(pwrite(rw, "##", 2, 0), 2);
	CHECK_EQ(pread(ro, &c, 1, 0), 1);
	CHECK_EQ(c, '#');
	CHECK_EQ(private[0], was);
	CHECK_EQ(private[1], '1');
	return TEST_RESULT;
}
