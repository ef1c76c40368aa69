/* Asking to be traced. */
//only: nacre
#include "escape.h"
#include <sys/ptrace.h>

int main(void)
{
	ATTACK("ptrace_traceme", SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}
