/* Writing another process's memory. */
//only: nacre
#include "escape.h"
#include <sys/uio.h>

int main(void)
{
	static char byte;
	static struct iovec local = { &byte, 1 };
	struct iovec remote = { canary_memory(), 1 };

	ATTACK("process_vm_writev", SYS_process_vm_writev, canary_pid(), &local, 1,
	       &remote, 1, 0);
}
