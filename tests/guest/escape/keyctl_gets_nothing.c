/* The session keyring. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("keyctl", SYS_keyctl, 0, -3, 1);
}
