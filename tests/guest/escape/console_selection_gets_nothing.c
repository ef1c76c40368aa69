/* TIOCLINUX: pasting into the console. */
//only: nacre
#include "escape.h"
#include <sys/ioctl.h>

int main(void)
{
	ATTACK_REACHING(ENOTTY, "console_selection", SYS_ioctl, 0, TIOCLINUX, "\2");
}
