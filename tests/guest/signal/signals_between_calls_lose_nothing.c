/* A fast timer against a fast loop of calls: every result and register stays right. */
#include "../test.h"
#include "../calls.h"
#include "../regs.h"
#include <signal.h>
#include <sys/time.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	uint64_t pid = (uint64_t)getpid();

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (count < 200) {
		struct all_regs r = { .rax = SYS_getpid, .rbx = 0x1111, .rdx = 0x2222,
				      .rdi = 0x3333, .r12 = 0x4444, .r15 = 0x5555,
				      .flags = 0x203 };

		syscall_with_regs(&r);
		if (r.rax != pid || r.rbx != 0x1111 || r.rdx != 0x2222 || r.rdi != 0x3333 ||
		    r.r12 != 0x4444 || r.r15 != 0x5555 || r.flags != 0x203 ||
		    r.rcx != (uint64_t)after_syscall_with_regs) {
			test_fail("a call went wrong after %d signals", count);
			break;
		}
	}
	setitimer(ITIMER_REAL, &off, NULL);
	return TEST_RESULT;
}
