/*
 * Unmapping and protecting everything maps does not list is harmless: no call fails
 * differently from a hole, and calls still work afterwards.
 */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

struct range {
	unsigned long start, end;
};

static struct range ranges[512];
static int count;

static void read_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char text[512];

	REQUIRE(maps != NULL);
	while (count < 512 && fgets(text, sizeof(text), maps) != NULL)
		if (sscanf(text, "%lx-%lx", &ranges[count].start, &ranges[count].end) == 2)
			count++;
	fclose(maps);
}

int main(void)
{
	unsigned long at = 0x10000;
	long pid = getpid();

	read_maps();
	for (int i = 0; i < count && ranges[i].start < 0x7ffff0000000; i++) {
		/* keep clear of the stack, which may yet grow */
		unsigned long end = ranges[i].start > (64UL << 20) ?
			ranges[i].start - (64UL << 20) : ranges[i].start;

		if (end > at) {
			CHECK_EQ(sys3(SYS_mprotect, at, PAGE, PROT_NONE), -ENOMEM);
			CHECK_EQ(sys2(SYS_munmap, at, end - at), 0);
			CHECK_EQ(sys3(SYS_madvise, at, end - at, MADV_DONTNEED), -ENOMEM);
			CHECK_EQ(sys0(SYS_getpid), pid);
		}
		at = ranges[i].end;
	}
	CHECK(count > 4);
	CHECK_EQ(sys1(SYS_close, -1), -EBADF);
	return TEST_RESULT;
}
