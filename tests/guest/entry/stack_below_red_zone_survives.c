/* Even below the red zone the kernel leaves the program's stack memory alone. */
#include "../test.h"
#include "../calls.h"

int main(void)
{
	static unsigned char stack[65536] __attribute__((aligned(4096)));
	unsigned char *top = stack + 32768;

	for (size_t i = 0; i < SOME_CALLS; i++) {
		const struct one_call *c = &some_calls[i];
		register long r10 __asm__("r10") = c->d;
		register long r8 __asm__("r8") = c->e;
		register long r9 __asm__("r9") = c->f;
		long ret;

		memset(stack, 0xa5, sizeof(stack));
		__asm__ volatile("mov %%rsp, %%rbx\n\tmov %[top], %%rsp\n\tsyscall\n\t"
				 "mov %%rbx, %%rsp"
				 : "=a"(ret)
				 : "a"(c->nr), "D"(c->a), "S"(c->b), "d"(c->c), "r"(r10),
				   "r"(r8), "r"(r9), [top] "r"(top)
				 : "rbx", "rcx", "r11", "memory");
		for (size_t k = 0; k < sizeof(stack); k++)
			if (stack[k] != 0xa5) {
				test_fail("%s wrote stack byte %zd from rsp", c->name,
					  (ssize_t)k - 32768);
				break;
			}
	}
	return TEST_RESULT;
}
