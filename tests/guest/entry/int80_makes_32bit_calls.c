/*
 * int $0x80 makes 32-bit calls in a 64-bit program: their numbers, their registers, the
 * arguments cut to 32 bits; every other register is as before.
 */
#include "../test.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static sigjmp_buf back;

static void on_signal(int sig)
{
	siglongjmp(back, sig);
}

static long int80(long nr, unsigned long b, unsigned long c, unsigned long d)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(b), "c"(c), "d"(d), "S"(0L), "D"(0L)
			 : "memory");
	return ret;
}

static void registers_are_kept(void)
{
	unsigned long r8, r11, cx;

	__asm__ volatile("mov $0x1234, %%r8; mov $0x5678, %%r11; mov $0x9abc, %%rcx\n"
			 "mov $20, %%eax; int $0x80\n"
			 "mov %%r8, %0; mov %%r11, %1; mov %%rcx, %2"
			 : "=r"(r8), "=r"(r11), "=r"(cx)
			 :
			 : "rax", "rcx", "r8", "r11", "memory");
	CHECK_EQ(r8, 0x1234);
	CHECK_EQ(r11, 0x5678);
	CHECK_EQ(cx, 0x9abc);
}

static void on_usr1(int sig)
{
	(void)sig;
}

/* A call that a signal interrupts is made again: as the 32-bit one that it was. */
static void restarts(char *low)
{
	struct sigaction sa = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };
	int fds[2];
	pid_t pid;

	REQUIRE(pipe(fds) == 0);
	sigaction(SIGUSR1, &sa, NULL);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 20; i++) {
			usleep(5000);
			kill(getppid(), SIGUSR1);
		}
		_exit(write(fds[1], "!", 1) != 1);
	}
	CHECK_EQ(int80(3, (unsigned)fds[0], (unsigned long)low, 1), 1);
	CHECK_EQ(low[0], '!');
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	int sig = sigsetjmp(back, 1), status, fd;
	char *low;
	long pid;

	if (sig != 0)
		skip("this host has no 32-bit calls");
	signal(SIGSEGV, on_signal);
	CHECK_EQ(int80(20, 0, 0, 0), getpid());
	CHECK_EQ(int80(20 | 1L << 40, 0, 0, 0), getpid());
	signal(SIGSEGV, SIG_DFL);
	registers_are_kept();
	CHECK_EQ(int80(9999, 0, 0, 0), -ENOSYS);
	CHECK_EQ(int80(-1, 0, 0, 0), -ENOSYS);
	CHECK_EQ(int80(6, 0xffffffff, 0, 0), -EBADF);
	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	REQUIRE(low != MAP_FAILED);
	strcpy(low, "/tmp/int80");
	fd = (int)int80(5, (unsigned long)low, O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(int80(4, (unsigned)fd, (unsigned long)low, 10), 10);
	/* The upper halves do not count. */
	CHECK_EQ(int80(4, (unsigned)fd | 1UL << 50, (unsigned long)low | 1UL << 40, 2), 2);
	CHECK_EQ(int80(19, (unsigned)fd, (unsigned)-3, SEEK_CUR), 9);
	CHECK_EQ(int80(19, (unsigned)fd, (unsigned)-30, SEEK_CUR), -EINVAL);
	CHECK_EQ(int80(93, (unsigned)fd, (unsigned)-1, 0), -EINVAL);
	CHECK_EQ(int80(3, (unsigned)fd, (unsigned long)low, 100), 3);
	CHECK_EQ(int80(4, (unsigned)fd, 8, 1), -EFAULT);
	CHECK_EQ(int80(6, (unsigned)fd, 0, 0), 0);
	pid = int80(2, 0, 0, 0);
	if (pid == 0)
		int80(1, 7, 0, 0);
	CHECK_EQ(int80(7, (unsigned)pid, (unsigned long)low, 0), pid);
	memcpy(&status, low, sizeof(status));
	CHECK_EQ(WEXITSTATUS(status), 7);
	restarts(low);
	return TEST_RESULT;
}
