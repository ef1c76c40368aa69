/* Comparing kernel pointers of processes. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("kcmp", SYS_kcmp, canary_pid(), canary_pid(), 1, 0, 0);
}
