/* I/O ports. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("ioperm", SYS_ioperm, 0x80, 1, 1);
}
