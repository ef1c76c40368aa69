/* A message queue of the host. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("msgget", SYS_msgget, 0, 01600);
}
