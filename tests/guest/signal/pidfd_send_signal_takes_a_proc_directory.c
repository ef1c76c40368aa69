/*
 * pidfd_send_signal() takes an open directory /proc/PID for a pidfd; no other file of /proc,
 * no O_PATH descriptor, and the process must be there.
 */
#include "../test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static volatile sig_atomic_t count;

static void on_usr1(int sig)
{
	(void)sig;
	count++;
}

static long send_to(int fd, int sig)
{
	return sys4(SYS_pidfd_send_signal, fd, sig, NULL, 0);
}

static void refuses(const char *path, int flags)
{
	int fd = open(path, flags);

	REQUIRE(fd >= 0);
	CHECK_EQ(send_to(fd, SIGUSR1), -EBADF);
	close(fd);
}

static void process_that_ended(void)
{
	char path[32];
	int fd, status;
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (child == 0) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d", (int)child);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	REQUIRE(fd >= 0);
	CHECK_EQ(send_to(fd, SIGTERM), 0);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	CHECK_EQ(send_to(fd, SIGTERM), -ESRCH);
	close(fd);
}

int main(void)
{
	int fd = open("/proc/self", O_RDONLY | O_DIRECTORY);

	REQUIRE(fd >= 0);
	signal(SIGUSR1, on_usr1);
	CHECK_EQ(send_to(fd, 0), 0);
	CHECK_EQ(send_to(fd, SIGUSR1), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(send_to(fd, 65), -EINVAL);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, ~0u), -EINVAL);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, fd, SIGUSR1, BAD_LOW, 0), -EFAULT);
	refuses("/proc", O_RDONLY);
	refuses("/proc/self", O_PATH);
	refuses("/proc/self/stat", O_RDONLY);
	refuses("/proc/self/task", O_RDONLY);
	refuses("/dev/null", O_RDONLY);
	CHECK_EQ(count, 1);
	process_that_ended();
	return TEST_RESULT;
}
