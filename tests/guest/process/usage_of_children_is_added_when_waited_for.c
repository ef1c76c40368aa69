/* RUSAGE_CHILDREN and times(): nothing before the wait, the child's and its children's after. */
#include <sched.h>
#include <sys/resource.h>
#include <sys/times.h>

#include "process.h"

static long micros(const struct rusage *u)
{
	return u->ru_utime.tv_sec * 1000000 + u->ru_utime.tv_usec + u->ru_stime.tv_sec * 1000000 +
	       u->ru_stime.tv_usec;
}

static void burn(long us)
{
	struct rusage u;

	do
		getrusage(RUSAGE_SELF, &u);
	while (micros(&u) < us);
}

static int end(void *arg)
{
	(void)arg;
	_exit(0);
}

/* What the parent used before is not theirs. */
static void children_in_the_parents_memory(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct rusage before, after, own;

	getrusage(RUSAGE_SELF, &own);
	burn(micros(&own) + 200000);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &before), 0);
	for (int i = 0; i < 10; i++) {
		pid_t pid = vfork();

		if (pid == 0)
			_exit(0);
		CHECK_EQ(status_of(pid), 0);
		pid = clone(end, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
		CHECK_EQ(status_of(pid), 0);
	}
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &after), 0);
	CHECK(micros(&after) - micros(&before) < 200000);
}

int main(void)
{
	struct rusage before, unwaited, after, own;
	siginfo_t info;

	CHECK_ERR(getrusage(99, &own), EINVAL);
	CHECK_EQ(sys2(SYS_getrusage, RUSAGE_CHILDREN, BAD_HIGH), -EFAULT);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &before), 0);
	CHECK_EQ(micros(&before), 0);
	pid_t pid = CHILD(status_of(CHILD(burn(40000))); burn(40000));

	CHECK_EQ(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &unwaited), 0);
	CHECK_EQ(micros(&unwaited), 0);
	CHECK_EQ(wait4(pid, NULL, 0, &own), pid);
	CHECK(micros(&own) >= 60000);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &after), 0);
	CHECK(micros(&after) >= 60000);
	CHECK(micros(&after) < 20000000);
	/* Raw waitid tells it, too. */
	pid = CHILD(burn(20000));
	memset(&own, 0, sizeof(own));
	CHECK_EQ(sys5(SYS_waitid, P_PID, pid, &info, WEXITED, &own), 0);
	CHECK(micros(&own) >= 15000);
	struct tms t;
	CHECK(times(&t) != (clock_t)-1);
	CHECK(t.tms_cutime + t.tms_cstime >= 6);
	/* Nobody hears of an ignored child's use. */
	signal(SIGCHLD, SIG_IGN);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &before), 0);
	CHILD(burn(30000));
	CHECK_ERR(wait(NULL), ECHILD);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &after), 0);
	CHECK_EQ(micros(&after), micros(&before));
	signal(SIGCHLD, SIG_DFL);
	children_in_the_parents_memory();
	return TEST_RESULT;
}
