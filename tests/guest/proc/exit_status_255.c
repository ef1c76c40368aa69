/* The status of exit() reaches the outside: 255. */
//expect: exit 255
#include "../test.h"

int main(void)
{
	exit(255);
}
