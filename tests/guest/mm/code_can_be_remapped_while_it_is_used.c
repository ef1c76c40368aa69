/* mprotect and MAP_FIXED on text in use: a function's page replaced by another's. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

/* mov $value, %eax; ret and a getpid call behind it */
static void emit(unsigned char *p, int value)
{
	p[0] = 0xb8;
	memcpy(p + 1, &value, 4);
	p[5] = 0xc3;
	memcpy(p + 64, "\xb8\x27\x00\x00\x00\x0f\x05\xc3", 8);
}

int main(void)
{
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*value)(void) = (void *)p;
	int (*call)(void) = (void *)(p + 64);

	REQUIRE(p != MAP_FAILED);
	for (int i = 0; i < 20; i++) {
		emit(p, i);
		REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
		CHECK_EQ(value(), i);
		CHECK_EQ(call(), getpid());
		if (i & 1)
			REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
		else
			REQUIRE(mmap(p, PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
	}
	return TEST_RESULT;
}
