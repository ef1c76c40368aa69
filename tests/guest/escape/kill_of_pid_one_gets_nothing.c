/* A signal to the first process. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("kill_of_pid_one", SYS_kill, 1, 0);
}
