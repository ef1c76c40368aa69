/* RLIMIT_NPROC and RLIMIT_SIGPENDING: by real user, over processes and threads; not root. */
#include "../test.h"
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SOMEBODY 54321
#define OTHER 54322

static int hold[2]; /* children live until it is closed */

static void become(uid_t uid)
{
	REQUIRE(setresuid(uid, uid, uid) == 0);
}

static void limit(int which, rlim_t n)
{
	struct rlimit lim = { n, n };

	REQUIRE(setrlimit(which, &lim) == 0);
}

/* A child that waits, or -errno. */
static pid_t idle_child(void)
{
	char byte;
	pid_t pid = fork();

	if (pid == 0) {
		close(hold[1]);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	return pid < 0 ? -errno : pid;
}

static void *idle_thread(void *arg)
{
	char byte;

	CHECK_EQ(read(*(int *)arg, &byte, 1), 1);
	return NULL;
}

static void run(void (*fn)(void))
{
	int status;
	pid_t pid;

	REQUIRE(pipe(hold) == 0);
	pid = fork();
	if (pid == 0) {
		fn();
		_exit(TEST_RESULT);
	}
	close(hold[0]);
	close(hold[1]);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

static void end_children(int count)
{
	int status;

	close(hold[1]);
	for (int i = 0; i < count; i++)
		CHECK(wait(&status) > 0 && status == 0);
	REQUIRE(pipe(hold) == 0);
}

static void processes(void)
{
	pthread_t threads[3];
	pthread_attr_t attr;
	int go[2], status;
	pid_t pid;

	REQUIRE(pipe(go) == 0);
	limit(RLIMIT_NPROC, 3);
	CHECK(idle_child() > 0); /* root is not limited, and does not count */
	CHECK(idle_child() > 0);
	CHECK(idle_child() > 0);
	become(SOMEBODY);
	CHECK(idle_child() > 0);
	CHECK(idle_child() > 0);
	CHECK_EQ(idle_child(), -EAGAIN);
	end_children(5);
	/* A zombie that has been waited for does not count; threads do. */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	CHECK_EQ(pthread_create(&threads[0], &attr, idle_thread, &go[0]), 0);
	CHECK_EQ(pthread_create(&threads[1], &attr, idle_thread, &go[0]), 0);
	CHECK_EQ(pthread_create(&threads[2], &attr, idle_thread, &go[0]), EAGAIN);
	CHECK_EQ(idle_child(), -EAGAIN);
	CHECK_EQ(vfork() == 0 ? (_exit(0), 0) : errno, EAGAIN);
	CHECK_EQ(write(go[1], "xx", 2), 2);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	/* A zombie nobody has waited for counts. */
	pid = fork();
	/* A thread counts for a moment after pthread_join. */
	for (int i = 0; pid < 0 && errno == EAGAIN && i < 5000; i++) {
		usleep(1000);
		pid = fork();
	}
	if (pid == 0)
		_exit(0);
	CHECK(pid > 0);
	CHECK_EQ(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	CHECK(idle_child() > 0);
	CHECK_EQ(idle_child(), -EAGAIN);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(idle_child() > 0);
	end_children(2);
}

static int queue_one(pid_t pid)
{
	return sigqueue(pid, SIGRTMIN, (union sigval){ 0 }) < 0 ? errno : 0;
}

static void signals(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_NONE };
	siginfo_t info;
	int status, up[2];
	timer_t timer;
	sigset_t set;
	char byte;
	pid_t pid;

	REQUIRE(pipe(up) == 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	limit(RLIMIT_SIGPENDING, 4);
	become(SOMEBODY);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 3; i++)
			CHECK_EQ(queue_one(getpid()), 0);
		CHECK_EQ(write(up[1], "x", 1), 1);
		CHECK_EQ(read(hold[0], &byte, 1), 1);
		_exit(TEST_RESULT);
	}
	CHECK_EQ(read(up[0], &byte, 1), 1);
	/* Three wait at the other: there is room for one. */
	CHECK_EQ(queue_one(getpid()), 0);
	CHECK_EQ(queue_one(getpid()), EAGAIN);
	CHECK_EQ(queue_one(pid), EAGAIN);
	CHECK_ERR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &timer), EAGAIN);
	CHECK_EQ(kill(getpid(), SIGRTMIN), 0); /* comes without information */
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(queue_one(getpid()), 0);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(write(hold[1], "x", 1), 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(queue_one(getpid()), 0);
	CHECK_EQ(queue_one(getpid()), EAGAIN);
}

/* Another's do not count. */
static void another(void)
{
	limit(RLIMIT_NPROC, 1);
	become(OTHER);
	CHECK_EQ(idle_child(), -EAGAIN);
}

int main(void)
{
	if (getuid() != 0)
		skip("needs root, to be others");
	run(processes);
	run(signals);
	run(another);
	return TEST_RESULT;
}
