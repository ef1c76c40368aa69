/* PARENT_SETTID, CHILD_SETTID, CHILD_CLEARTID with its wake-up, PIDFD, CLONE_PARENT; clone3. */
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <poll.h>
#include <sys/mman.h>

#include "process.h"

static int *words;

static long clone3(struct clone_args *args)
{
	return sys2(SYS_clone3, args, sizeof(*args));
}

static void set_tids(void)
{
	struct clone_args a = {
		.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
		.exit_signal = SIGCHLD,
		.parent_tid = (uintptr_t)&words[0],
		.child_tid = (uintptr_t)&words[1],
	};
	int own = 0;

	words[1] = 0;
	long pid = clone3(&a);

	if (pid == 0) {
		while (words[2] == 0)
			usleep(1000);
		_exit(words[1] == getpid() && words[0] == getpid() ? 0 : 1);
	}
	REQUIRE(pid > 0);
	CHECK_EQ(words[0], pid);
	while ((own = __atomic_load_n(&words[1], __ATOMIC_SEQ_CST)) == 0)
		usleep(1000);
	CHECK_EQ(own, pid);
	words[2] = 1;
	CHECK_EQ(status_of((pid_t)pid), 0);
	/* Linux: cleared only where somebody else uses the same memory. */
	CHECK_EQ(words[1], pid);
}

static int quits(void *arg)
{
	return *(int *)arg == getpid() ? 0 : 1;
}

static void cleared_in_shared_memory(void)
{
	static char stack[65536];
	int status;
	pid_t pid = clone(quits, stack + sizeof(stack),
			  CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
			  &words[4], NULL, NULL, &words[4]);

	REQUIRE(pid > 0);
	for (int seen; (seen = __atomic_load_n(&words[4], __ATOMIC_SEQ_CST)) != 0;) {
		struct timespec limit = { 5, 0 };
		long r = sys6(SYS_futex, (long)&words[4], FUTEX_WAIT, seen, (long)&limit, 0, 0);

		if (r == -ETIMEDOUT) {
			test_fail("the word was not cleared");
			break;
		}
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
}

static void bad_tid_addresses(void)
{
	struct clone_args a = {
		.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
		.exit_signal = SIGCHLD,
		.parent_tid = (uintptr_t)BAD_HIGH,
		.child_tid = (uintptr_t)BAD_LOW,
	};
	long pid = clone3(&a);

	if (pid == 0)
		_exit(12);
	REQUIRE(pid > 0);
	CHECK_EQ(WEXITSTATUS(status_of((pid_t)pid)), 12);
}

static void pidfd(void)
{
	int fd = -1;
	struct clone_args a = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD,
				.pidfd = (uintptr_t)&fd };
	siginfo_t info;
	long pid = clone3(&a);

	if (pid == 0) {
		pause();
		_exit(0);
	}
	REQUIRE(pid > 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), 0);
	CHECK_EQ(poll(&p, 1, 5000), 1);
	CHECK_EQ(p.revents & POLLIN, POLLIN);
	CHECK_EQ(waitid(P_PIDFD, (id_t)fd, &info, WEXITED), 0);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_status, SIGTERM);
	CHECK_EQ(waitid(P_PIDFD, (id_t)fd, &info, WEXITED), -1);
	CHECK_EQ(errno, ECHILD);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, fd, 0, NULL, 0), -ESRCH);
	close(fd);
	/* A bad address: no child. */
	a.pidfd = (uintptr_t)BAD_HIGH;
	CHECK_EQ(clone3(&a), -EFAULT);
	CHECK_ERR(wait(NULL), ECHILD);
}

static void sibling(void)
{
	struct clone_args a = { .flags = CLONE_PARENT };
	int status;
	pid_t pid = CHILD({
		long s = clone3(&a);

		if (s == 0)
			_exit(21);
		_exit(wait(NULL) == -1 && errno == ECHILD ? 20 : 1);
	});

	CHECK_EQ(WEXITSTATUS(status_of(pid)), 20);
	REQUIRE(wait(&status) > 0);
	CHECK_EQ(WEXITSTATUS(status), 21);
}

static void clear_handlers(void)
{
	struct clone_args a = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };

	signal(SIGUSR1, (void (*)(int))clear_handlers);
	signal(SIGUSR2, SIG_IGN);
	long pid = clone3(&a);
	if (pid == 0)
		_exit(signal(SIGUSR1, SIG_DFL) == SIG_DFL && signal(SIGUSR2, SIG_DFL) == SIG_IGN ?
			      0 : 1);
	CHECK_EQ(status_of((pid_t)pid), 0);
}

static void errors(void)
{
	struct clone_args a = { .exit_signal = 65 };
	unsigned long extra[12] = { [4] = SIGCHLD, [11] = 1 };

	CHECK_EQ(clone3(&a), -EINVAL);
	a = (struct clone_args){ .exit_signal = SIGCHLD, .stack_size = 4096 };
	CHECK_EQ(clone3(&a), -EINVAL);
	a = (struct clone_args){ .exit_signal = SIGCHLD, .stack = (uintptr_t)words };
	CHECK_EQ(clone3(&a), -EINVAL);
	a = (struct clone_args){ .exit_signal = SIGCHLD, .set_tid_size = 99 };
	CHECK_EQ(clone3(&a), -EINVAL);
	a = (struct clone_args){ .exit_signal = SIGCHLD, .set_tid = 8 };
	CHECK_EQ(clone3(&a), -EINVAL);
	a = (struct clone_args){ .exit_signal = SIGCHLD,
				 .flags = CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM };
	CHECK_EQ(clone3(&a), -EINVAL);
	a = (struct clone_args){ .exit_signal = SIGCHLD, .flags = 1ul << 40 };
	CHECK_EQ(clone3(&a), -EINVAL);
	a = (struct clone_args){ .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
				 .cgroup = 999 };
	CHECK_EQ(clone3(&a), -EBADF);
	CHECK_EQ(sys2(SYS_clone3, extra, sizeof(extra)), -E2BIG);
	CHECK_EQ(sys5(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, words, 0, 0),
		 -EINVAL);
	CHECK_ERR(wait(NULL), ECHILD);
}

int main(void)
{
	words = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(words != MAP_FAILED);
	set_tids();
	words[4] = -1;
	cleared_in_shared_memory();
	bad_tid_addresses();
	pidfd();
	sibling();
	clear_handlers();
	errors();
	return TEST_RESULT;
}
