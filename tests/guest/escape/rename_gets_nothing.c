/* Renaming a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	const char *from = strdup(canary_path("file"));

	ATTACK("rename", SYS_renameat2, AT_FDCWD, from, AT_FDCWD, canary_path("other"),
	       0);
}
