/* Blocked receivers get what suits them; blocked senders go on when there is room. */
#include "sysv.h"

struct message {
	long type;
	char text[8192];
};

static int id;

static void wants_seven(void)
{
	static struct message m;

	CHECK_EQ(msgrcv(id, &m, 100, 7, 0), 5);
	CHECK(m.type == 7 && memcmp(m.text, "seven", 5) == 0);
}

static void wants_a_short_one(void)
{
	static struct message m;

	CHECK_ERR(msgrcv(id, &m, 3, 8, 0), E2BIG); /* told by the sender */
	CHECK_EQ(msgrcv(id, &m, 3, 8, MSG_NOERROR), 3);
}

static void sends_much(void)
{
	static struct message m = { .type = 9 };

	for (int i = 0; i < 8; i++) {
		m.text[0] = (char)i;
		CHECK_EQ(msgsnd(id, &m, 8192, 0), 0);
	}
}

static void is_told_of_the_end(void)
{
	static struct message m = { .type = 9 };

	CHECK_ERR(msgrcv(id, &m, 100, 1000, 0), EIDRM);
}

static void sends_until_the_end(void)
{
	static struct message m = { .type = 9 };

	while (msgsnd(id, &m, 8192, 0) == 0)
		;
	CHECK_EQ(errno, EIDRM);
}

int main(void)
{
	static struct message m = { .type = 6 };
	struct msqid_ds ds;
	pid_t pid, other;

	id = new_msg(0600);
	pid = child(wants_seven);
	other = child(wants_a_short_one);
	until_asleep(pid);
	until_asleep(other);
	CHECK_EQ(msgsnd(id, &m, 1, 0), 0); /* for nobody */
	m.type = 7;
	memcpy(m.text, "seven", 5);
	CHECK_EQ(msgsnd(id, &m, 5, 0), 0);
	child_ok(pid);
	m.type = 8;
	CHECK_EQ(msgsnd(id, &m, 5, 0), 0);
	child_ok(other);
	CHECK(msgctl(id, IPC_STAT, &ds) == 0 && ds.msg_qnum == 1);
	CHECK_EQ(ds.msg_lrpid, other);
	CHECK_EQ(msgrcv(id, &m, 1, 0, 0), 1);
	pid = child(sends_much);
	for (int i = 0; i < 8; i++) {
		pause_ms(5);
		CHECK_EQ(msgrcv(id, &m, 8192, 9, 0), 8192);
		CHECK_EQ(m.text[0], i);
	}
	child_ok(pid);
	pid = child(is_told_of_the_end);
	other = child(sends_until_the_end);
	until_asleep(pid);
	until_asleep(other);
	CHECK_EQ(msgctl(id, IPC_RMID, NULL), 0);
	child_ok(pid);
	child_ok(other);
	return TEST_RESULT;
}
