/* Calls work with rsp zero, unmapped, non-canonical, read-only or odd. */
#include "../test.h"
#include "../calls.h"

static long call_at(const struct one_call *c, unsigned long rsp)
{
	register long r10 __asm__("r10") = c->d;
	register long r8 __asm__("r8") = c->e;
	register long r9 __asm__("r9") = c->f;
	long ret;

	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %[rsp], %%rsp\n\tsyscall\n\t"
			 "xchg %%rbx, %%rsp\n\tcmp %[rsp], %%rbx\n\tje 1f\n\tud2\n1:"
			 : "=a"(ret)
			 : "a"(c->nr), "D"(c->a), "S"(c->b), "d"(c->c), "r"(r10), "r"(r8),
			   "r"(r9), [rsp] "r"(rsp)
			 : "rbx", "rcx", "r11", "memory", "cc");
	return ret;
}

int main(void)
{
	char *gone = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const unsigned long stacks[] = {
		0, 1, 8, 0x1000, (unsigned long)gone + PAGE, (unsigned long)readonly + 64,
		0x7ffffffff000, 0x800000000000, 0xffff800000000000, ~0UL, ~7UL,
		0xdeadbeefdeadbeef,
	};

	munmap(gone, 3 * PAGE);
	for (size_t s = 0; s < sizeof(stacks) / sizeof(stacks[0]); s++) {
		for (size_t i = 0; i < SOME_CALLS; i++) {
			long ret;

			if (some_calls[i].nr == SYS_mmap) /* might take the stack's place */
				continue;
			ret = call_at(&some_calls[i], stacks[s]);
			if (some_calls[i].nr == SYS_getpid)
				CHECK_EQ(ret, getpid());
			if (some_calls[i].nr == 4000)
				CHECK_EQ(ret, -ENOSYS);
		}
	}
	return TEST_RESULT;
}
