/* The x32 number of execve. */
//only: nacre
#include "escape.h"

int main(void)
{
	static char *argv[] = { "echo", "ESCAPED by x32", NULL }, *envp[] = { NULL };
	const char *path = "/bin/echo";

	ATTACK("x32_execve", 0x40000000 | 520, path, argv, envp);
}
