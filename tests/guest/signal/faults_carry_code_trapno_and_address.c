/* Each hardware fault: signal, si_code, si_addr, trap number and error code. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

extern const char ud2_here[], div_here[], int3_here[], gp_here[], non_canonical_here[];

int main(void)
{
	char *readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fault f;

	f = FAULT_OF(__asm__ volatile("ud2_here: ud2"));
	CHECK_EQ(f.sig, SIGILL);
	CHECK_EQ(f.code, ILL_ILLOPN);
	CHECK_EQ(f.addr, ud2_here);
	CHECK_EQ(f.rip, ud2_here);
	CHECK_EQ(f.trapno, 6);

	f = FAULT_OF(__asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cltd\n"
				      "div_here: idivl %%ecx" ::: "eax", "ecx", "edx"));
	CHECK_EQ(f.sig, SIGFPE);
	CHECK_EQ(f.code, FPE_INTDIV);
	CHECK_EQ(f.addr, div_here);
	CHECK_EQ(f.trapno, 0);

	f = FAULT_OF(__asm__ volatile("int3_here: int3"));
	CHECK_EQ(f.sig, SIGTRAP);
	CHECK_EQ(f.code, SI_KERNEL);
	CHECK_EQ(f.rip, int3_here + 1);
	CHECK_EQ(f.trapno, 3);

	f = FAULT_OF(__asm__ volatile("gp_here: hlt"));
	CHECK_EQ(f.sig, SIGSEGV);
	CHECK_EQ(f.code, SI_KERNEL);
	CHECK_EQ(f.addr, 0);
	CHECK_EQ(f.rip, gp_here);
	CHECK_EQ(f.trapno, 13);

	f = FAULT_OF(__asm__ volatile("mov $0x8000000000000000, %%rax\n"
				      "non_canonical_here: mov (%%rax), %%eax" ::: "rax"));
	CHECK_EQ(f.sig, SIGSEGV);
	CHECK_EQ(f.code, SI_KERNEL);
	CHECK_EQ(f.addr, 0);
	CHECK_EQ(f.trapno, 13);
	CHECK_EQ(f.rip, non_canonical_here);

	f = fault_read((void *)0x18);
	CHECK(f.trapno == 14 && f.err == 4 && f.cr2 == 0x18);
	f = fault_write((void *)0x18);
	CHECK(f.trapno == 14 && f.err == 6 && f.cr2 == 0x18);
	f = fault_write(readonly + 5);
	CHECK(f.trapno == 14 && (f.err & ~1) == 6 && f.cr2 == (long)(readonly + 5));
	f = fault_read(readonly);
	CHECK_EQ(f.sig, 0);
	f = fault_write(readonly + 5);
	CHECK(f.trapno == 14 && f.err == 7);
	f = fault_read((void *)0xffff800000000000);
	CHECK(f.sig == SIGSEGV && f.trapno == 14);
	return TEST_RESULT;
}
