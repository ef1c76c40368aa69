/* Making a device node. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("mknod", SYS_mknodat, AT_FDCWD, canary_path("other"), 0020666, 0x103);
}
