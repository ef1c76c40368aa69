/* The status of exit() reaches the outside: 42. */
//expect: exit 42
#include "../test.h"

int main(void)
{
	exit(42);
}
