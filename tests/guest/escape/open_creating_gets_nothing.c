/* Creating a host file. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("open_creating", SYS_openat, AT_FDCWD, canary_path("new"),
	       O_WRONLY | O_CREAT, 0600);
}
