/* Moving what /proc says of the process. */
//only: nacre
#include "escape.h"
#include <sys/prctl.h>

int main(void)
{
	ATTACK("prctl_mm", SYS_prctl, PR_SET_MM, PR_SET_MM_BRK, 0x10000, 0, 0);
}
