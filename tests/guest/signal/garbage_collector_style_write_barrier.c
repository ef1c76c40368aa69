/* Pages protected, faulted on and unprotected thousands of times by a SIGSEGV handler. */
#include "../test.h"
#include <signal.h>
#include <sys/mman.h>

enum { PAGES = 512 };

static char *heap;
static unsigned char dirty[PAGES];
static volatile int faults;

static void handler(int sig, siginfo_t *info, void *context)
{
	char *at = (char *)((uintptr_t)info->si_addr & ~(PAGE - 1));

	(void)sig;
	(void)context;
	if (at < heap || at >= heap + PAGES * PAGE || info->si_code != SEGV_ACCERR)
		_exit(9);
	dirty[(size_t)(at - heap) / PAGE]++;
	faults++;
	mprotect(at, PAGE, PROT_READ | PROT_WRITE);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	heap = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(heap != MAP_FAILED);
	sigaction(SIGSEGV, &sa, NULL);
	for (int round = 1; round <= 8; round++) {
		for (size_t i = 0; i < PAGES; i++)
			heap[i * PAGE + (size_t)round * 16] = (char)round;
		CHECK_EQ(mprotect(heap, PAGES * PAGE, PROT_READ), 0);
	}
	CHECK_EQ(faults, 8 * PAGES);
	for (size_t i = 0; i < PAGES; i++) {
		CHECK_EQ(dirty[i], 8);
		CHECK_EQ(heap[i * PAGE + 5 * 16], 5);
	}
	return TEST_RESULT;
}
