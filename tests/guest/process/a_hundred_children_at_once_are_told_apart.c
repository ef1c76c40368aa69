/* Many children that end in any order: each is waited for once, with its own status. */
#include "process.h"

int main(void)
{
	static pid_t pids[100];
	static char seen[100];
	int status;

	for (int i = 0; i < 100; i++)
		pids[i] = CHILD(usleep((useconds_t)(i * 7919 % 100) * 100); _exit(i));
	for (int n = 0; n < 100; n++) {
		pid_t pid = wait(&status);
		int i = 0;

		while (i < 100 && pids[i] != pid)
			i++;
		REQUIRE(i < 100);
		CHECK_EQ(WEXITSTATUS(status), i);
		CHECK_EQ(seen[i]++, 0);
	}
	CHECK_ERR(wait(&status), ECHILD);
	return TEST_RESULT;
}
