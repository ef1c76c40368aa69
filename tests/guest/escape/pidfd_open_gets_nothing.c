/* A handle on a host process. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("pidfd_open", SYS_pidfd_open, canary_pid(), 0);
}
