/* Receivers interrupted by signals all the time: every message arrives exactly once. */
#include "mqueue.h"
#include <sys/time.h>

#define EACH 400
#define SENDERS 2
#define RECEIVERS 3

static int msg, sem;
static mqd_t q;

struct message {
	long type;
	int number;
};

static void handler(int sig)
{
	(void)sig;
}

static void signals_rain(void)
{
	const struct itimerval often = { { 0, 700 }, { 0, 700 } };

	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = handler }, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void sends(void)
{
	struct message m = { .type = 1 };

	signals_rain();
	for (m.number = 0; m.number < EACH; m.number++) {
		while (msgsnd(msg, &m, sizeof(m.number), 0) != 0)
			CHECK_EQ(errno, EINTR);
		while (mq_send(q, (char *)&m.number, sizeof(m.number), 0) != 0)
			CHECK_EQ(errno, EINTR);
	}
}

static void count(int number)
{
	struct sembuf s = { (unsigned short)number, 1, 0 };

	CHECK_EQ(semop(sem, &s, 1), 0); /* it need not wait, so no signal ends it */
}

static void receives(void)
{
	struct message m;
	char buf[16];

	signals_rain();
	for (;;) {
		if (msgrcv(msg, &m, sizeof(m.number), 0, 0) < 0) {
			CHECK_EQ(errno, EINTR);
			continue;
		}
		if (m.type == 2)
			return;
		count(0);
		while (mq_receive(q, buf, sizeof(buf), NULL) < 0)
			CHECK_EQ(errno, EINTR);
		count(1);
	}
}

static void wait_for(int number, int value)
{
	for (int i = 0; i < 2000 && semctl(sem, number, GETVAL) < value; i++)
		pause_ms(10);
	CHECK_EQ(semctl(sem, number, GETVAL), value);
}

int main(void)
{
	pid_t senders[SENDERS], receivers[RECEIVERS];
	struct message end = { .type = 2 };
	struct mq_attr attr;
	struct msqid_ds ds;

	msg = new_msg(0600);
	sem = new_sem(2, 0600);
	q = new_queue(4, 16, 0);
	for (int i = 0; i < RECEIVERS; i++)
		receivers[i] = child(receives);
	for (int i = 0; i < SENDERS; i++)
		senders[i] = child(sends);
	for (int i = 0; i < SENDERS; i++)
		child_ok(senders[i]);
	wait_for(0, SENDERS * EACH);
	wait_for(1, SENDERS * EACH);
	for (int i = 0; i < RECEIVERS; i++)
		CHECK_EQ(msgsnd(msg, &end, sizeof(end.number), 0), 0);
	for (int i = 0; i < RECEIVERS; i++)
		child_ok(receivers[i]);
	CHECK(msgctl(msg, IPC_STAT, &ds) == 0 && ds.msg_qnum == 0);
	CHECK(mq_getattr(q, &attr) == 0 && attr.mq_curmsgs == 0);
	return TEST_RESULT;
}
