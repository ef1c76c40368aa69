/* A netlink socket. */
//only: nacre
#include "escape.h"
#include <sys/socket.h>

int main(void)
{
	ATTACK("netlink_socket", SYS_socket, AF_NETLINK, SOCK_RAW, 0);
}
