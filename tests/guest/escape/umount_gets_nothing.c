/* Unmounting. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("umount", SYS_umount2, "/tmp", 2);
}
