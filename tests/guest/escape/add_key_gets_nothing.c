/* A new key. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("add_key", SYS_add_key, "user", "nacre", "x", 1, -3);
}
