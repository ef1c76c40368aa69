/* The host's kernel log. */
//only: nacre
#include "escape.h"

int main(void)
{
	static char text[64];

	ATTACK("syslog", SYS_syslog, 3, text, sizeof(text));
}
