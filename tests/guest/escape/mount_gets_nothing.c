/* Mounting a file system. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("mount", SYS_mount, "none", "/tmp", "tmpfs", 0, 0);
}
