/* A second SA_ONSTACK signal inside the first continues below it, not at the top. */
#include "../test.h"
#include <signal.h>

static char stack[131072];
static volatile uintptr_t first, second;

static void on_second(int sig)
{
	char here;

	(void)sig;
	second = (uintptr_t)&here;
}

static void on_first(int sig)
{
	volatile char here[256];

	(void)sig;
	memset((void *)here, 0x77, sizeof(here));
	first = (uintptr_t)here;
	raise(SIGUSR2);
	for (size_t i = 0; i < sizeof(here); i++)
		CHECK_EQ(here[i], 0x77);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_first, .sa_flags = SA_ONSTACK };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&alt, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = on_second;
	sigaction(SIGUSR2, &sa, NULL);
	raise(SIGUSR1);
	CHECK(second < first);
	CHECK(second >= (uintptr_t)stack && first < (uintptr_t)stack + sizeof(stack));
	return TEST_RESULT;
}
