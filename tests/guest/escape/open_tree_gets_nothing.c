/* Cloning a mount. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("open_tree", SYS_open_tree, AT_FDCWD, "/", 1);
}
