/* The limits of a host process. */
//only: nacre
#include "escape.h"

int main(void)
{
	static uint64_t limit[2];

	ATTACK("prlimit_of_another", SYS_prlimit64, canary_pid(), 7, 0, limit);
}
