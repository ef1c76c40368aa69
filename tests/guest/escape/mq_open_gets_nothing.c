/* A POSIX message queue of the host. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("mq_open", SYS_mq_open, "nacre", O_RDWR | O_CREAT, 0600, 0);
}
