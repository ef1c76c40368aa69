/* mq_notify: one process, one signal, when a message comes to an empty queue. */
#include "mqueue.h"

static mqd_t q;

static void other(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_NONE };

	CHECK_ERR(mq_notify(q, &e), EBUSY);
	CHECK_EQ(mq_notify(q, NULL), 0); /* not ours: nothing happens */
	CHECK_EQ(mq_send(q, "x", 1, 0), 0);
}

static void registers_and_exits(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_NONE };

	CHECK_EQ(mq_notify(q, &e), 0);
}

static bool pending(siginfo_t *info)
{
	const struct timespec none = { 0, 50000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigtimedwait(&set, info, &none) == SIGUSR1;
}

int main(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 }, bad;
	siginfo_t info;
	sigset_t set;
	char buf[100], want[100];
	int copy;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	e.sigev_value.sival_int = 4711;
	q = new_queue(3, 16, 0);
	CHECK_ERR(mq_notify(-1, &e), EBADF);
	CHECK_ERR(mq_notify(0, &e), EBADF);
	bad = e;
	bad.sigev_signo = 65;
	CHECK_ERR(mq_notify(q, &bad), EINVAL);
	bad.sigev_notify = 77;
	CHECK_ERR(mq_notify(q, &bad), EINVAL);
	CHECK_ERR(syscall(SYS_mq_notify, q, BAD_LOW), EFAULT);
	CHECK_EQ(mq_notify(q, &e), 0);
	CHECK_ERR(mq_notify(q, &e), EBUSY);
	CHECK_EQ(read(q, buf, sizeof(buf)), 60);
	snprintf(want, sizeof(want), "QSIZE:0          NOTIFY:0     SIGNO:10    NOTIFY_PID:%-6d\n",
		 getpid());
	CHECK(memcmp(buf, want, 60) == 0);
	pid = child(other);
	child_ok(pid);
	CHECK(pending(&info));
	CHECK_EQ(info.si_code, SI_MESGQ);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_uid, getuid());
	CHECK_EQ(info.si_value.sival_int, 4711);
	CHECK_EQ(mq_notify(q, &e), 0); /* the queue is not empty now */
	CHECK_EQ(mq_send(q, "y", 1, 0), 0);
	CHECK(!pending(&info));
	CHECK_EQ(mq_receive(q, buf, 16, NULL), 1);
	CHECK_EQ(mq_receive(q, buf, 16, NULL), 1);
	CHECK_EQ(mq_send(q, "z", 1, 0), 0);
	CHECK(pending(&info));
	CHECK_EQ(mq_receive(q, buf, 16, NULL), 1);
	CHECK_EQ(mq_send(q, "z", 1, 0), 0);
	CHECK(!pending(&info)); /* once */
	CHECK_EQ(mq_receive(q, buf, 16, NULL), 1);
	CHECK_EQ(mq_notify(q, &e), 0);
	CHECK_EQ(mq_notify(q, NULL), 0);
	CHECK_EQ(mq_notify(q, &e), 0);
	copy = dup(q);
	close(copy); /* any descriptor of the queue takes it back */
	CHECK_EQ(mq_notify(q, &e), 0);
	CHECK_EQ(mq_notify(q, NULL), 0);
	child_ok(child(registers_and_exits));
	CHECK_EQ(mq_notify(q, &e), 0);
	return TEST_RESULT;
}
