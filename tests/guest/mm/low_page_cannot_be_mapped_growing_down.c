/* A probe some programs make: an odd fixed address with MAP_GROWSDOWN is EINVAL. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(sys6(SYS_mmap, 1, PAGE, PROT_READ, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0),
		 -EINVAL);
	CHECK_EQ(sys6(SYS_mmap, 0x7fff0001, PAGE, PROT_READ,
		      ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0), -EINVAL);
	/* shared and growing down do not go together */
	CHECK_EQ(sys6(SYS_mmap, 0, PAGE, PROT_READ,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0), -EINVAL);
	return TEST_RESULT;
}
