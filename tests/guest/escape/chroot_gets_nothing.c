/* Another root by chroot. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("chroot", SYS_chroot, "/");
}
