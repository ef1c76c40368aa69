/* An asynchronous I/O context. */
//only: nacre
#include "escape.h"

int main(void)
{
	static unsigned long context;

	ATTACK("aio_setup", SYS_io_setup, 4, &context);
}
