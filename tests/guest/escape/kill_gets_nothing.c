/* Killing a host process. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("kill", SYS_kill, canary_pid(), SIGKILL);
}
