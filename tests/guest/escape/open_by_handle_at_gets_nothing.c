/* Opening past every directory. */
//only: nacre
#include "escape.h"

int main(void)
{
	static uint32_t handle[8] = { 8, 1 };

	ATTACK_REACHING(ESTALE, "open_by_handle_at", SYS_open_by_handle_at, 0, handle,
			O_RDONLY);
}
