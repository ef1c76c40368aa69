/* Capabilities. */
//only: nacre
#include "escape.h"

int main(void)
{
	static uint32_t header[2] = { 0x20080522, 0 }, data[6];

	ATTACK("capset", SYS_capset, header, data);
}
