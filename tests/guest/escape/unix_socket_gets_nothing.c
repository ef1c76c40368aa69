/* A Unix socket, which could reach host daemons. */
//only: nacre
#include "escape.h"
#include <sys/socket.h>

int main(void)
{
	ATTACK("unix_socket", SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}
