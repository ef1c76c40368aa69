/*
 * What stands before a call - stores that fault, addresses by rip, what others jump to - does
 * the same however often the calls around were made.
 */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>
#include <sys/syscall.h>

#define STR_(x) #x
#define STR(x) STR_(x)
#define GETPID STR(SYS_getpid)

__asm__(".text\n"
	".type many_calls, @function\n"
	"many_calls:\n\t"
	".rept 64\n\t"
	"mov $" GETPID ", %eax\n\t"
	"syscall\n\t"
	".endr\n\t"
	"ret\n"
	".type store_and_call, @function\n"
	"store_and_call:\n\t"
	"mov $" GETPID ", %eax\n"
	"the_store:\n\t"
	"movq $0x20, 0x1000(%rdi)\n"
	"the_call:\n\t"
	"syscall\n\t"
	"ret\n"
	".type call_alone, @function\n"
	"call_alone:\n\t"
	"mov $" GETPID ", %eax\n\t"
	"jmp the_call\n"
	".type address_by_rip, @function\n"
	"address_by_rip:\n\t"
	"mov $" GETPID ", %eax\n\t"
	"lea many_calls(%rip), %rsi\n\t"
	"syscall\n\t"
	"mov %rsi, %rax\n\t"
	"ret\n"
	".type value_by_rip, @function\n"
	"value_by_rip:\n\t"
	"mov $" GETPID ", %eax\n\t"
	"mov the_value(%rip), %rsi\n\t"
	"syscall\n\t"
	"mov %rsi, %rax\n\t"
	"ret\n"
	".type short_ones, @function\n"
	"short_ones:\n\t"
	"mov $" GETPID ", %eax\n\t"
	"mov %rdi, %rsi\n\t"
	"xor %edx, %edx\n\t"
	"cmp %rdi, %rsi\n\t"
	"syscall\n\t"
	"sete %al\n\t"
	"movzbl %al, %eax\n\t"
	"ret\n");

extern const char many_calls[], the_store[];
long many_calls_made(void) __asm__("many_calls");
long store_and_call(void *at);
long call_alone(void *at);
long address_by_rip(void);
long value_by_rip(void);
long short_ones(long any);
long the_value = 0x123456789abcdef;

static char *page;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)info, (void)context;
	CHECK_EQ(sig, SIGSEGV);
	CHECK_EQ(mprotect(page, PAGE, PROT_READ | PROT_WRITE), 0);
}

static void check_faults(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	struct fault f = FAULT_OF(store_and_call(NULL));

	CHECK_EQ(f.sig, SIGSEGV);
	CHECK_EQ((long)f.addr, 0x1000);
	CHECK_EQ(f.rip, (long)the_store);
	/* Repaired, it is repeated. */
	REQUIRE(mprotect(page, PAGE, PROT_NONE) == 0);
	sigaction(SIGSEGV, &sa, NULL);
	CHECK_EQ(store_and_call(page - 0x1000), getpid());
	CHECK_EQ(*(long *)(void *)page, 0x20);
	/* No address at all. */
	f = FAULT_OF(store_and_call((void *)0x8000000000000000));
	CHECK_EQ(f.sig, SIGSEGV);
	CHECK_EQ(f.rip, (long)the_store);
}

int main(void)
{
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(page != MAP_FAILED);
	for (int round = 0; round < 3; round++) {
		check_faults();
		CHECK_EQ(call_alone(NULL), getpid());
		CHECK_EQ(address_by_rip(), (long)many_calls);
		CHECK_EQ(value_by_rip(), 0x123456789abcdef);
		CHECK_EQ(short_ones(7), 1);
		CHECK_EQ(many_calls_made(), getpid());
	}
	return TEST_RESULT;
}
