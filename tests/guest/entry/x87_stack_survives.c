/* Values, top-of-stack and condition codes of the x87 unit survive calls. */
#include "../test.h"
#include "vectors.h"

static void check(const struct one_call *c)
{
	double in[5] = { 1.5, -2.25, 3.0e100, 4.0e-100, 5.0 }, out[5] = { 0 };
	uint16_t before, after;

	__asm__ volatile("fninit\n\tfldl 0(%1)\n\tfldl 8(%1)\n\tfldl 16(%1)\n\t"
			 "fldl 24(%1)\n\tfldl 32(%1)\n\tfcom %%st(1)\n\tfnstsw %0"
			 : "=m"(before)
			 : "r"(in)
			 : "st", "memory");
	sys6(c->nr, c->a, c->b, c->c, c->d, c->e, c->f);
	__asm__ volatile("fnstsw %0\n\tfstpl 32(%1)\n\tfstpl 24(%1)\n\tfstpl 16(%1)\n\t"
			 "fstpl 8(%1)\n\tfstpl 0(%1)\n\tfninit"
			 : "=m"(after)
			 : "r"(out)
			 : "st", "memory");
	CHECK_EQ(after, before);
	CHECK(memcmp(in, out, sizeof(in)) == 0);
}

int main(void)
{
	for (size_t i = 0; i < SOME_CALLS; i++)
		check(&some_calls[i]);
	return TEST_RESULT;
}
