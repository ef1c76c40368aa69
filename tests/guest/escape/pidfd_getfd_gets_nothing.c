/* Taking a descriptor of another process. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK_REACHING(EBADF, "pidfd_getfd", SYS_pidfd_getfd, 0, 0, 0);
}
