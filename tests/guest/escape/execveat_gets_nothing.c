/* Running another program by descriptor. */
//only: nacre
#include "escape.h"

int main(void)
{
	static char *argv[] = { "echo", "ESCAPED by execveat", NULL }, *envp[] = { NULL };
	const char *path = "/bin/echo";

	ATTACK("execveat", SYS_execveat, AT_FDCWD, path, argv, envp, 0);
}
