/* wait4(0), wait4(-pgid), waitid(P_PGID): only children of that group. */
#include "process.h"

static void wait_for_end(const int *pipe_ends)
{
	char byte;

	close(pipe_ends[1]);
	CHECK_EQ(read(pipe_ends[0], &byte, 1), 0);
}

int main(void)
{
	siginfo_t info;
	int status, go[2];

	REQUIRE(pipe(go) == 0);
	pid_t own = CHILD(wait_for_end(go); _exit(1));
	pid_t other = CHILD(setpgid(0, 0); wait_for_end(go); _exit(2));
	pid_t joins = CHILD(wait_for_end(go); _exit(3));

	CHECK(setpgid(other, other) == 0);
	CHECK(setpgid(joins, other) == 0);
	CHECK_EQ(waitpid(-other, &status, WNOHANG), 0);
	CHECK_EQ(waitpid(0, &status, WNOHANG), 0);
	CHECK_ERR(waitpid(-own, &status, WNOHANG), ECHILD);
	close(go[0]);
	close(go[1]);
	CHECK_EQ(waitpid(0, &status, 0), own);
	CHECK_EQ(WEXITSTATUS(status), 1);
	CHECK_ERR(waitpid(0, &status, 0), ECHILD);
	CHECK_EQ(waitid(P_PGID, (id_t)other, &info, WEXITED), 0);
	CHECK(info.si_pid == other || info.si_pid == joins);
	pid_t rest = info.si_pid == other ? joins : other;

	CHECK_EQ(waitpid(-other, &status, 0), rest);
	CHECK_EQ(WEXITSTATUS(status), rest == other ? 2 : 3);
	CHECK_ERR(waitpid(-other, &status, 0), ECHILD);
	CHECK_ERR(waitpid(-1, &status, 0), ECHILD);
	return TEST_RESULT;
}
