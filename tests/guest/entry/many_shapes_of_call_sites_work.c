/* A syscall followed by every kind of instruction bytes, each called three times. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

struct shape {
	const char *tail;
	int len;
};

static const struct shape shapes[] = {
	{ "\xc3", 1 },
	{ "\x90\xc3", 2 },
	{ "\x48\x89\xc0\xc3", 4 },                     /* mov %rax,%rax */
	{ "\xf3\x0f\x1e\xfa\xc3", 5 },                 /* endbr64 */
	{ "\x48\x3d\x01\xf0\xff\xff\xc3", 7 },         /* cmp $-4095,%rax */
	{ "\x85\xc0\xc3", 3 },
	{ "\xeb\x01\xcc\xc3", 4 },                     /* jmp over int3 */
	{ "\xeb\x00\xc3", 3 },
	{ "\x66\x0f\x1f\x44\x00\x00\xc3", 7 },
	{ "\x48\x8d\x40\x00\xc3", 5 },
	{ "\x72\x00\xc3", 3 },
};

int main(void)
{
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long (*site[16])(void);
	unsigned char *at = p;
	int count = 0;

	REQUIRE(p != MAP_FAILED);
	memset(p, 0xcc, PAGE);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		site[count++] = (long (*)(void))(void *)at;
		memcpy(at, "\xb8\x27\x00\x00\x00\x0f\x05", 7);
		memcpy(at + 7, shapes[i].tail, (size_t)shapes[i].len);
		at += 7 + shapes[i].len;
	}
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < count; i++)
			if (site[i]() != getpid())
				test_fail("shape %d, round %d", i, round);
	return TEST_RESULT;
}
