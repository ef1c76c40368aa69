/* msgsnd, msgrcv: types, sizes, addresses, full and empty queues. */
#include "sysv.h"
#include <sys/mman.h>

struct message {
	long type;
	char text[8200];
};

int main(void)
{
	static struct message m;
	int id = new_msg(0600), number;
	struct msqid_ds ds;
	char *edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	munmap(edge + PAGE, PAGE);
	m.type = 0;
	CHECK_ERR(msgsnd(id, &m, 1, 0), EINVAL);
	m.type = -1;
	CHECK_ERR(msgsnd(id, &m, 1, 0), EINVAL);
	m.type = 1;
	CHECK_ERR(msgsnd(id, &m, 8193, 0), EINVAL);
	CHECK_ERR(msgsnd(id, &m, (size_t)-1, 0), EINVAL);
	CHECK_ERR(msgsnd(-1, &m, 1, 0), EINVAL);
	CHECK_ERR(msgsnd(0x7ffffff0, &m, 1, 0), EINVAL);
	CHECK_ERR(msgsnd(-1, NULL, 1, 0), EFAULT);
	memcpy(edge + PAGE - 10, &m.type, 8);
	CHECK_ERR(msgsnd(id, edge + PAGE - 10, 3, 0), EFAULT);
	CHECK_EQ(msgsnd(id, edge + PAGE - 10, 2, 0), 0);
	CHECK_ERR(msgrcv(-1, &m, 1, 0, IPC_NOWAIT), EINVAL);
	CHECK_ERR(msgrcv(id, &m, (size_t)-1, 0, IPC_NOWAIT), EINVAL);
	CHECK_ERR(msgrcv(id, &m, 1, 0, 0), E2BIG);
	CHECK_EQ(msgctl(id, IPC_STAT, &ds), 0);
	CHECK_EQ(ds.msg_qnum, 1); /* still there */
	CHECK_EQ(msgrcv(id, &m, 1, 0, MSG_NOERROR), 1);
	CHECK_ERR(msgrcv(id, &m, 1, 0, IPC_NOWAIT), ENOMSG);
	CHECK_ERR(msgrcv(id, &m, 1, 0, MSG_COPY), EINVAL);
	CHECK_EQ(msgsnd(id, &m, 8, 0), 0);
	CHECK_ERR(msgrcv(id, BAD_LOW, 8, 0, 0), EFAULT); /* Linux: and the message is lost */
	CHECK_ERR(msgrcv(id, &m, 8, 0, IPC_NOWAIT), ENOMSG);
	for (number = 0; msgsnd(id, &m, 8192, IPC_NOWAIT) == 0; number++)
		;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(number, 2);
	CHECK_EQ(msgsnd(id, &m, 0, IPC_NOWAIT), 0); /* nothing fits */
	CHECK_EQ(msgrcv(id, &m, 8192, 0, 0), 8192);
	CHECK_EQ(msgsnd(id, &m, 8192, IPC_NOWAIT), 0);
	return TEST_RESULT;
}
