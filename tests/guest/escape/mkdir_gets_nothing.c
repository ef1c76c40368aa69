/* Making a host directory. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("mkdir", SYS_mkdirat, AT_FDCWD, canary_path("other"), 0755);
}
