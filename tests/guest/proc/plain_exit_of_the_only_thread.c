/* SYS_exit in a single-threaded program ends it with that status, without flushing. */
//expect: exit 9
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	printf("never flushed");
	if (write(1, "written\n", 8) != 8)
		return 1;
	sys1(SYS_exit, 9);
	return 3;
}
