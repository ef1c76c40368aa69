/* PR_SET_CHILD_SUBREAPER: orphans become its children; zombies among them are its to reap. */
#include <sys/prctl.h>

#include "process.h"

int main(void)
{
	int is = 7, status, out[2];
	pid_t orphan, zombie;

	CHECK_EQ(prctl(PR_GET_CHILD_SUBREAPER, BAD_HIGH), -1);
	CHECK_EQ(prctl(PR_GET_CHILD_SUBREAPER, &is), 0);
	CHECK_EQ(is, 0);
	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 5), 0);
	CHECK_EQ(prctl(PR_GET_CHILD_SUBREAPER, &is), 0);
	CHECK_EQ(is, 1);
	REQUIRE(pipe(out) == 0);
	pid_t middle = CHILD({
		/* The mark is not inherited. */
		prctl(PR_GET_CHILD_SUBREAPER, &is);
		if (is != 0)
			_exit(1);
		zombie = CHILD(_exit(21));
		siginfo_t info;
		waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT);
		pid_t parent = getpid();
		orphan = CHILD({
			while (getppid() == parent)
				usleep(1000);
			pid_t now = getppid();
			CHECK_EQ(write(out[1], &now, sizeof(now)), sizeof(now));
			_exit(22);
		});
		CHECK_EQ(write(out[1], &zombie, sizeof(zombie)), sizeof(zombie));
		CHECK_EQ(write(out[1], &orphan, sizeof(orphan)), sizeof(orphan));
	});

	CHECK_EQ(status_of(middle), 0);
	REQUIRE(read(out[0], &zombie, sizeof(zombie)) == sizeof(zombie));
	REQUIRE(read(out[0], &orphan, sizeof(orphan)) == sizeof(orphan));
	pid_t adopter;
	REQUIRE(read(out[0], &adopter, sizeof(adopter)) == sizeof(adopter));
	CHECK_EQ(adopter, getpid());
	CHECK_EQ(waitpid(zombie, &status, 0), zombie);
	CHECK_EQ(WEXITSTATUS(status), 21);
	CHECK_EQ(waitpid(orphan, &status, 0), orphan);
	CHECK_EQ(WEXITSTATUS(status), 22);
	CHECK_ERR(wait(&status), ECHILD);
	return TEST_RESULT;
}
