/* Loading a filter of one's own. */
//only: nacre
#include "escape.h"

int main(void)
{
	static unsigned action = 0x7fff0000; /* is allow available? */

	ATTACK("seccomp", SYS_seccomp, 2, 0, &action);
}
