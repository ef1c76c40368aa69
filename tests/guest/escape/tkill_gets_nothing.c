/* Killing a host process by tkill. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("tkill", SYS_tkill, canary_pid(), SIGKILL);
}
