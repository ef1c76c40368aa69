/* msgget, msgctl: errors, what IPC_STAT tells, limits, lists. */
#include "sysv.h"

static void check_lists(int id)
{
	struct msqid_ds ds;
	struct msginfo info;
	int max = msgctl(0, IPC_INFO, (struct msqid_ds *)&info), found = 0;

	CHECK(max >= 0);
	CHECK_EQ(info.msgmax, 8192);
	CHECK_EQ(info.msgmnb, 16384);
	CHECK_EQ(info.msgmni, 32000);
	CHECK_EQ(info.msgssz, 16);
	CHECK_EQ(info.msgtql, 16384);
	CHECK_EQ(info.msgmap, 16384);
	CHECK_EQ(info.msgpool, 512000);
	CHECK_EQ(info.msgseg, 0xffff);
	CHECK_EQ(msgctl(0, MSG_INFO, (struct msqid_ds *)&info), max);
	CHECK(info.msgpool >= 1 && info.msgmap >= 1 && info.msgtql >= 3);
	for (int i = 0; i <= max; i++)
		if (msgctl(i, MSG_STAT, &ds) == id)
			found++;
	CHECK_EQ(found, 1);
}

int main(void)
{
	struct { long type; char text[3]; } m = { 1, "ab" };
	key_t key = free_key();
	struct msqid_ds ds;
	int id;

	CHECK_ERR(msgget(key, 0600), ENOENT);
	id = keep('q', msgget(key, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_ERR(msgget(key, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	CHECK_EQ(msgget(key, 0), id);
	CHECK_ERR(msgctl(-1, IPC_STAT, &ds), EINVAL);
	CHECK_ERR(msgctl(0x7ffffff0, IPC_STAT, &ds), EINVAL);
	CHECK_ERR(msgctl(id, 9999, &ds), EINVAL);
	CHECK_ERR(msgctl(id, -1, &ds), EINVAL);
	CHECK_ERR(msgctl(id, IPC_STAT, NULL), EFAULT);
	CHECK_ERR(msgctl(id, IPC_SET, BAD_LOW), EFAULT);
	CHECK_EQ(msgsnd(id, &m, 3, 0), 0);
	memset(&ds, 0xaa, sizeof(ds));
	CHECK_EQ(msgctl(id, IPC_STAT, &ds), 0);
	CHECK_EQ(ds.msg_qnum, 1);
	CHECK_EQ(ds.__msg_cbytes, 3);
	CHECK_EQ(ds.msg_qbytes, 16384);
	CHECK_EQ(ds.msg_lspid, getpid());
	CHECK_EQ(ds.msg_lrpid, 0);
	CHECK(ds.msg_stime != 0 && ds.msg_rtime == 0);
	CHECK_EQ(ds.msg_perm.mode, 0600);
	check_lists(id);
	ds.msg_qbytes = 2;
	ds.msg_perm.mode = 0666;
	CHECK_EQ(msgctl(id, IPC_SET, &ds), 0);
	CHECK_EQ(msgctl(id, IPC_STAT, &ds), 0);
	CHECK_EQ(ds.msg_qbytes, 2);
	CHECK_EQ(ds.msg_perm.mode, 0666);
	CHECK_ERR(msgsnd(id, &m, 3, IPC_NOWAIT), EAGAIN);
	CHECK_EQ(msgrcv(id, &m, 3, 0, 0), 3);
	CHECK_EQ(msgctl(id, IPC_STAT, &ds), 0);
	CHECK(ds.msg_lrpid == getpid() && ds.msg_rtime != 0);
	CHECK_EQ(msgctl(id, IPC_RMID, NULL), 0);
	CHECK_ERR(msgctl(id, IPC_RMID, NULL), EINVAL);
	CHECK_ERR(msgsnd(id, &m, 3, 0), EINVAL);
	return TEST_RESULT;
}
