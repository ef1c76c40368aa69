/* A handled signal ends msgrcv and msgsnd with EINTR even with SA_RESTART; none is lost. */
#include "sysv.h"

int main(void)
{
	static struct { long type; char text[8192]; } m = { 1, "" };
	int id = new_msg(0600);

	start_signals(SA_RESTART);
	CHECK_ERR(msgrcv(id, &m, 10, 0, 0), EINTR);
	while (msgsnd(id, &m, 8192, IPC_NOWAIT) == 0)
		;
	CHECK_ERR(msgsnd(id, &m, 8192, 0), EINTR);
	CHECK_EQ(msgrcv(id, &m, 8192, 0, 0), 8192);
	CHECK_EQ(msgrcv(id, &m, 8192, 0, 0), 8192);
	CHECK_ERR(msgrcv(id, &m, 8192, 0, IPC_NOWAIT), ENOMSG);
	return TEST_RESULT;
}
