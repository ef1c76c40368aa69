/* exit_group(0x1234507) is seen as 7. */
//expect: exit 7
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	sys1(SYS_exit_group, 0x1234507);
	return 3;
}
