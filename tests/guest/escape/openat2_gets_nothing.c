/* Opening for writing by openat2. */
//only: nacre
#include "escape.h"

int main(void)
{
	static const uint64_t how[3] = { O_RDWR, 0, 0 };

	ATTACK("openat2", SYS_openat2, AT_FDCWD, canary_path("file"), how, 24);
}
