/* Another root. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK_REACHING(EBUSY, "pivot_root", SYS_pivot_root, "/", "/");
}
