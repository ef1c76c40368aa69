/* The AVX-512 mask registers k0-k7 survive every call. */
#include "../test.h"
#include "vectors.h"

#define LOAD \
	"kmovw 0(%[in]), %%k0\n\tkmovw 2(%[in]), %%k1\n\t" \
	"kmovw 4(%[in]), %%k2\n\tkmovw 6(%[in]), %%k3\n\t" \
	"kmovw 8(%[in]), %%k4\n\tkmovw 10(%[in]), %%k5\n\t" \
	"kmovw 12(%[in]), %%k6\n\tkmovw 14(%[in]), %%k7"
#define STORE \
	"kmovw %%k0, 0(%[out])\n\tkmovw %%k1, 2(%[out])\n\t" \
	"kmovw %%k2, 4(%[out])\n\tkmovw %%k3, 6(%[out])\n\t" \
	"kmovw %%k4, 8(%[out])\n\tkmovw %%k5, 10(%[out])\n\t" \
	"kmovw %%k6, 12(%[out])\n\tkmovw %%k7, 14(%[out])"

__attribute__((target("avx512f")))
static void check(const struct one_call *c, unsigned seed)
{
	unsigned char in[16], out[16];

	fill_pattern(in, sizeof(in), seed);
	memset(out, 0, sizeof(out));
	CALL_BETWEEN(LOAD, STORE, in, out, c, "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7");
	if (memcmp(in, out, sizeof(in)) != 0)
		test_fail("%s changed %s registers", c->name, "k");
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
