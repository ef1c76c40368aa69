/*
 * Code that appears later: written and made executable, mapped from a file (private and
 * shared), moved, forgotten, replaced by other code at the same address, written while it runs.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../test.h"

#define SIZE (16 * PAGE)

/* mov $nr,%eax; syscall; add $n,%rax; ret */
static void assemble(unsigned char *p, unsigned nr, unsigned char n)
{
	const unsigned char code[] = { 0xb8, (unsigned char)nr, (unsigned char)(nr >> 8), 0, 0,
				       0x0f, 0x05, 0x48, 0x83, 0xc0, n, 0xc3 };

	memcpy(p, code, sizeof(code));
}

static long run(void *p)
{
	return ((long (*)(void))p)();
}

static void many(void *p, long want)
{
	for (int i = 0; i < 200; i++)
		CHECK_EQ(run(p), want);
}

int main(void)
{
	long pid = getpid(), ppid = getppid();
	unsigned char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

	REQUIRE(p != MAP_FAILED);
	for (int i = 0; i < 20; i++) {
		assemble(p, i % 2 ? SYS_getpid : SYS_getppid, (unsigned char)i);
		REQUIRE(mprotect(p, SIZE, PROT_READ | PROT_EXEC) == 0);
		many(p, (i % 2 ? pid : ppid) + i);
		REQUIRE(mprotect(p, SIZE, PROT_READ | PROT_WRITE) == 0);
	}
	REQUIRE(mprotect(p, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
	for (int i = 0; i < 20; i++) {
		assemble(p, i % 2 ? SYS_getpid : SYS_getppid, (unsigned char)i);
		many(p, (i % 2 ? pid : ppid) + i);
	}
	/* Of a file: private, shared, changed underneath. */
	int fd = memfd_create("code", 0);
	assemble(p, SYS_getpid, 1);
	REQUIRE(write(fd, p, PAGE) == (ssize_t)PAGE && ftruncate(fd, SIZE) == 0);
	unsigned char *own = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	unsigned char *shared = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	REQUIRE(own != MAP_FAILED && shared != MAP_FAILED);
	many(own, pid + 1);
	many(shared, pid + 1);
	REQUIRE(pwrite(fd, "\xb8\x6e", 2, 0) == 2); /* getppid */
	many(shared, ppid + 1);
	/* Forgotten: what was changed in private is what the file holds again. */
	REQUIRE(mprotect(own, SIZE, PROT_READ | PROT_WRITE) == 0);
	assemble(own, SYS_getpid, 3);
	REQUIRE(mprotect(own, SIZE, PROT_READ | PROT_EXEC) == 0);
	many(own, pid + 3);
	REQUIRE(madvise(own, SIZE, MADV_DONTNEED) == 0);
	many(own, ppid + 1);
	/* Moved. */
	unsigned char *room = mmap(NULL, 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	own = mremap(own, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	REQUIRE(own == room);
	many(own, ppid + 1);
	/* Another file at the address. */
	int other = memfd_create("other", 0);
	assemble(p, SYS_getpid, 9);
	REQUIRE(write(other, p, PAGE) == (ssize_t)PAGE && ftruncate(other, SIZE) == 0);
	for (int i = 0; i < 10; i++) {
		REQUIRE(mmap(own, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED,
			     i % 2 ? fd : other, 0) == own);
		many(own, i % 2 ? ppid + 1 : pid + 9);
	}
	/* Through /proc/self/mem, past the protection. */
	int mem = open("/proc/self/mem", O_RDWR);
	if (mem >= 0) {
		unsigned char code[12];

		assemble(code, SYS_getpid, 11);
		CHECK_EQ(pwrite(mem, code, sizeof(code), (off_t)(uintptr_t)own), sizeof(code));
		many(own, pid + 11);
	}
	return TEST_RESULT;
}
