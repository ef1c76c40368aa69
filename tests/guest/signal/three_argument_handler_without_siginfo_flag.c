/*
 * Linux passes all three arguments to handlers without SA_SIGINFO as well; only the
 * siginfo is not filled in then. The ucontext is true and can be edited.
 */
#include "../test.h"
#include <signal.h>
#include <ucontext.h>

static volatile greg_t rip;
extern const char ud2_here[];

static void handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	if (sig != SIGILL || info == NULL)
		_exit(9);
	rip = uc->uc_mcontext.gregs[REG_RIP];
	uc->uc_mcontext.gregs[REG_RIP] += 2;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = (void (*)(int))(void *)handler };

	sigaction(SIGILL, &sa, NULL);
	__asm__ volatile("ud2_here: ud2");
	CHECK_EQ(rip, ud2_here);
	return TEST_RESULT;
}
