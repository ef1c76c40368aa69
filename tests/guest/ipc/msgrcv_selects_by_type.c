/* Types: any, equal, not equal, the lowest up to a limit, and MSG_COPY by number. */
#include "sysv.h"

struct message {
	long type;
	char text[8];
};

static int id;

static void put(long type, const char *text)
{
	struct message m = { .type = type };

	strcpy(m.text, text);
	CHECK_EQ(msgsnd(id, &m, strlen(text), 0), 0);
}

static void get(long type, int flags, long want_type, const char *want)
{
	struct message m = { 0, "" };
	long n = msgrcv(id, &m, sizeof(m.text), type, flags | IPC_NOWAIT);

	CHECK_EQ(n, strlen(want));
	CHECK_EQ(m.type, want_type);
	CHECK(n >= 0 && memcmp(m.text, want, strlen(want)) == 0);
}

int main(void)
{
	struct message m;

	id = new_msg(0600);
	put(5, "five");
	put(3, "three");
	put(5, "five2");
	put(1L << 40, "big");
	put(3, "three2");
	get(0, MSG_COPY, 5, "five");
	get(3, MSG_COPY, 1L << 40, "big");
	CHECK_ERR(msgrcv(id, &m, 8, 5, MSG_COPY | IPC_NOWAIT), ENOMSG);
	CHECK_ERR(msgrcv(id, &m, 2, 0, MSG_COPY | IPC_NOWAIT), E2BIG);
	CHECK_ERR(msgrcv(id, &m, 8, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT), EINVAL);
	CHECK_ERR(msgrcv(id, &m, 8, 4, IPC_NOWAIT), ENOMSG);
	CHECK_ERR(msgrcv(id, &m, 8, -2, IPC_NOWAIT), ENOMSG);
	get(-4, 0, 3, "three");
	get(5, MSG_EXCEPT, 1L << 40, "big");
	put(1, "one");
	get(-5, 0, 1, "one");
	get(-5, 0, 3, "three2");
	get(5, 0, 5, "five");
	put(7, "seven");
	get((long)1 << 63, 0, 5, "five2");
	get(0, 0, 7, "seven");
	CHECK_ERR(msgrcv(id, &m, 8, 0, IPC_NOWAIT), ENOMSG);
	return TEST_RESULT;
}
