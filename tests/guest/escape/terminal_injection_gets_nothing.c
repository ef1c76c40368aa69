/* TIOCSTI: typing into the terminal. */
//only: nacre
#include "escape.h"
#include <sys/ioctl.h>

int main(void)
{
	ATTACK_REACHING(ENOTTY, "terminal_injection", SYS_ioctl, 0, TIOCSTI, "x");
}
