/* Making a symbolic link. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("symlink", SYS_symlinkat, "/etc", AT_FDCWD, canary_path("other"));
}
