/* A mount namespace of one's own. */
//only: nacre
#include "escape.h"
#include <sched.h>

int main(void)
{
	ATTACK("unshare_of_mounts", SYS_unshare, CLONE_NEWNS);
}
