/* A handle that opens past every directory. */
//only: nacre
#include "escape.h"

int main(void)
{
	static uint32_t handle[64] = { 128 };
	static int id;

	ATTACK("name_to_handle_at", SYS_name_to_handle_at, AT_FDCWD, "/", handle, &id,
	       0);
}
