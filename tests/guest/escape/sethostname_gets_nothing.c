/* Another host name. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("sethostname", SYS_sethostname, "escaped", 7);
}
