/*
 * /proc/self/mem and process_vm_readv() show the code that the program has, however often its
 * calls were made; what was read can be written back, and runs.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../test.h"
#include "many_calls.h"

#define STEP 13
#define LEN (CALLS * STEP + 1)

__asm__(".text\n"
	".type calls, @function\n"
	"calls:\n"
	CODE_OF_CALLS);

extern const unsigned char calls[];

typedef long function(void);

static int mem;

static const unsigned char want[STEP] = { 0xb8, SYS_getppid, 0, 0, 0, 0x0f, 0x05,
					  0x48, 0x3d, 0, 0xf0, 0xff, 0xff };

static void expect(const char *how, const unsigned char *bytes)
{
	for (int i = 0; i < CALLS; i++)
		if (memcmp(bytes + i * STEP, want, STEP) != 0) {
			test_fail("%s: call %d is another", how, i);
			return;
		}
	CHECK(bytes[LEN - 1] == 0xc3);
}

static void read_it(const unsigned char *code)
{
	static unsigned char bytes[LEN];
	struct iovec near = { bytes, LEN }, far = { (void *)(uintptr_t)code, LEN };

	CHECK_EQ(pread(mem, bytes, LEN, (off_t)(uintptr_t)code), LEN);
	expect("mem", bytes);
	memset(bytes, 0, LEN);
	CHECK_EQ(process_vm_readv(getpid(), &near, 1, &far, 1, 0), LEN);
	expect("process_vm_readv", bytes);
	/* Each byte by itself, as who looks for something does. */
	for (int i = 0; i < 3 * STEP; i++)
		CHECK_EQ(pread(mem, bytes + i, 1, (off_t)(uintptr_t)(code + i)), 1);
	expect("mem, by bytes", bytes);
}

static void write_it_back(const unsigned char *code)
{
	static unsigned char bytes[LEN];

	CHECK_EQ(pread(mem, bytes, LEN, (off_t)(uintptr_t)code), LEN);
	CHECK_EQ(pwrite(mem, bytes, LEN, (off_t)(uintptr_t)code), LEN);
}

static void try_it(const unsigned char *code)
{
	function *run = (function *)(uintptr_t)code;

	for (int i = 0; i < 20; i++) {
		CHECK_EQ(run(), getppid());
		if (i % 4 == 1)
			read_it(code);
		if (i % 4 == 3)
			write_it_back(code);
	}
}

/* Who is forked has the text as it is shared by then. */
static void children_try_it(void)
{
	for (int i = 0; i < 4; i++) {
		pid_t child = fork();
		int status;

		REQUIRE(child >= 0);
		if (child == 0) {
			close(mem);
			mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
			REQUIRE(mem >= 0);
			read_it(calls);
			try_it(calls);
			_exit(TEST_RESULT);
		}
		REQUIRE(waitpid(child, &status, 0) == child);
		CHECK_EQ(status, 0);
		CHECK_EQ(((function *)(uintptr_t)calls)(), getppid());
		read_it(calls);
	}
}

int main(void)
{
	int fd = memfd_create("code", MFD_CLOEXEC);

	mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	REQUIRE(mem >= 0 && fd >= 0);
	for (int i = 0; i < CALLS; i++)
		REQUIRE(write(fd, want, STEP) == STEP);
	REQUIRE(write(fd, "\xc3", 1) == 1);
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	REQUIRE(p != MAP_FAILED);
	try_it(p);
	children_try_it();
	try_it(calls);
	return TEST_RESULT;
}
