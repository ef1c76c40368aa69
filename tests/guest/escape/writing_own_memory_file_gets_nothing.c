/* Writing text through /proc/self/mem. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("writing_own_memory_file", SYS_openat, AT_FDCWD, "/proc/self/mem",
	       O_RDWR);
}
