/* Changing host settings through /proc. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("writing_a_proc_file", SYS_openat, AT_FDCWD,
	       "/proc/sys/kernel/hostname", O_WRONLY);
}
