/* Watching the host by performance events. */
//only: nacre
#include "escape.h"

int main(void)
{
	static uint64_t attr[16] = { 1 | 112UL << 32, 1 }; /* a software clock */

	ATTACK("perf_event_open", SYS_perf_event_open, attr, 0, -1, -1, 0);
}
