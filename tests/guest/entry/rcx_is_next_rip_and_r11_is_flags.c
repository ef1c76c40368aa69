/* The syscall instruction leaves the return address in rcx and the flags in r11. */
#include "../test.h"
#include "../calls.h"
#include "../regs.h"

int main(void)
{
	for (size_t i = 0; i < SOME_CALLS; i++) {
		const struct one_call *c = &some_calls[i];
		struct all_regs r = {
			.rax = (uint64_t)c->nr, .rdi = (uint64_t)c->a, .rsi = (uint64_t)c->b,
			.rdx = (uint64_t)c->c, .r10 = (uint64_t)c->d, .r8 = (uint64_t)c->e,
			.r9 = (uint64_t)c->f, .flags = 0x202 | FLAG_CF | FLAG_SF,
		};

		syscall_with_regs(&r);
		CHECK_EQ(r.rcx, after_syscall_with_regs);
		CHECK_EQ(r.r11, 0x202 | FLAG_CF | FLAG_SF);
	}
	return TEST_RESULT;
}
