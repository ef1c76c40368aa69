/* Shared memory of the host. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("shmget", SYS_shmget, 0, 4096, 01600);
}
