/* SS_AUTODISARM: disabled while a handler runs on it, so that it can be changed; back after. */
#include "../test.h"
#include <signal.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char stack[65536], other[65536];
static volatile unsigned flags_inside;

static void handler(int sig)
{
	stack_t now, alt = { .ss_sp = other, .ss_size = sizeof(other) };

	(void)sig;
	sigaltstack(NULL, &now);
	flags_inside = (unsigned)now.ss_flags;
	CHECK_EQ(sigaltstack(&alt, NULL), 0);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack),
			.ss_flags = (int)SS_AUTODISARM }, now;

	REQUIRE(sigaltstack(&alt, NULL) == 0);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK_EQ(flags_inside, SS_DISABLE);
	CHECK_EQ(sigaltstack(NULL, &now), 0);
	CHECK(now.ss_sp == stack);
	CHECK_EQ(now.ss_flags, (int)SS_AUTODISARM);
	return TEST_RESULT;
}
