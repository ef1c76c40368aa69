/* SA_ONSTACK: on the alternate stack, SS_ONSTACK shown, EPERM on changing it; without: not. */
#include "../test.h"
#include <signal.h>
#include <ucontext.h>

static char stack[65536];
static volatile int inside, nested_inside;

static bool is_inside(const void *p)
{
	return (const char *)p >= stack && (const char *)p < stack + sizeof(stack);
}

static void nested(int sig)
{
	char here;

	(void)sig;
	nested_inside = is_inside(&here);
}

static void handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	stack_t now, other = { .ss_sp = stack, .ss_size = 32768 };
	char here;

	(void)sig;
	inside = is_inside(&here);
	CHECK(is_inside(info) == inside && is_inside(uc) == inside);
	CHECK_EQ(sigaltstack(NULL, &now), 0);
	CHECK_EQ(now.ss_flags, inside ? SS_ONSTACK : 0);
	if (inside) {
		CHECK_ERR(sigaltstack(&other, NULL), EPERM);
		CHECK(uc->uc_stack.ss_sp == stack && uc->uc_stack.ss_size == sizeof(stack));
		raise(SIGUSR2);
	}
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, now;

	signal(SIGUSR2, nested);
	REQUIRE(sigaltstack(&alt, NULL) == 0);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK_EQ(inside, 1);
	CHECK_EQ(nested_inside, 1);
	CHECK_EQ(sigaltstack(NULL, &now), 0);
	CHECK_EQ(now.ss_flags, 0);
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK_EQ(inside, 0);
	return TEST_RESULT;
}
