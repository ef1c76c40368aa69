/* zmm0-31 keep all 512 bits over every call. */
#include "../test.h"
#include "vectors.h"

#define LOAD \
	"vmovups 0(%[in]), %%zmm0\n\tvmovups 64(%[in]), %%zmm1\n\t" \
	"vmovups 128(%[in]), %%zmm2\n\t" \
	"vmovups 192(%[in]), %%zmm3\n\t" \
	"vmovups 256(%[in]), %%zmm4\n\t" \
	"vmovups 320(%[in]), %%zmm5\n\t" \
	"vmovups 384(%[in]), %%zmm6\n\t" \
	"vmovups 448(%[in]), %%zmm7\n\t" \
	"vmovups 512(%[in]), %%zmm8\n\t" \
	"vmovups 576(%[in]), %%zmm9\n\t" \
	"vmovups 640(%[in]), %%zmm10\n\t" \
	"vmovups 704(%[in]), %%zmm11\n\t" \
	"vmovups 768(%[in]), %%zmm12\n\t" \
	"vmovups 832(%[in]), %%zmm13\n\t" \
	"vmovups 896(%[in]), %%zmm14\n\t" \
	"vmovups 960(%[in]), %%zmm15\n\t" \
	"vmovups 1024(%[in]), %%zmm16\n\t" \
	"vmovups 1088(%[in]), %%zmm17\n\t" \
	"vmovups 1152(%[in]), %%zmm18\n\t" \
	"vmovups 1216(%[in]), %%zmm19\n\t" \
	"vmovups 1280(%[in]), %%zmm20\n\t" \
	"vmovups 1344(%[in]), %%zmm21\n\t" \
	"vmovups 1408(%[in]), %%zmm22\n\t" \
	"vmovups 1472(%[in]), %%zmm23\n\t" \
	"vmovups 1536(%[in]), %%zmm24\n\t" \
	"vmovups 1600(%[in]), %%zmm25\n\t" \
	"vmovups 1664(%[in]), %%zmm26\n\t" \
	"vmovups 1728(%[in]), %%zmm27\n\t" \
	"vmovups 1792(%[in]), %%zmm28\n\t" \
	"vmovups 1856(%[in]), %%zmm29\n\t" \
	"vmovups 1920(%[in]), %%zmm30\n\t" \
	"vmovups 1984(%[in]), %%zmm31"
#define STORE \
	"vmovups %%zmm0, 0(%[out])\n\tvmovups %%zmm1, 64(%[out])\n\t" \
	"vmovups %%zmm2, 128(%[out])\n\t" \
	"vmovups %%zmm3, 192(%[out])\n\t" \
	"vmovups %%zmm4, 256(%[out])\n\t" \
	"vmovups %%zmm5, 320(%[out])\n\t" \
	"vmovups %%zmm6, 384(%[out])\n\t" \
	"vmovups %%zmm7, 448(%[out])\n\t" \
	"vmovups %%zmm8, 512(%[out])\n\t" \
	"vmovups %%zmm9, 576(%[out])\n\t" \
	"vmovups %%zmm10, 640(%[out])\n\t" \
	"vmovups %%zmm11, 704(%[out])\n\t" \
	"vmovups %%zmm12, 768(%[out])\n\t" \
	"vmovups %%zmm13, 832(%[out])\n\t" \
	"vmovups %%zmm14, 896(%[out])\n\t" \
	"vmovups %%zmm15, 960(%[out])\n\t" \
	"vmovups %%zmm16, 1024(%[out])\n\t" \
	"vmovups %%zmm17, 1088(%[out])\n\t" \
	"vmovups %%zmm18, 1152(%[out])\n\t" \
	"vmovups %%zmm19, 1216(%[out])\n\t" \
	"vmovups %%zmm20, 1280(%[out])\n\t" \
	"vmovups %%zmm21, 1344(%[out])\n\t" \
	"vmovups %%zmm22, 1408(%[out])\n\t" \
	"vmovups %%zmm23, 1472(%[out])\n\t" \
	"vmovups %%zmm24, 1536(%[out])\n\t" \
	"vmovups %%zmm25, 1600(%[out])\n\t" \
	"vmovups %%zmm26, 1664(%[out])\n\t" \
	"vmovups %%zmm27, 1728(%[out])\n\t" \
	"vmovups %%zmm28, 1792(%[out])\n\t" \
	"vmovups %%zmm29, 1856(%[out])\n\t" \
	"vmovups %%zmm30, 1920(%[out])\n\t" \
	"vmovups %%zmm31, 1984(%[out])"

__attribute__((target("avx512f")))
static void check(const struct one_call *c, unsigned seed)
{
	unsigned char in[2048], out[2048];

	fill_pattern(in, sizeof(in), seed);
	memset(out, 0, sizeof(out));
	CALL_BETWEEN(LOAD, STORE, in, out, c,
		     "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
		     "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
		     "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",
		     "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
	if (memcmp(in, out, sizeof(in)) != 0)
		test_fail("%s changed %s registers", c->name, "zmm");
}

int main(void)
{
	if ((enabled_state() & STATE_AVX512) != STATE_AVX512)
		skip("no AVX-512");
	for (unsigned seed = 0; seed < 4; seed++)
		for (size_t i = 0; i < SOME_CALLS; i++)
			check(&some_calls[i], seed);
	return TEST_RESULT;
}
