/* A raw packet socket. */
//only: nacre
#include "escape.h"
#include <sys/socket.h>

int main(void)
{
	ATTACK("packet_socket", SYS_socket, AF_PACKET, SOCK_RAW, 0);
}
