/* kcmp: files, memory, tables and handlers of two processes; bad input first. */
#include "../test.h"
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static long kcmp(pid_t a, pid_t b, int type, unsigned long x, unsigned long y)
{
	return syscall(SYS_kcmp, a, b, type, x, y);
}

/* A child that waits; what it shares is for flags to say. */
static pid_t child(int flags)
{
	pid_t pid = (pid_t)sys6(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0, 0);

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void bad_input(void)
{
	pid_t me = getpid();

	CHECK_ERR(kcmp(me, 0x3ffffff, KCMP_FILE, 0, 0), ESRCH);
	CHECK_ERR(kcmp(-1, me, KCMP_FILE, 0, 0), ESRCH);
	CHECK_ERR(kcmp(0, me, KCMP_VM, 0, 0), ESRCH);
	CHECK_ERR(kcmp(me, me, 99, 0, 0), EINVAL);
	CHECK_ERR(kcmp(me, me, -1, 0, 0), EINVAL);
	CHECK_ERR(kcmp(me, me, KCMP_FILE, 0, 900), EBADF);
	CHECK_EQ(kcmp(me, me, KCMP_FILE, 1ul << 40, 0), 0); /* an unsigned int */
	CHECK_ERR(kcmp(me, me, KCMP_FILE, -1ul, 0), EBADF);
}

static void open_files(void)
{
	pid_t me = getpid(), pid;
	int a = open("/dev/null", O_RDONLY), b = open("/dev/null", O_RDONLY), c = dup(a);
	long ab = kcmp(me, me, KCMP_FILE, (unsigned)a, (unsigned)b);
	long ba = kcmp(me, me, KCMP_FILE, (unsigned)b, (unsigned)a);

	CHECK(ab == 1 || ab == 2);
	CHECK_EQ(ab + ba, 3);
	CHECK_EQ(kcmp(me, me, KCMP_FILE, (unsigned)a, (unsigned)c), 0);
	pid = child(0);
	CHECK_EQ(kcmp(me, pid, KCMP_FILE, (unsigned)a, (unsigned)c), 0);
	CHECK_EQ(kcmp(pid, me, KCMP_FILE, (unsigned)a, (unsigned)b), ab);
	end(pid);
}

static void shared(int flags, int type, bool want)
{
	pid_t me = getpid(), pid = child(flags);
	long r = kcmp(me, pid, type, 0, 0);

	CHECK_EQ(r == 0, want);
	CHECK(r >= 0 && r <= 2);
	CHECK_EQ(kcmp(me, me, type, 0, 0), 0);
	end(pid);
}

/* Who may not look at another is told nothing. */
static void permission(void)
{
	pid_t root = getpid(), pid;
	int status = 0;

	if (geteuid() != 0)
		return;
	pid = fork();
	if (pid == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(1);
		CHECK_ERR(kcmp(getpid(), root, KCMP_VM, 0, 0), EPERM);
		CHECK_ERR(kcmp(root, getpid(), 99, 0, 0), EPERM);
		_exit(TEST_RESULT);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

int main(void)
{
	if (kcmp(getpid(), getpid(), KCMP_VM, 0, 0) < 0 && errno == ENOSYS)
		skip("a kernel without kcmp");
	bad_input();
	open_files();
	shared(0, KCMP_FILES, false);
	shared(CLONE_FILES, KCMP_FILES, true);
	shared(0, KCMP_FS, false);
	shared(CLONE_FS, KCMP_FS, true);
	shared(0, KCMP_VM, false);
	shared(0, KCMP_SIGHAND, false);
	shared(0, KCMP_SYSVSEM, true); /* neither has any undos */
	permission();
	return TEST_RESULT;
}
