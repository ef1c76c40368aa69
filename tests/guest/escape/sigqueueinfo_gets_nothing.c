/* Killing a host process by rt_sigqueueinfo. */
//only: nacre
#include "escape.h"

int main(void)
{
	static siginfo_t info = { .si_code = SI_QUEUE };

	ATTACK("sigqueueinfo", SYS_rt_sigqueueinfo, canary_pid(), SIGKILL, &info);
}
