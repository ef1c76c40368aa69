/* Deleting a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("unlink", SYS_unlinkat, AT_FDCWD, canary_path("file"), 0);
}
