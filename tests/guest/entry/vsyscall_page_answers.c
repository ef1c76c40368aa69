/* The three functions of the vsyscall page, where the host offers it. */
#include "../test.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static sigjmp_buf back;

static void on_fault(int sig)
{
	siglongjmp(back, sig);
}

int main(void)
{
	long (*vtime)(time_t *) = (void *)0xffffffffff600400;
	int (*vgettimeofday)(struct timeval *, void *) = (void *)0xffffffffff600000;
	int (*vgetcpu)(unsigned *, unsigned *, void *) = (void *)0xffffffffff600800;
	struct timeval tv = { 0, -1 };
	unsigned cpu = 12345, node = 12345;
	time_t now = time(NULL), t = 0, ret;

	signal(SIGSEGV, on_fault);
	if (sigsetjmp(back, 1))
		skip("the host has no vsyscall page");
	ret = vtime(&t);
	CHECK(ret == t && t >= now && t < now + 100);
	CHECK(vtime(NULL) >= now);
	CHECK_EQ(vgettimeofday(&tv, NULL), 0);
	CHECK(tv.tv_sec >= now && tv.tv_sec < now + 100);
	CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	CHECK_EQ(vgetcpu(&cpu, &node, NULL), 0);
	CHECK(cpu < 4096 && node < 1024);
	return TEST_RESULT;
}
