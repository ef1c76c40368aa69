/* Rounding modes, exception masks and sticky flags of SSE and x87 survive calls. */
#include "../test.h"
#include "vectors.h"

static void check(const struct one_call *c, uint32_t mxcsr, uint16_t control)
{
	uint32_t mxcsr_now, mxcsr_default = 0x1f80;
	uint16_t control_now;

	__asm__ volatile("ldmxcsr %0\n\tfldcw %1" ::"m"(mxcsr), "m"(control));
	sys6(c->nr, c->a, c->b, c->c, c->d, c->e, c->f);
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr_now), "=m"(control_now));
	__asm__ volatile("ldmxcsr %0\n\tfninit" ::"m"(mxcsr_default));
	CHECK_EQ(mxcsr_now, mxcsr);
	CHECK_EQ(control_now, control);
}

int main(void)
{
	for (size_t i = 0; i < SOME_CALLS; i++) {
		check(&some_calls[i], 0x1f80, 0x037f);
		check(&some_calls[i], 0x7fbf, 0x0f7f); /* round to zero, all sticky flags */
		check(&some_calls[i], 0x9fc0, 0x027f); /* flush to zero, denormals are zero */
		check(&some_calls[i], 0x3f80, 0x077a);
	}
	return TEST_RESULT;
}
