/* Calls from pages made at run time: writable, then read-only, then rewritten. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

/* mov $nr, %eax; syscall; ret */
static size_t emit(unsigned char *p, int nr)
{
	*p++ = 0xb8;
	memcpy(p, &nr, 4);
	memcpy(p + 4, "\x0f\x05\xc3", 3);
	return 8;
}

int main(void)
{
	unsigned char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long (*code)(long) = (void *)p;
	/* the syscall is the last instruction of a page, the ret the first of the next */
	unsigned char *edge = p + PAGE - 7;
	long (*edge_code)(void) = (void *)edge;

	REQUIRE(p != MAP_FAILED);
	emit(p, SYS_getpid);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(code(0), getpid());
	emit(p, SYS_close);
	CHECK_EQ(code(-1), -EBADF);
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(code(-1), -EBADF);
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
	emit(p, SYS_getppid);
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
	CHECK_EQ(code(0), getppid());
	CHECK(memcmp(p + 5, "\x0f\x05\xc3", 3) == 0);
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
	emit(edge, SYS_getpid);
	CHECK_EQ(edge_code(), getpid());
	CHECK_EQ(edge_code(), getpid());
	return TEST_RESULT;
}
