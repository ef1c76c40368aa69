/* Truncating a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("truncate", SYS_truncate, canary_path("file"), 0);
}
