/* Changing the mode of a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("chmod", SYS_fchmodat, AT_FDCWD, canary_path("file"), 04777);
}
