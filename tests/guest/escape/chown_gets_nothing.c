/* Changing the owner of a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("chown", SYS_fchownat, AT_FDCWD, canary_path("file"), 1, 1, 0);
}
