/* /proc/self/mem: reading, writing, past protections and up to holes. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static const volatile int constant = 1;

__attribute__((noinline, aligned(64))) static int answer(void)
{
	__asm__ volatile("" ::: "memory");
	return 41;
}

static int mem;

static ssize_t peek(const void *at, void *to, size_t len)
{
	return pread(mem, to, len, (off_t)(uintptr_t)at);
}

static ssize_t poke(const volatile void *at, const void *from, size_t len)
{
	return pwrite(mem, from, len, (off_t)(uintptr_t)at);
}

static void data(void)
{
	volatile int number = 5;
	int got = 0, two = 2;

	CHECK_EQ(peek((void *)&number, &got, sizeof(got)), sizeof(got));
	CHECK_EQ(got, 5);
	got = 7;
	CHECK_EQ(poke(&number, &got, sizeof(got)), sizeof(got));
	CHECK_EQ(number, 7);
	CHECK_EQ(lseek(mem, (off_t)(uintptr_t)&number, SEEK_SET), (off_t)(uintptr_t)&number);
	CHECK_EQ(read(mem, &got, sizeof(got)), sizeof(got));
	CHECK_EQ(lseek(mem, 0, SEEK_CUR), (off_t)(uintptr_t)&number + 4);
	CHECK_ERR(lseek(mem, 0, SEEK_END), EINVAL);
	CHECK_EQ(poke(&constant, &two, sizeof(two)), sizeof(two)); /* read-only */
	CHECK_EQ(constant, 2);
}

/* mov $41,%eax becomes mov $42,%eax, wherever in the function it is. */
static void text(void)
{
	unsigned char code[32], *at;

	CHECK_EQ(answer(), 41);
	CHECK_EQ(peek((void *)answer, code, sizeof(code)), sizeof(code));
	at = memmem(code, sizeof(code), "\xb8\x29\0\0\0", 5);
	REQUIRE(at != NULL);
	at[1] = 42;
	CHECK_EQ(poke((char *)answer + (at - code), at, 5), 5);
	CHECK_EQ(answer(), 42);
	CHECK_EQ(getpid(), sys0(SYS_getpid)); /* calls go on as before */
}

static void holes(void)
{
	char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char buf[2 * PAGE];

	REQUIRE(p != MAP_FAILED && munmap(p + PAGE, PAGE) == 0);
	p[PAGE - 1] = 'x';
	CHECK_EQ(peek(p + PAGE - 10, buf, 100), 10); /* up to the hole */
	CHECK_EQ(buf[9], 'x');
	CHECK_ERR(peek(p + PAGE, buf, 10), EIO);
	CHECK_ERR(poke(p + PAGE, buf, 10), EIO);
	CHECK_EQ(mprotect(p, PAGE, PROT_NONE), 0);
	CHECK_EQ(peek(p, buf, 10), 10); /* whatever its protection */
	CHECK_EQ(poke(p, "no", 2), 2);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
	CHECK_EQ(memcmp(p, "no", 2), 0);
	CHECK_EQ(sys4(SYS_pread64, mem, BAD_LOW, 8, p), -EFAULT);
	CHECK_ERR(peek(NULL, buf, 10), EIO);
	CHECK_EQ(peek(p, buf, 0), 0);
}

static void in_a_child(void)
{
	volatile int number = 1;
	int status = -1, three = 3;
	pid_t pid = fork();

	if (pid == 0) {
		mem = open("/proc/self/mem", O_RDWR);
		if (poke(&number, &three, sizeof(three)) != sizeof(three) || number != 3)
			_exit(1);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_EQ(number, 1);
}

int main(void)
{
	int ro = open("/proc/self/mem", O_RDONLY), wo = open("/proc/thread-self/mem", O_WRONLY);
	char c = 0;

	mem = open("/proc/self/mem", O_RDWR);
	REQUIRE(mem >= 0 && ro >= 0 && wo >= 0);
	CHECK_EQ(pread(ro, &c, 1, (off_t)(uintptr_t)&constant), 1);
	CHECK_ERR(pwrite(ro, &c, 1, (off_t)(uintptr_t)&constant), EBADF);
	CHECK_EQ(pwrite(wo, &c, 1, (off_t)(uintptr_t)&c), 1);
	data();
	text();
	holes();
	in_a_child();
	return TEST_RESULT;
}
