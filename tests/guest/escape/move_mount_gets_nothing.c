/* The new mount calls. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("move_mount", SYS_fsopen, "tmpfs", 0);
}
