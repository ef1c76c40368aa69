/* Watching a whole file system. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("fanotify_init", SYS_fanotify_init, 0, 0);
}
