/* PR_SET_PDEATHSIG: sent when the parent ends; not inherited by fork. */
#include <sys/prctl.h>

#include "process.h"

int main(void)
{
	int out[2], sig = 9;
	char byte = 0;

	REQUIRE(pipe(out) == 0);
	REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	pid_t middle = CHILD({
		CHILD({
			sigset_t set;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR2);
			sigprocmask(SIG_BLOCK, &set, NULL);
			CHECK_EQ(prctl(PR_SET_PDEATHSIG, SIGUSR2), 0);
			if (CHILD_RESULT(prctl(PR_GET_PDEATHSIG, &sig); _exit(sig)) != 0)
				_exit(1);
			CHECK_EQ(write(out[1], "r", 1), 1); /* ready */
			sigwait(&set, &sig);
			_exit(sig == SIGUSR2 ? 31 : 2);
		});
		while (read(out[0], &byte, 1) < 0)
			;
	});
	int status = -1;

	CHECK_EQ(status_of(middle), 0);
	CHECK_EQ(byte, 0);
	REQUIRE(wait(&status) > 0);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 31);
	return TEST_RESULT;
}
