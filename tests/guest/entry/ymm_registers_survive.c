/* ymm0-15 keep all 256 bits over every call. */
#include "../test.h"
#include "vectors.h"

#define LOAD \
	"vmovups 0(%[in]), %%ymm0\n\tvmovups 32(%[in]), %%ymm1\n\t" \
	"vmovups 64(%[in]), %%ymm2\n\tvmovups 96(%[in]), %%ymm3\n\t" \
	"vmovups 128(%[in]), %%ymm4\n\t" \
	"vmovups 160(%[in]), %%ymm5\n\t" \
	"vmovups 192(%[in]), %%ymm6\n\t" \
	"vmovups 224(%[in]), %%ymm7\n\t" \
	"vmovups 256(%[in]), %%ymm8\n\t" \
	"vmovups 288(%[in]), %%ymm9\n\t" \
	"vmovups 320(%[in]), %%ymm10\n\t" \
	"vmovups 352(%[in]), %%ymm11\n\t" \
	"vmovups 384(%[in]), %%ymm12\n\t" \
	"vmovups 416(%[in]), %%ymm13\n\t" \
	"vmovups 448(%[in]), %%ymm14\n\tvmovups 480(%[in]), %%ymm15"
#define STORE \
	"vmovups %%ymm0, 0(%[out])\n\tvmovups %%ymm1, 32(%[out])\n\t" \
	"vmovups %%ymm2, 64(%[out])\n\t" \
	"vmovups %%ymm3, 96(%[out])\n\t" \
	"vmovups %%ymm4, 128(%[out])\n\t" \
	"vmovups %%ymm5, 160(%[out])\n\t" \
	"vmovups %%ymm6, 192(%[out])\n\t" \
	"vmovups %%ymm7, 224(%[out])\n\t" \
	"vmovups %%ymm8, 256(%[out])\n\t" \
	"vmovups %%ymm9, 288(%[out])\n\t" \
	"vmovups %%ymm10, 320(%[out])\n\t" \
	"vmovups %%ymm11, 352(%[out])\n\t" \
	"vmovups %%ymm12, 384(%[out])\n\t" \
	"vmovups %%ymm13, 416(%[out])\n\t" \
	"vmovups %%ymm14, 448(%[out])\n\t" \
	"vmovups %%ymm15, 480(%[out])"

__attribute__((target("avx")))
static void check(const struct one_call *c, unsigned seed)
{
	unsigned char in[512], out[512];

	fill_pattern(in, sizeof(in), seed);
	memset(out, 0, sizeof(out));
	CALL_BETWEEN(LOAD, STORE, in, out, c,
		     "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
		     "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	if (memcmp(in, out, sizeof(in)) != 0)
		test_fail("%s changed %s registers", c->name, "ymm");
}

int main(void)
{
	if ((enabled_state() & STATE_AVX) != STATE_AVX)
		skip("no AVX");
	for (unsigned seed = 0; seed < 4; seed++)
		for (size_t i = 0; i < SOME_CALLS; i++)
			check(&some_calls[i], seed);
	return TEST_RESULT;
}
