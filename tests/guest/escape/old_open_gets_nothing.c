/* Writing by the old open call. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("old_open", SYS_open, canary_path("file"), O_RDWR);
}
