/* Opening a host file for writing. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("open_for_writing", SYS_openat, AT_FDCWD, canary_path("file"), O_WRONLY);
}
