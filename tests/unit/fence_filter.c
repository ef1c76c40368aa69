/* The host's helpers' filters: exactly the calls of a list are denied, whatever its length. */
/* build: store/host/fence.c */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/host/fence.h"

const char kernel_image_start[1], kernel_image_end[1];

#define FIRST 600 /* numbers that no call has */
#define LAST 1500
#define DENIED 123
#define COPY (0x1000u /* CLONE_PIDFD */ | SIGCHLD)

/* Every third number or so, in no order. */
static u16 list_make(u16 *list, u16 count)
{
	for (u16 i = 0; i < count; i++)
		list[i] = (u16)(FIRST + i * 3 + rand() % 3);
	for (u16 i = 0; i < count; i++) {
		u16 other = (u16)(rand() % count), call = list[i];

		list[i] = list[other];
		list[other] = call;
	}
	return count;
}

static bool is_listed(const u16 *list, u16 count, long nr)
{
	for (u16 i = 0; i < count; i++)
		if (list[i] == nr)
			return true;
	return false;
}

static int list_check(u16 count)
{
	u16 list[250];

	list_make(list, count);
	fence_calls(list, count, SECCOMP_RET_ERRNO | DENIED, SECCOMP_RET_ALLOW);
	for (long nr = FIRST - 1; nr <= LAST; nr++) {
		int expected = is_listed(list, count, nr) ? DENIED : ENOSYS;

		if (syscall(nr) != -1 || errno != expected)
			return 1;
	}
	return 0;
}

/* Neither processes nor sockets, but copies where they are wanted. */
static int common_check(u32 clone_flags)
{
	int pidfd = -1;

	fence_common_calls(false, clone_flags);
	errno = 0;
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM)
		return 2;
	if (syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0) >= 0 || errno != EPERM)
		return 3;
	if (syscall(SYS_fork) >= 0 || errno != EPERM || syscall(SYS_vfork) >= 0 || errno != EPERM)
		return 4;
	long pid = syscall(SYS_clone, COPY, NULL, &pidfd, NULL, 0);

	if (pid == 0)
		_exit(0);
	return (pid > 0) == (clone_flags != 0) ? 0 : 5;
}

static int failures;

/* In a process of its own: a filter stays. */
static void check(int (*run)(u32), u32 arg, const char *what)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(run(arg));
	}
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		printf("%s %u: status 0x%x\n", what, arg, status);
		failures++;
	}
}

static int list_run(u32 count)
{
	return list_check((u16)count);
}

int main(void)
{
	for (u32 count = 1; count <= 250; count += count < 20 ? 1 : 23)
		check(list_run, count, "a list of");
	check(list_run, 250, "a list of");
	check(common_check, 0, "no processes, flags");
	check(common_check, COPY, "copies only, flags");
	return failures != 0;
}
