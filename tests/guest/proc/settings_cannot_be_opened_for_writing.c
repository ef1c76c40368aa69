/* /proc/sys: what the mode does not allow not even root may open; reading goes on. */
#include "../test.h"
#include <fcntl.h>

int main(void)
{
	static const char *const names[] = { "kernel/ostype", "kernel/osrelease", "fs/file-nr",
					     "kernel/random/uuid" };
	char path[64];

	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/proc/sys/%s", names[i]);
		CHECK_ERR(open(path, O_WRONLY), EACCES);
		CHECK_ERR(open(path, O_RDWR), EACCES);
		CHECK_ERR(open(path, O_WRONLY | O_TRUNC), EACCES);
		CHECK(open(path, O_RDONLY) >= 0);
	}
	return TEST_RESULT;
}
