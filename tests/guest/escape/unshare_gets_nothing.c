/* New namespaces for oneself. */
//only: nacre
#include "escape.h"
#include <sched.h>

int main(void)
{
	ATTACK("unshare", SYS_unshare, CLONE_NEWUSER);
}
