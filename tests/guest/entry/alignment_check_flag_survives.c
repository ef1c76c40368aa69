/* AC set by the program must not make the kernel's own accesses fault. */
#include "../test.h"
#include "../calls.h"
#include "../regs.h"

int main(void)
{
	static char buffer[256] __attribute__((aligned(64)));

	for (size_t i = 0; i < SOME_CALLS; i++) {
		const struct one_call *c = &some_calls[i];
		struct all_regs r = {
			.rax = (uint64_t)c->nr, .rdi = (uint64_t)c->a, .rsi = (uint64_t)c->b,
			.rdx = (uint64_t)c->c, .r10 = (uint64_t)c->d, .r8 = (uint64_t)c->e,
			.r9 = (uint64_t)c->f, .flags = 0x202 | FLAG_AC,
		};

		syscall_with_regs(&r);
		CHECK_EQ(r.flags, 0x202 | FLAG_AC);
	}
	/* an unaligned buffer handed to the kernel is no alignment fault either */
	struct all_regs r = { .rax = SYS_clock_gettime, .rdi = CLOCK_REALTIME,
			      .rsi = (uint64_t)(buffer + 3), .flags = 0x202 | FLAG_AC };
	syscall_with_regs(&r);
	CHECK_EQ(r.rax, 0);
	CHECK_EQ(r.flags, 0x202 | FLAG_AC);
	return TEST_RESULT;
}
