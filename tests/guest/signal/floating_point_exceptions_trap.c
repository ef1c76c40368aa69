/* Unmasked SSE and x87 exceptions raise SIGFPE with the right si_code. */
#include "../test.h"
#include "../fault.h"

static struct fault divide_sse(unsigned mxcsr, double a, double b)
{
	unsigned normal = 0x1f80;
	volatile double x = a, y = b, z;
	struct fault f;

	f = FAULT_OF({
		__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
		z = x / y;
		(void)z;
	});
	__asm__ volatile("ldmxcsr %0" ::"m"(normal));
	return f;
}

int main(void)
{
	struct fault f;

	f = divide_sse(0x1f80 & ~0x200, 1, 0);
	CHECK_EQ(f.sig, SIGFPE);
	CHECK_EQ(f.code, FPE_FLTDIV);
	CHECK_EQ(f.trapno, 19);
	f = divide_sse(0x1f80 & ~0x80, 0, 0);
	CHECK_EQ(f.code, FPE_FLTINV);
	f = divide_sse(0x1f80 & ~0x1000, 1, 3);
	CHECK_EQ(f.code, FPE_FLTRES);
	f = divide_sse(0x1f80 & ~0x400, 1e300, 1e-300);
	CHECK_EQ(f.code, FPE_FLTOVF);
	f = divide_sse(0x1f80 & ~0x800, 1e-300, 1e300);
	CHECK_EQ(f.code, FPE_FLTUND);
	f = divide_sse(0x1f80, 1, 0);
	CHECK_EQ(f.sig, 0);
	f = FAULT_OF({
		unsigned short control = 0x037f & ~4;

		__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" ::"m"(control));
	});
	CHECK_EQ(f.sig, SIGFPE);
	CHECK_EQ(f.code, FPE_FLTDIV);
	CHECK_EQ(f.trapno, 16);
	__asm__ volatile("fninit");
	return TEST_RESULT;
}
