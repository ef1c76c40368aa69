/* A ring that makes calls past the filter. */
//only: nacre
#include "escape.h"

int main(void)
{
	static char params[128];

	ATTACK("io_uring", SYS_io_uring_setup, 4, params);
}
