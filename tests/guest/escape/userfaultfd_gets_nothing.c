/* Stopping the kernel at a page fault. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("userfaultfd", SYS_userfaultfd, 1);
}
