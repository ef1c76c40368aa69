/* Changing the times of a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("utimensat", SYS_utimensat, AT_FDCWD, canary_path("file"), NULL, 0);
}
