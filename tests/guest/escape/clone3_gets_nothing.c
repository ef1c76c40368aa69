/* clone3, whose flags no filter can see. */
//only: nacre
#include "escape.h"
#include <sched.h>

int main(void)
{
	static uint64_t args[8] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD };

	ATTACK("clone3", SYS_clone3, args, 64);
}
