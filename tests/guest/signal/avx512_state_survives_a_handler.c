/* zmm16-31 and mask registers of the interrupted code survive a handler using them. */
//cflags: -mavx512f
#include "../test.h"
#include "../entry/vectors.h"
#include <signal.h>

static void handler(int sig)
{
	(void)sig;
	__asm__ volatile("vpxord %%zmm16, %%zmm16, %%zmm16; vpxord %%zmm31, %%zmm31, %%zmm31;"
			 "kxnorw %%k1, %%k1, %%k1; vzeroall" ::: "xmm16", "xmm31", "k1");
}

int main(void)
{
	struct one_call c = { "tkill", SYS_tkill, gettid(), SIGUSR1, 0, 0, 0, 0 };
	unsigned char in[136], out[136];

	if ((enabled_state() & STATE_AVX512) != STATE_AVX512)
		skip("no AVX-512");
	signal(SIGUSR1, handler);
	for (unsigned seed = 0; seed < 50; seed++) {
		fill_pattern(in, sizeof(in), seed);
		memset(out, 0, sizeof(out));
		CALL_BETWEEN("vmovups 0(%[in]), %%zmm16; vmovups 64(%[in]), %%zmm31;"
			     "kmovw 128(%[in]), %%k1",
			     "vmovups %%zmm16, 0(%[out]); vmovups %%zmm31, 64(%[out]);"
			     "kmovw %%k1, 128(%[out])",
			     in, out, &c, "xmm16", "xmm31", "k1");
		CHECK(memcmp(in, out, 130) == 0);
	}
	return TEST_RESULT;
}
