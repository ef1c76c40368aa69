/* The sandbox's dealings with the broker and the reaper's with the host. */
#include "abi/errno.h"
#include "abi/linux/signal.h"
#include "abi/linux/syscall.h"
#include "abi/linux/wait.h"
#include "kernel/boot.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "platform/linux/channel.h"
#include "platform/linux/internal.h"
#include "platform/plat.h"

int plat_start(void)
{
	host_trees_init();
	return channel_init((s32)host_call(LINUX_SYS_getpid, 0));
}

/*
 * Whom the broker's part of this process has left (broker/ahead.c) drops the old root and ends:
 * nobody who is not confined is to be left in the pid namespace, and nothing of the host's in the
 * mount namespace. -errno: it could not.
 */
static int helpers_wait(void)
{
	struct linux_siginfo info;
	bool ok = true;
	s64 r;

	do {
		r = host_call(LINUX_SYS_waitid, LINUX_P_ALL, 0, &info,
			      LINUX_WEXITED | (s64)LINUX___WALL, 0);
		if (r == 0 && (info.si_code != LINUX_CLD_EXITED || info.chld.status != 0))
			ok = false;
	} while (r == 0 || r == -EINTR);
	return ok ? 0 : -EPERM;
}

int plat_jail(void)
{
	int err = channel_greeted(), helpers = helpers_wait();

	if (err == 0)
		err = helpers;
	return err < 0 ? err : seccomp_install();
}

void plat_started(void)
{
	channel_start();
}

void plat_fail(int error, int exit_status, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	fmt_vprint(text, sizeof(text), fmt, args);
	va_end(args);
	channel_fail(error, exit_status, "%s", text);
}

void plat_ended(int wait_status, u64 calls, u64 host_calls)
{
	channel_exit((u32)wait_status, calls, host_calls);
}

void plat_stopped(int sig)
{
	channel_stopped(sig);
}

int plat_terminal_check(int sig)
{
	return channel_terminal(sig);
}

int plat_wait_child(s32 *ret_pid, int *ret_status)
{
	struct linux_siginfo info = { 0 };
	s64 r = host_call(LINUX_SYS_waitid, LINUX_P_ALL, 0, &info,
			  LINUX_WEXITED | (s64)LINUX___WALL, 0);

	if (r < 0)
		return (int)r;
	*ret_pid = info.chld.pid;
	*ret_status = info.si_code == LINUX_CLD_EXITED ? info.chld.status << 8 : info.chld.status;
	return 0;
}

NORETURN void panic(const char *fmt, ...)
{
	static const char prefix[] = "nacre: kernel: ";
	char text[512];
	va_list args;

	memcpy(text, prefix, sizeof(prefix) - 1);
	va_start(args, fmt);
	int n = fmt_vprint(text + sizeof(prefix) - 1, sizeof(text) - sizeof(prefix), fmt, args);
	va_end(args);
	size_t len = MIN((size_t)n + sizeof(prefix) - 1, sizeof(text) - 2);

	text[len++] = '\n';
	host_call(LINUX_SYS_write, 2, text, len);
	/* Not an exit a guest could make: the reaper takes it for what it is. */
	plat_process_exit(125);
}
