/* The status of exit() reaches the outside: 1. */
//expect: exit 1
#include "../test.h"

int main(void)
{
	exit(1);
}
