//build: static no-pie
/*
 * Programs that leave traces of every kind exit, and ones spawned after them find none: memory
 * at fixed addresses, segment bases, vector and control registers, signal stack, mask and
 * dispositions, name, limits, personality, descriptors, umask, directory, timers.
 */
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "process.h"

#define ROUNDS 8
#define ARCH_SET_GS 0x1001
#define ARCH_GET_GS 0x1004
#define HIGH_FD 199

static const uintptr_t places[] = { 0x20000, 0x10000000000, 0x7000000000 };

static void leave_memory(void)
{
	for (unsigned i = 0; i < 3; i++) {
		char *p = mmap((void *)places[i], 4 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			       (i == 1 ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_FIXED, -1,
			       0);

		REQUIRE(p != MAP_FAILED);
		memset(p, 0x90, 4 * PAGE);
	}
	REQUIRE(mlockall(MCL_FUTURE) == 0 || errno == EPERM || errno == ENOMEM);
	REQUIRE(sbrk(1 << 20) != (void *)-1);
}

static void leave_registers(void)
{
	unsigned mxcsr = 0x9fc0;
	unsigned short control = 0x27f;

	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	__asm__ volatile("fldcw %0" : : "m"(control));
	__asm__ volatile("pcmpeqb %%xmm9, %%xmm9" : : : "xmm9");
}

static void leave_signals(void)
{
	static char stack[65536];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	sigset_t all;

	sigfillset(&all);
	CHECK_EQ(sigaltstack(&ss, NULL), 0);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR2);
	kill(getpid(), SIGHUP);
}

static void leave_attributes(void)
{
	struct rlimit few = { 200, 201 };

	prctl(PR_SET_NAME, "an old name");
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 12345678);
	CHECK(personality(ADDR_NO_RANDOMIZE) != -1);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
	CHECK_EQ(dup2(1, HIGH_FD), HIGH_FD);
	umask(0711);
	CHECK_EQ(chdir("/"), 0);
	sys2(SYS_set_robust_list, (long)places[0], 24);
	sys1(SYS_set_tid_address, (long)places[0]);
}

static int leave(int round)
{
	struct itimerval soon = { .it_value = { 0, 1000 }, .it_interval = { 0, 1000 } };

	leave_memory();
	leave_registers();
	leave_signals();
	leave_attributes();
	/* Not each time: what they need may be why a process is not used again. */
	if (round % 4 == 1)
		CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
	if (round % 4 == 3)
		CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, (long)places[0]), 0);
	_exit(test_failures != 0);
}

static void find_no_memory(void)
{
	unsigned char vec;
	unsigned long gs = 1;

	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQ(mincore((void *)places[i], PAGE, &vec), -1);
		CHECK(mmap((void *)places[i], PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
				   MAP_FIXED_NOREPLACE, -1, 0) == (void *)places[i]);
		CHECK_EQ(*(volatile char *)places[i], 0);
	}
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, (long)&gs), 0);
	CHECK_EQ(gs, 0);
}

static void find_no_registers(void)
{
	unsigned mxcsr = 0;
	unsigned short control = 0;

	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	__asm__ volatile("fstcw %0" : "=m"(control));
	CHECK_EQ(mxcsr, 0x1f80);
	CHECK_EQ(control, 0x37f);
}

static void find_no_signals(void)
{
	struct sigaction sa;
	struct itimerval it;
	sigset_t set, pending;
	stack_t ss;

	CHECK_EQ(sigaltstack(NULL, &ss), 0);
	CHECK_EQ(ss.ss_flags, SS_DISABLE);
	CHECK_EQ(sigprocmask(SIG_SETMASK, NULL, &set), 0);
	CHECK_EQ(sigpending(&pending), 0);
	for (int sig = 1; sig < 65; sig++) {
		CHECK(sigismember(&set, sig) != 1);
		CHECK(sigismember(&pending, sig) != 1);
	}
	CHECK_EQ(sigaction(SIGUSR1, NULL, &sa), 0);
	CHECK(sa.sa_handler == SIG_DFL);
	CHECK_EQ(getitimer(ITIMER_REAL, &it), 0);
	CHECK_EQ(it.it_value.tv_sec + it.it_value.tv_usec, 0);
}

static void find_no_attributes(void)
{
	unsigned long head = 1, len = 0;
	struct rlimit limit;
	char name[17] = "", dir[4096];
	int signal = -1;

	prctl(PR_GET_NAME, name);
	CHECK(strncmp(name, "a_spawned_progr", 15) == 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_EQ(prctl(PR_GET_PDEATHSIG, &signal), 0);
	CHECK_EQ(signal, 0);
	CHECK(prctl(PR_GET_TIMERSLACK) != 12345678);
	CHECK(!(personality(0xffffffff) & ADDR_NO_RANDOMIZE));
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK(limit.rlim_max > 201);
	CHECK_ERR(fcntl(HIGH_FD, F_GETFD), EBADF);
	CHECK_EQ(umask(0), 022);
	CHECK(getcwd(dir, sizeof(dir)) != NULL && strcmp(dir, "/") != 0);
	CHECK_EQ(sys3(SYS_get_robust_list, 0, (long)&head, (long)&len), 0);
	CHECK(head != places[0]);
}

static int find(void)
{
	find_no_memory();
	find_no_registers();
	find_no_signals();
	find_no_attributes();
	return TEST_RESULT;
}

static void run(const char *program, const char *what, int round)
{
	char number[12];
	char *argv[] = { (char *)program, (char *)what, number, NULL };
	pid_t pid;

	snprintf(number, sizeof(number), "%d", round);
	CHECK_EQ(posix_spawn(&pid, program, NULL, NULL, argv, environ), 0);
	CHECK_EQ(status_of(pid), 0);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return strcmp(argv[1], "leave") == 0 ? leave(atoi(argv[2])) : find();
	umask(022);
	for (int round = 0; round < ROUNDS && !test_failures; round++) {
		run(argv[0], "leave", round);
		run(argv[0], "find", round);
		run(argv[0], "find", round);
	}
	return TEST_RESULT;
}
