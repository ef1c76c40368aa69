/* A TCP socket. */
//only: nacre
#include "escape.h"
#include <sys/socket.h>

int main(void)
{
	ATTACK("internet_socket", SYS_socket, AF_INET, SOCK_STREAM, 0);
}
