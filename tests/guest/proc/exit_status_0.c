/* The status of exit() reaches the outside: 0. */
//expect: exit 0
#include "../test.h"

int main(void)
{
	exit(0);
}
