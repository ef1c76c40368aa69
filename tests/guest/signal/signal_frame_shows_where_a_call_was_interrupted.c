/*
 * rip in the frame is the instruction after the syscall for EINTR, the syscall itself
 * with the number in rax for a restart: libraries with cancellation points compare it.
 */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>

static int fds[2];
static volatile int count, armed, restarting;
static volatile greg_t rip, rax, rdi;
extern const char call_here[], call_after[];

static void handler(int sig, siginfo_t *info, void *context)
{
	const greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	/* on a busy machine it may come before the call or after it */
	if (!armed ||
	    (g[REG_RIP] != (greg_t)call_here && g[REG_RIP] != (greg_t)call_after))
		return;
	rip = g[REG_RIP];
	rax = g[REG_RAX];
	rdi = g[REG_RDI];
	/* Without a restart, too, several may come, if we are kept waiting. */
	if (++count >= 3 && restarting) {
		armed = 0;
		if (write(fds[1], "x", 1) != 1)
			_exit(9);
	}
}

static long __attribute__((noinline, noclone)) blocking_read(char *c)
{
	long ret;

	__asm__ volatile(".globl call_here, call_after\n"
			 "call_here: syscall\n"
			 "call_after:"
			 : "=a"(ret)
			 : "a"(SYS_read), "D"(fds[0]), "S"(c), "d"(1L)
			 : "rcx", "r11", "memory");
	return ret;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, off = { 0 };
	char c = 0;

	REQUIRE(pipe(fds) == 0);
	for (int restart = 0; restart < 2; restart++) {
		long ret;

		sa.sa_flags = SA_SIGINFO | (restart ? SA_RESTART : 0);
		sigaction(SIGALRM, &sa, NULL);
		count = 0;
		restarting = restart;
		armed = 1;
		setitimer(ITIMER_REAL, &timer, NULL);
		ret = blocking_read(&c);
		setitimer(ITIMER_REAL, &off, NULL);
		CHECK_EQ(ret, restart ? 1 : -EINTR);
		CHECK_EQ(rip, restart ? call_here : call_after);
		CHECK_EQ(rax, restart ? SYS_read : -EINTR);
		CHECK_EQ(rdi, fds[0]);
	}
	return TEST_RESULT;
}
