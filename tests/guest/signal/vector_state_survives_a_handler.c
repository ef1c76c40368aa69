/* xmm, ymm and mxcsr of the interrupted code survive a handler that changes them all. */
#include "../test.h"
#include "../entry/vectors.h"
#include <signal.h>

static const unsigned char junk[64] = { 0xff, 0xfe, 0xfd, 0xfc };

static void handler(int sig)
{
	unsigned mxcsr = 0x7f80;

	(void)sig;
	__asm__ volatile("ldmxcsr %1\n\tmovups (%0), %%xmm0\n\tmovups (%0), %%xmm3\n\t"
			 "movups (%0), %%xmm15\n\tfninit" ::"r"(junk), "m"(mxcsr)
			 : "xmm0", "xmm3", "xmm15");
	if ((enabled_state() & STATE_AVX) == STATE_AVX)
		__asm__ volatile("vzeroall" ::: "xmm0");
}

int main(void)
{
	struct one_call c = { "tkill", SYS_tkill, gettid(), SIGUSR1, 0, 0, 0, 0 };
	unsigned char in[64], out[64];
	unsigned mxcsr = 0x5f80, after, normal = 0x1f80;

	signal(SIGUSR1, handler);
	for (unsigned seed = 0; seed < 50; seed++) {
		fill_pattern(in, sizeof(in), seed);
		__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
		CALL_BETWEEN("movups 0(%[in]), %%xmm0; movups 16(%[in]), %%xmm3;"
			     "movups 32(%[in]), %%xmm8; movups 48(%[in]), %%xmm15",
			     "movups %%xmm0, 0(%[out]); movups %%xmm3, 16(%[out]);"
			     "movups %%xmm8, 32(%[out]); movups %%xmm15, 48(%[out])",
			     in, out, &c, "xmm0", "xmm3", "xmm8", "xmm15");
		__asm__ volatile("stmxcsr %0\n\tldmxcsr %1" : "=m"(after) : "m"(normal));
		CHECK(memcmp(in, out, sizeof(in)) == 0);
		CHECK_EQ(after, mxcsr);
		if ((enabled_state() & STATE_AVX) != STATE_AVX)
			continue;
		CALL_BETWEEN("vmovups 0(%[in]), %%ymm2; vmovups 32(%[in]), %%ymm14",
			     "vmovups %%ymm2, 0(%[out]); vmovups %%ymm14, 32(%[out])",
			     in, out, &c, "xmm2", "xmm14");
		CHECK(memcmp(in, out, sizeof(in)) == 0);
	}
	return TEST_RESULT;
}
