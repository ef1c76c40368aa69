/* Creating by creat. */
//only: nacre
#include "escape.h"

int main(void)
{
	ATTACK("creat", SYS_creat, canary_path("file"), 0600);
}
