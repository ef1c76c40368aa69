/* select: numbers beyond the descriptor table are not looked at, closed ones in it are EBADF. */
#include "../test.h"
#include <fcntl.h>
#include <sys/select.h>
#include <sys/syscall.h>

static long try(int count, unsigned char *in)
{
	struct timeval zero = { 0, 0 };

	return sys5(SYS_select, count, in, NULL, NULL, &zero);
}

static void set(unsigned char *bits, int n)
{
	bits[n / 8] |= (unsigned char)(1 << n % 8);
}

int main(void)
{
	unsigned char *in = calloc(1, 1 << 17);
	int fd = open("/dev/null", O_RDONLY);

	REQUIRE(in != NULL && fd >= 0 && fd < 60);
	CHECK_EQ(try(-1, in), -EINVAL);
	set(in, 61);
	CHECK_EQ(try(64, in), -EBADF); /* closed, but in the table */
	CHECK_EQ(try(61, in), 0);
	memset(in, 0, 1 << 17);
	set(in, 300);
	CHECK_EQ(try(1024, in), 0); /* the table has not grown so far */
	set(in, 300);
	set(in, fd);
	CHECK_EQ(try(1024, in), 1);
	memset(in, 0, 1 << 17);
	set(in, 5000);
	CHECK_EQ(try(1 << 20, in), 0);
	CHECK_EQ(try(2000000000, in), 0);
	/* It grows: by powers of two. */
	REQUIRE(dup2(fd, 260) == 260);
	memset(in, 0, 1 << 17);
	set(in, 300);
	CHECK_EQ(try(1024, in), -EBADF);
	set(in, 600);
	in[300 / 8] = 0;
	CHECK_EQ(try(1024, in), 0);
	return TEST_RESULT;
}
