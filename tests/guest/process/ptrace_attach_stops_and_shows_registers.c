/* ptrace: another process's threads are stopped, looked at and let go. */
#include <elf.h>
#include <pthread.h>
#include <signal.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "../test.h"

static volatile struct shared {
	unsigned long turns;
	pid_t tid;
	int stop;
} *shared;

static long trace(int request, pid_t tid, long addr, void *data)
{
	return syscall(SYS_ptrace, request, tid, addr, data);
}

static bool stopped(pid_t tid)
{
	int status = 0;

	if (waitpid(tid, &status, tid % 2 ? __WALL : 0) != tid)
		return false;
	return WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
}

/* A child whose thread spins and counts, while its first waits in a call. */
static void *spin(void *arg)
{
	shared->tid = (pid_t)syscall(SYS_gettid);
	register unsigned long mark __asm__("r15") = 0x5ca1ab1e;
	while (!shared->stop) {
		shared->turns++;
		__asm__ volatile("" : "+r"(mark));
	}
	return arg;
}

static pid_t spinner(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pthread_t t;

		pthread_create(&t, NULL, spin, NULL);
		pthread_join(t, NULL);
		_exit(7);
	}
	while (shared->tid == 0 || shared->turns == 0)
		sched_yield();
	return pid;
}

static void refusals(void)
{
	struct user_regs_struct regs;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK_ERR(trace(PTRACE_ATTACH, getpid(), 0, NULL), EPERM);
	CHECK_ERR(trace(PTRACE_ATTACH, 0x3ffff0, 0, NULL), ESRCH);
	CHECK_ERR(trace(PTRACE_ATTACH, -1, 0, NULL), ESRCH);
	CHECK_ERR(trace(PTRACE_GETREGS, pid, 0, &regs), ESRCH);
	CHECK_ERR(trace(PTRACE_DETACH, pid, 0, NULL), ESRCH);
	CHECK_ERR(trace(PTRACE_CONT, pid, 0, NULL), ESRCH);
	REQUIRE(trace(PTRACE_ATTACH, pid, 0, NULL) == 0);
	CHECK_ERR(trace(PTRACE_ATTACH, pid, 0, NULL), EPERM);
	CHECK(stopped(pid));
	CHECK_ERR(trace(PTRACE_GETREGS, pid, 0, (void *)8), EFAULT);
	CHECK_ERR(trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (void *)8), EFAULT);
	CHECK_ERR(trace(PTRACE_DETACH, pid, 0, (void *)1000), EIO);
	CHECK_EQ(trace(PTRACE_DETACH, pid, 0, (void *)SIGTERM), 0);
	int status = 0;
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

/* The registers of the thread tid; both ways of asking. */
static void registers(pid_t tid, bool spinning)
{
	struct user_regs_struct regs, other;
	struct iovec iov = { &other, sizeof(other) };

	CHECK_EQ(trace(PTRACE_GETREGS, tid, 0, &regs), 0);
	CHECK(regs.rip != 0 && regs.rsp != 0 && regs.fs_base != 0 && regs.cs == 0x33);
	if (spinning)
		CHECK_EQ(regs.r15, 0x5ca1ab1e);
	CHECK_EQ(trace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov), 0);
	CHECK_EQ(iov.iov_len, sizeof(other));
	CHECK(memcmp(&regs, &other, sizeof(regs)) == 0);
	iov.iov_len = 16;
	CHECK_EQ(trace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov), 0);
	CHECK_EQ(iov.iov_len, 16);
	iov.iov_len = 9;
	CHECK_ERR(trace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov), EINVAL);
	CHECK_ERR(trace(PTRACE_GETREGSET, tid, 0x7777, &iov), EINVAL);
}

static void threads(void)
{
	pid_t pid = spinner(), tid = shared->tid;
	unsigned long turns;
	int status = 0;

	for (int i = 0; i < 3; i++) {
		REQUIRE(trace(PTRACE_ATTACH, pid, 0, NULL) == 0);
		REQUIRE(trace(PTRACE_ATTACH, tid, 0, NULL) == 0);
		CHECK(stopped(pid));
		CHECK(stopped(tid));
		turns = shared->turns;
		registers(pid, false);
		registers(tid, true);
		CHECK_EQ(waitpid(tid, &status, __WALL | WNOHANG), 0);
		CHECK_EQ(shared->turns, turns);
		CHECK_EQ(trace(PTRACE_DETACH, tid, 0, NULL), 0);
		while (shared->turns == turns)
			sched_yield();
		CHECK_EQ(trace(PTRACE_DETACH, pid, 0, NULL), 0);
	}
	shared->stop = 1;
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

/* A tracer that ends lets go. */
static void tracer_ends(void)
{
	pid_t pid, tracer;
	unsigned long turns;
	int status = 0;

	shared->tid = shared->stop = 0;
	pid = spinner();
	tracer = fork();
	if (tracer == 0)
		_exit(trace(PTRACE_ATTACH, shared->tid, 0, NULL) != 0 || !stopped(shared->tid));
	CHECK_EQ(waitpid(tracer, &status, 0), tracer);
	CHECK_EQ(status, 0);
	turns = shared->turns;
	while (shared->turns == turns)
		sched_yield();
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
}

int main(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	refusals();
	threads();
	tracer_ends();
	return TEST_RESULT;
}
