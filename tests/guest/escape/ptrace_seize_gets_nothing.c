/* Tracing a host process. */
//only: nacre
#include "escape.h"
#include <sys/ptrace.h>

int main(void)
{
	ATTACK("ptrace_seize", SYS_ptrace, PTRACE_SEIZE, canary_pid(), 0, 0);
}
