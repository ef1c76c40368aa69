/* Loading a program or map into the host kernel. */
//only: nacre
#include "escape.h"

int main(void)
{
	static uint32_t attr[32] = { 2, 4, 4, 1 }; /* a small array map */

	ATTACK("bpf", SYS_bpf, 0, attr, sizeof(attr));
}
