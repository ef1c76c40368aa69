/* A handler that lives in a page made at run time, and its restorer too. */
#include "../test.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static volatile int hit;

struct kernel_action {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

int main(void)
{
	/* mov $imm64,%rax; mov %edi,(%rax); ret      mov $15,%eax; syscall */
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kernel_action act = { p, 0x04000000, p + 64, 0 };
	uint64_t where = (uint64_t)&hit;

	REQUIRE(p != MAP_FAILED);
	memcpy(p, "\x48\xb8", 2);
	memcpy(p + 2, &where, 8);
	memcpy(p + 10, "\x89\x38\xc3", 3);
	memcpy(p + 64, "\xb8\x0f\x00\x00\x00\x0f\x05", 7);
	CHECK_EQ(sys4(SYS_rt_sigaction, SIGUSR1, &act, NULL, 8), 0);
	for (int i = 0; i < 5; i++) {
		hit = 0;
		raise(SIGUSR1);
		CHECK_EQ(hit, SIGUSR1);
	}
	return TEST_RESULT;
}
