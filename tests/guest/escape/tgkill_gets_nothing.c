/* Killing a host process by tgkill. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("tgkill", SYS_tgkill, canary_pid(), canary_pid(), SIGKILL);
}
