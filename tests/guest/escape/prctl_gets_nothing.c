/* Changing process attributes. */
//only: nacre
#include "escape.h"
#include <sys/prctl.h>

int main(void)
{
	ATTACK("prctl", SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}
