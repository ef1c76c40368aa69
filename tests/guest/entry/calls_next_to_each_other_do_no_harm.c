/*
 * Calls so near each other that the bytes after one are the next, or load its number: each does
 * what it says, in whatever order they are first made, in the program and in mapped files.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../test.h"

#define STR_(x) #x
#define STR(x) STR_(x)
#define APART ".fill 160, 1, 0xcc\n"
#define ROW 16
#define ROUNDS 6

/* `loaded` has no long instruction before its first call, and before the second one. */
__asm__(".text\n" APART
	".type row, @function\n"
	"row:\n"
	".rept " STR(ROW) "\n\t"
	"syscall\n\t"
	"ret\n\t"
	".endr\n" APART
	".type wider_row, @function\n"
	"wider_row:\n"
	".rept " STR(ROW) "\n\t"
	"syscall\n\t"
	"nop\n\t"
	"ret\n\t"
	".endr\n" APART
	".type twice, @function\n"
	"twice:\n\t"
	"syscall\n\t"
	"syscall\n\t"
	"ret\n" APART
	".type with_move, @function\n"
	"with_move:\n\t"
	"syscall\n\t"
	"mov %edx, %eax\n\t"
	"syscall\n\t"
	"ret\n" APART
	".type loaded, @function\n"
	"loaded:\n\t"
	"mov %rdi, %rax\n\t"
	"syscall\n\t"
	"mov $" STR(SYS_getppid) ", %eax\n\t"
	"syscall\n\t"
	"ret\n" APART
	/* These make the text one of many calls, which is treated as a whole. */
	".type others, @function\n"
	"others:\n"
	".rept 60\n\t"
	"mov $" STR(SYS_getpid) ", %eax\n\t"
	"syscall\n\t"
	".endr\n\t"
	"ret\n" APART);

extern const unsigned char row[], wider_row[], twice[], with_move[];
long loaded(long nr);
long others(void);

static long call(const unsigned char *p, long nr, long a, long d)
{
	long r;

	__asm__ volatile("call *%[p]"
			 : "=a"(r), "+D"(a), "+d"(d)
			 : "0"(nr), [p] "r"(p)
			 : "rcx", "r11", "memory");
	return r;
}

static void check_one(const unsigned char *p)
{
	CHECK_EQ(call(p, SYS_getpid, 0, 0), getpid());
	CHECK_EQ(call(p, SYS_close, -1, 0), -EBADF);
}

static void all(int round)
{
	for (int i = 0; i < ROW; i++) {
		int n = round % 2 ? ROW - 1 - i : i;

		check_one(row + 3 * n);
		check_one(wider_row + 4 * n);
	}
	CHECK_EQ(call(twice, SYS_close, -1, 0), -ENOSYS);
	CHECK_EQ(call(twice + 2, SYS_close, -1, 0), -EBADF);
	CHECK_EQ(call(with_move, SYS_close, -1, SYS_getpid), getpid());
	CHECK_EQ(loaded(SYS_getpid), getppid());
	CHECK_EQ(others(), getpid());
}

static void children_do_the_same(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		pid_t child = fork();
		int status;

		REQUIRE(child >= 0);
		if (child == 0) {
			for (int i = 0; i < ROUNDS; i++)
				all(round + i);
			_exit(TEST_RESULT);
		}
		REQUIRE(waitpid(child, &status, 0) == child);
		CHECK_EQ(status, 0);
		all(round);
	}
}

/* Calls with `gap` bytes between them. */
static void in_a_file(size_t gap, bool backwards)
{
	unsigned char code[64];
	int fd = memfd_create("code", MFD_CLOEXEC);

	memset(code, 0xc3, sizeof(code));
	for (size_t i = 0; i < 4; i++)
		memcpy(code + i * (2 + gap), "\x0f\x05", 2);
	REQUIRE(write(fd, code, sizeof(code)) == sizeof(code));
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	REQUIRE(p != MAP_FAILED);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < 4; i++)
			check_one(p + (backwards ? 3 - i : i) * (2 + gap));
	munmap(p, PAGE);
	close(fd);
}

int main(void)
{
	all(0);
	children_do_the_same();
	for (size_t gap = 1; gap < 5; gap++) {
		in_a_file(gap, false);
		in_a_file(gap, true);
	}
	return TEST_RESULT;
}
