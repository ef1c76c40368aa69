/* xmm0-15 keep all 128 bits over every call. */
#include "../test.h"
#include "vectors.h"

#define LOAD \
	"movups 0(%[in]), %%xmm0\n\tmovups 16(%[in]), %%xmm1\n\t" \
	"movups 32(%[in]), %%xmm2\n\tmovups 48(%[in]), %%xmm3\n\t" \
	"movups 64(%[in]), %%xmm4\n\tmovups 80(%[in]), %%xmm5\n\t" \
	"movups 96(%[in]), %%xmm6\n\tmovups 112(%[in]), %%xmm7\n\t" \
	"movups 128(%[in]), %%xmm8\n\tmovups 144(%[in]), %%xmm9\n\t" \
	"movups 160(%[in]), %%xmm10\n\t" \
	"movups 176(%[in]), %%xmm11\n\t" \
	"movups 192(%[in]), %%xmm12\n\t" \
	"movups 208(%[in]), %%xmm13\n\t" \
	"movups 224(%[in]), %%xmm14\n\tmovups 240(%[in]), %%xmm15"
#define STORE \
	"movups %%xmm0, 0(%[out])\n\tmovups %%xmm1, 16(%[out])\n\t" \
	"movups %%xmm2, 32(%[out])\n\tmovups %%xmm3, 48(%[out])\n\t" \
	"movups %%xmm4, 64(%[out])\n\tmovups %%xmm5, 80(%[out])\n\t" \
	"movups %%xmm6, 96(%[out])\n\tmovups %%xmm7, 112(%[out])\n\t" \
	"movups %%xmm8, 128(%[out])\n\t" \
	"movups %%xmm9, 144(%[out])\n\t" \
	"movups %%xmm10, 160(%[out])\n\t" \
	"movups %%xmm11, 176(%[out])\n\t" \
	"movups %%xmm12, 192(%[out])\n\t" \
	"movups %%xmm13, 208(%[out])\n\t" \
	"movups %%xmm14, 224(%[out])\n\tmovups %%xmm15, 240(%[out])"

static void check(const struct one_call *c, unsigned seed)
{
	unsigned char in[256], out[256];

	fill_pattern(in, sizeof(in), seed);
	memset(out, 0, sizeof(out));
	CALL_BETWEEN(LOAD, STORE, in, out, c,
		     "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
		     "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	if (memcmp(in, out, sizeof(in)) != 0)
		test_fail("%s changed %s registers", c->name, "xmm");
}

int main(void)
{
	for (unsigned seed = 0; seed < 4; seed++)
		for (size_t i = 0; i < SOME_CALLS; i++)
			check(&some_calls[i], seed);
	return TEST_RESULT;
}
