/* With DF set, a call that copies memory still copies forwards; DF stays set. */
#include "../test.h"
#include "../calls.h"
#include "../regs.h"

int main(void)
{
	static char page[3 * 4096];
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	struct all_regs r = { .rax = SYS_write, .rdi = (uint64_t)fds[1],
			      .rsi = (uint64_t)"0123456789abcdef", .rdx = 16,
			      .flags = 0x202 | FLAG_DF };
	syscall_with_regs(&r);
	CHECK_EQ(r.rax, 16);
	CHECK_EQ(r.flags, 0x202 | FLAG_DF);
	r = (struct all_regs){ .rax = SYS_read, .rdi = (uint64_t)fds[0],
			       .rsi = (uint64_t)(page + 4096), .rdx = 16,
			       .flags = 0x202 | FLAG_DF };
	syscall_with_regs(&r);
	CHECK_EQ(r.rax, 16);
	CHECK_EQ(r.flags, 0x202 | FLAG_DF);
	CHECK(memcmp(page + 4096, "0123456789abcdef", 16) == 0);
	for (int i = 0; i < 4096; i++)
		if (page[i] || page[4096 + 16 + i])
			test_fail("byte %d beside the buffer changed", i);
	r = (struct all_regs){ .rax = SYS_getcwd, .rdi = (uint64_t)page, .rsi = 4096,
			       .flags = 0x202 | FLAG_DF };
	syscall_with_regs(&r);
	CHECK_EQ(r.rax, strlen(page) + 1);
	CHECK(page[0] == '/');
	return TEST_RESULT;
}
