/*
 * A call whose page ends soon, so that the instruction after it lies in the next page or over its
 * start, and that page changes without this one: what runs is what is there.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../test.h"

#define LEN 18
#define CALL 5 /* where in the code it is */
#define ROUNDS 12

static int fd;
static unsigned char *text;

/* mov $nr,%eax; syscall; cmp $n,%rax; add $n,%rax; ret: all that changes is after the call. */
static const unsigned char *code(unsigned char n)
{
	static unsigned char c[LEN] = { 0xb8, SYS_getpid, 0, 0, 0, 0x0f, 0x05, 0x48, 0x3d, 0, 0, 0,
					0, 0x48, 0x83, 0xc0, 0, 0xc3 };

	c[9] = n;
	c[16] = n;
	return c;
}

static void many(size_t at, long want)
{
	for (int i = 0; i < 20; i++)
		CHECK_EQ(((long (*)(void))(uintptr_t)(text + at))(), want);
}

/* Ways to change the second page from its first byte on. */

static void in_the_file(const unsigned char *bytes, size_t len)
{
	REQUIRE(pwrite(fd, bytes, len, PAGE) == (ssize_t)len);
}

static void asked_again(const unsigned char *bytes, size_t len)
{
	REQUIRE(pwrite(fd, bytes, len, PAGE) == (ssize_t)len);
	REQUIRE(madvise(text + PAGE, PAGE, MADV_DONTNEED) == 0);
}

static void through_mem(const unsigned char *bytes, size_t len)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	REQUIRE(mem >= 0);
	CHECK_EQ(pwrite(mem, bytes, len, (off_t)(uintptr_t)(text + PAGE)), len);
	close(mem);
}

static void by_mprotect(const unsigned char *bytes, size_t len)
{
	REQUIRE(mprotect(text + PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
	memcpy(text + PAGE, bytes, len);
	REQUIRE(mprotect(text + PAGE, PAGE, PROT_READ | PROT_EXEC) == 0);
}

static void (*const ways[])(const unsigned char *bytes, size_t len) = {
	in_the_file, asked_again, through_mem, asked_again, by_mprotect, asked_again,
};

int main(void)
{
	long pid = getpid();

	fd = memfd_create("code", MFD_CLOEXEC);
	REQUIRE(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	for (size_t before_end = 1; before_end < 6; before_end++) {
		size_t at = PAGE - before_end - CALL, here = PAGE - at;

		REQUIRE(pwrite(fd, code(0), LEN, (off_t)at) == LEN);
		text = mmap(NULL, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		REQUIRE(text != MAP_FAILED);
		many(at, pid);
		for (unsigned char i = 1; i < ROUNDS; i++) {
			ways[i % (sizeof(ways) / sizeof(ways[0]))](code(i) + here, LEN - here);
			many(at, pid + i);
		}
		munmap(text, 2 * PAGE);
	}
	return TEST_RESULT;
}
