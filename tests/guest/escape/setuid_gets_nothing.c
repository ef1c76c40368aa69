/* Another user. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("setuid", SYS_setuid, 12345);
}
