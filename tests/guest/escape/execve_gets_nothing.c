/* Running another program. */
//only: nacre
#include "escape.h"

int main(void)
{
	static char *argv[] = { "echo", "ESCAPED by execve", NULL }, *envp[] = { NULL };
	const char *path = "/bin/echo";

	ATTACK("execve", SYS_execve, path, argv, envp);
}
