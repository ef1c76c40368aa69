/* CLONE_FS, CLONE_FILES, CLONE_VM, CLONE_SIGHAND without CLONE_THREAD: each shares one thing. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "process.h"

static volatile int value;
static int child(void *arg)
{
	(void)arg;
	value = 5;
	signal(SIGUSR1, SIG_IGN);
	umask(0123);
	close(100);
	_exit(0);
}

static void run(int flags)
{
	size_t size = 65536;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;

	value = 1;
	signal(SIGUSR1, SIG_DFL);
	umask(022);
	dup2(1, 100);
	pid_t pid = clone(child, stack + size, flags | SIGCHLD, NULL);
	REQUIRE(pid > 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(value, flags & CLONE_VM ? 5 : 1);
	CHECK_EQ(fcntl(100, F_GETFD), flags & CLONE_FILES ? -1 : 0);
	CHECK_EQ(umask(022), flags & CLONE_FS ? 0123 : 022);
	CHECK((signal(SIGUSR1, SIG_DFL) == SIG_IGN) == !!(flags & CLONE_SIGHAND));
	munmap(stack, size);
}

int main(void)
{
	run(0);
	run(CLONE_FS);
	run(CLONE_FILES);
	run(CLONE_FS | CLONE_FILES);
	run(CLONE_VM);
	run(CLONE_VM | CLONE_SIGHAND);
	run(CLONE_VM | CLONE_FILES);
	run(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND);
	run(CLONE_VM | CLONE_VFORK);
	run(CLONE_VM | CLONE_VFORK | CLONE_FILES);
	run(CLONE_VFORK);
	run(CLONE_VFORK | CLONE_FS);
	return TEST_RESULT;
}
