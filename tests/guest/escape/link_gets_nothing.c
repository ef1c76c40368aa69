/* Linking a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	const char *from = strdup(canary_path("file"));

	ATTACK("link", SYS_linkat, AT_FDCWD, from, AT_FDCWD, canary_path("other"), 0);
}
