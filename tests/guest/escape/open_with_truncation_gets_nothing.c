/* Emptying a host file by opening it. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("open_with_truncation", SYS_openat, AT_FDCWD, canary_path("file"),
	       O_RDONLY | O_TRUNC);
}
