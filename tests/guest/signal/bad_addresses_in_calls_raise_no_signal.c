/* Faults on the program's addresses within calls are EFAULT; the handler hears only its own. */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "../fault.h"
#include "../test.h"

static volatile int heard;

static void handler(int sig)
{
	(void)sig;
	heard++;
}

static void all_bad(void *bad)
{
	int fds[2];
	struct iovec v = { bad, 10 };

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(sys3(SYS_write, fds[1], bad, 10), -EFAULT);
	CHECK_EQ(sys3(SYS_writev, fds[1], &v, 1), -EFAULT);
	CHECK_EQ(sys3(SYS_writev, fds[1], bad, 1), -EFAULT);
	REQUIRE(write(fds[1], "0123456789", 10) == 10);
	CHECK_EQ(sys3(SYS_read, fds[0], bad, 10), -EFAULT);
	CHECK_EQ(sys3(SYS_readv, fds[0], &v, 1), -EFAULT);
	CHECK_EQ(sys3(SYS_open, bad, 0, 0), -EFAULT);
	CHECK_EQ(sys2(SYS_stat, bad, bad), -EFAULT);
	CHECK_EQ(sys2(SYS_stat, "/", bad), -EFAULT);
	CHECK_EQ(sys2(SYS_nanosleep, bad, NULL), -EFAULT);
	CHECK_EQ(sys3(SYS_poll, bad, 1, 0), -EFAULT);
	CHECK_EQ(sys4(SYS_rt_sigaction, SIGUSR1, bad, NULL, 8), -EFAULT);
	CHECK_EQ(sys4(SYS_rt_sigaction, SIGUSR1, NULL, bad, 8), -EFAULT);
	CHECK_EQ(sys4(SYS_rt_sigprocmask, SIG_BLOCK, bad, NULL, 8), -EFAULT);
	CHECK_EQ(sys2(SYS_rt_sigsuspend, bad, 8), -EFAULT);
	CHECK_EQ(sys4(SYS_rt_sigtimedwait, bad, NULL, NULL, 8), -EFAULT);
	CHECK_EQ(sys2(SYS_sigaltstack, bad, NULL), -EFAULT);
	CHECK_EQ(sys1(SYS_uname, bad), -EFAULT);
	CHECK_EQ(sys2(SYS_getcwd, bad, 4096), -EFAULT);
	CHECK_EQ(sys1(SYS_pipe, bad), -EFAULT);
	CHECK_EQ(sys3(SYS_getdents64, fds[0], bad, 100), -ENOTDIR);
	CHECK_EQ(sys3(SYS_execve, bad, NULL, NULL), -EFAULT);
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, NULL, bad), -EFAULT);
	CHECK_EQ(sys6(SYS_futex, (long)bad & ~7L, 0, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(sys3(SYS_getrandom, bad, 10, 0), -EFAULT);
	CHECK_EQ(sys2(SYS_clock_gettime, CLOCK_REALTIME, bad), -EFAULT);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	void *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *gone = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	signal(SIGSEGV, handler);
	signal(SIGBUS, handler);
	munmap(gone, PAGE);
	all_bad(none);
	all_bad(gone);
	all_bad(BAD_LOW);
	all_bad(BAD_HIGH);
	all_bad((void *)-1L);
	/* Beyond the end of a file: SIGBUS to who touches, EFAULT to who passes it on. */
	int fd = memfd_create("short", 0);
	void *beyond = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	all_bad(beyond);
	CHECK_EQ(heard, 0);
	CHECK_EQ(fault_read(beyond).sig, SIGBUS);
	CHECK_EQ(fault_read(none).sig, SIGSEGV);
	return TEST_RESULT;
}
