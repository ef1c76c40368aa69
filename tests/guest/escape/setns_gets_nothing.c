/* Joining another namespace. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK_REACHING(EINVAL, "setns", SYS_setns, 0, 0);
}
