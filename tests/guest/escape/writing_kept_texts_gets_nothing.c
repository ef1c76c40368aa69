/*
 * Changing the code that other sandboxes will run (code/kept.h), which this one maps: through its
 * descriptor, and through a mapping. Says "found" when there is any; tests/texts sees to that.
 */
//only: nacre
#include "escape.h"
#include <sys/mman.h>

enum { DESCRIPTORS = 1024, DATA = 65 * 4096 };

static void attack(const char *what, long result)
{
	if (result >= 0 || result < -4095) {
		dprintf(1, "ESCAPED: %s of kept texts gave %ld\n", what, result);
		_exit(1);
	}
}

static bool is_pack(int fd)
{
	char head[8];

	return host_call(SYS_pread64, fd, (long)head, sizeof(head), 0, 0, 0) == sizeof(head) &&
	       memcmp(head, "ncretext", sizeof(head)) == 0;
}

int main(void)
{
	static char bytes[4096];

	escape_begin();
	for (int fd = 3; fd < DESCRIPTORS; fd++) {
		if (!is_pack(fd))
			continue;
		attack("pwrite", host_call(SYS_pwrite64, fd, (long)bytes, 4096, DATA, 0, 0));
		attack("write", host_call(SYS_write, fd, (long)bytes, 4096, 0, 0, 0));
		attack("ftruncate", host_call(SYS_ftruncate, fd, DATA, 0, 0, 0, 0));
		attack("fallocate", host_call(SYS_fallocate, fd, 3, DATA, 4096, 0, 0));
		attack("mmap", host_call(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
					 DATA));
		printf("found\n");
	}
	return 0;
}
