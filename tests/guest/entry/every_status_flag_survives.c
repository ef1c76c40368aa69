/* All 64 combinations of the status flags, for good, bad and unknown calls. */
#include "../test.h"
#include "../calls.h"
#include "../regs.h"

static uint64_t spread(unsigned bits)
{
	static const unsigned flag[] = { FLAG_CF, FLAG_PF, FLAG_AF, FLAG_ZF, FLAG_SF,
					 FLAG_OF };
	uint64_t flags = 0x202;

	for (int i = 0; i < 6; i++)
		if (bits & (1U << i))
			flags |= flag[i];
	return flags;
}

int main(void)
{
	static const long numbers[] = { SYS_getpid, SYS_close, 4000, SYS_sched_yield };

	for (unsigned bits = 0; bits < 64; bits++) {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			struct all_regs r = { .rax = (uint64_t)numbers[i], .rdi = ~0ULL,
					      .flags = spread(bits) };

			syscall_with_regs(&r);
			CHECK_EQ(r.flags, spread(bits));
			CHECK_EQ(r.r11, spread(bits));
		}
	}
	return TEST_RESULT;
}
