/* A child in new namespaces, with capabilities there. */
//only: nacre
#include "escape.h"
#include <sched.h>

int main(void)
{
	ATTACK("clone_of_namespaces", SYS_clone, CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD,
	       0, 0, 0, 0);
}
