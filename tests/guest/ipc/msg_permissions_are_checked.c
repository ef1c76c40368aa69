/* Queues of another user; a larger queue is for the privileged. */
#include "sysv.h"

static int secret, readable, own;

static void visitor(void)
{
	struct { long type; char text[8]; } m = { 1, "" };
	struct msqid_ds ds;

	CHECK_ERR(msgsnd(secret, &m, 1, 0), EACCES);
	CHECK_ERR(msgrcv(secret, &m, 1, 0, IPC_NOWAIT), EACCES);
	CHECK_ERR(msgctl(secret, IPC_STAT, &ds), EACCES);
	CHECK_ERR(msgctl(secret, IPC_RMID, NULL), EPERM);
	CHECK_ERR(msgsnd(readable, &m, 1, 0), EACCES);
	CHECK_ERR(msgrcv(readable, &m, 1, 0, IPC_NOWAIT), ENOMSG);
	own = new_msg(0600);
	CHECK_EQ(msgctl(own, IPC_STAT, &ds), 0);
	ds.msg_qbytes = 16385;
	CHECK_ERR(msgctl(own, IPC_SET, &ds), EPERM);
	ds.msg_qbytes = 16384;
	CHECK_EQ(msgctl(own, IPC_SET, &ds), 0);
	CHECK_EQ(msgctl(own, IPC_RMID, NULL), 0);
}

int main(void)
{
	struct msqid_ds ds;

	if (geteuid() != 0)
		skip("needs root to become somebody else");
	secret = new_msg(0600);
	readable = new_msg(0604);
	CHECK_EQ(msgctl(secret, IPC_STAT, &ds), 0);
	ds.msg_qbytes = 100000;
	CHECK(msgctl(secret, IPC_SET, &ds) == 0 || errno == EPERM); /* CAP_SYS_RESOURCE */
	if (!as_nobody(visitor))
		skip("may not become another user");
	return TEST_RESULT;
}
