/* fault.h - tries an access and tells what signal it raised, if any. */
#ifndef TEST_FAULT_H
#define TEST_FAULT_H

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

struct fault {
	int sig, code;      /* 0: the access worked */
	void *addr;
	long trapno, err, cr2, rip;
};

static sigjmp_buf fault_back;
static struct fault fault_seen;

static void fault_handler(int sig, siginfo_t *info, void *context)
{
	const greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	fault_seen = (struct fault){ .sig = sig, .code = info->si_code,
				     .addr = info->si_addr, .trapno = g[REG_TRAPNO],
				     .err = g[REG_ERR], .cr2 = g[REG_CR2],
				     .rip = g[REG_RIP] };
	siglongjmp(fault_back, 1);
}

static void fault_catch(void)
{
	struct sigaction sa = { .sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGFPE, &sa, NULL);
	sigaction(SIGILL, &sa, NULL);
	sigaction(SIGTRAP, &sa, NULL);
}

/* Runs `statement`; the value is what it raised. */
#define FAULT_OF(statement)                             \
	({                                              \
		fault_catch();                          \
		memset(&fault_seen, 0, sizeof(fault_seen)); \
		if (sigsetjmp(fault_back, 1) == 0) {    \
			statement;                      \
		}                                       \
		fault_seen;                             \
	})

static inline struct fault fault_read(const volatile void *p)
{
	return FAULT_OF((void)*(const volatile char *)p);
}

static inline struct fault fault_write(volatile void *p)
{
	return FAULT_OF(*(volatile char *)p = 1);
}

static inline struct fault fault_call(void *p)
{
	return FAULT_OF(((void (*)(void))p)());
}

#endif
