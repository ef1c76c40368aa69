//build: static no-pie
/*
 * What exec forgets (memory, segment bases, robust list, alternate stack, name, tid address)
 * over chains of programs at fixed and at random addresses.
 */
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "process.h"

#define ROUNDS 6

static void leave_traces(void)
{
	static char stack[65536];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	void *p = mmap((void *)0x10000000000, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	REQUIRE(p != MAP_FAILED);
	sigaltstack(&ss, NULL);
	prctl(PR_SET_NAME, "an old name");
	prctl(PR_SET_DUMPABLE, 0);
	mlockall(MCL_FUTURE);
	sys2(SYS_set_robust_list, p, 24);
	sys1(SYS_set_tid_address, p);
	if (sbrk(1 << 20) == (void *)-1)
		_exit(8);
}

static void check_clean(void)
{
	unsigned long head = 1, len = 0;
	unsigned char vec;
	char name[17] = "";
	stack_t ss;

	CHECK_EQ(mincore((void *)0x10000000000, PAGE, &vec), -1);
	CHECK_EQ(sigaltstack(NULL, &ss), 0);
	CHECK_EQ(ss.ss_flags, SS_DISABLE);
	prctl(PR_GET_NAME, name);
	CHECK(strncmp(name, "exec_leaves_not", 15) == 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_EQ(sys3(SYS_get_robust_list, 0, &head, &len), 0);
	CHECK(head != 0x10000000000);
	CHECK((char *)sbrk(0) - (char *)0 != 0);
	CHECK(getauxval(AT_RANDOM) != 0);
}

int main(int argc, char **argv)
{
	int round = argc > 1 ? atoi(argv[1]) : 0;
	char next[12], *again[] = { argv[0], next, NULL };

	if (round > 0)
		check_clean();
	if (round == ROUNDS || test_failures)
		return TEST_RESULT;
	leave_traces();
	snprintf(next, sizeof(next), "%d", round + 1);
	execv(argv[0], again);
	return 9;
}
