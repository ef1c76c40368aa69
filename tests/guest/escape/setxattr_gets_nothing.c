/* Setting an attribute of a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("setxattr", SYS_setxattr, canary_path("file"), "trusted.nacre", "x", 1,
	       0);
}
