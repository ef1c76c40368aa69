/* A call changes rax, rcx and r11 and no other general register. */
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
			.r9 = (uint64_t)c->f, .rbx = 0x1111111122222222,
			.rbp = 0x3333333344444444, .rcx = 0x5555555566666666,
			.r11 = 0x7777777788888888, .r12 = 0x9999999900000000,
			.r13 = 0xaaaaaaaabbbbbbbb, .r14 = 0xccccccccdddddddd,
			.r15 = 0xeeeeeeeeffffffff, .flags = 0x202,
		};
		struct all_regs before = r;

		syscall_with_regs(&r);
		if (r.rbx != before.rbx || r.rdx != before.rdx || r.rsi != before.rsi ||
		    r.rdi != before.rdi || r.rbp != before.rbp || r.r8 != before.r8 ||
		    r.r9 != before.r9 || r.r10 != before.r10 || r.r12 != before.r12 ||
		    r.r13 != before.r13 || r.r14 != before.r14 || r.r15 != before.r15)
			test_fail("%s changed a register", c->name);
	}
	return TEST_RESULT;
}
