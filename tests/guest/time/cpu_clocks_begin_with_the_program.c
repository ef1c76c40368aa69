/*
 * A spawned program's CPU clocks, times and page faults are its own, whatever ran before it; they
 * can be read from outside while it lives and, as a zombie, until it has been waited for.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "../test.h"

#define BURN_NS 200000000L
#define SMALL_NS (BURN_NS / 2)
#define TOUCHED 6000
#define ROUNDS 4

extern char **environ;

static long ns_of(clockid_t clock)
{
	struct timespec t = { -1, 0 };

	CHECK_EQ(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static long used_ns(const struct rusage *u)
{
	return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000000000L +
	       (u->ru_utime.tv_usec + u->ru_stime.tv_usec) * 1000;
}

/* Fields 14 and 15 of /proc/self/stat, in ns. */
static long stat_ns(void)
{
	char text[1024] = "", *at;
	int fd = open("/proc/self/stat", O_RDONLY);
	unsigned long user = 0, system = 0;

	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strrchr(text, ')');
	CHECK(at != NULL && sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				   &user, &system) == 2);
	return (long)(user + system) * (1000000000L / sysconf(_SC_CLK_TCK));
}

static int burn(void)
{
	volatile char *p = malloc(TOUCHED * 4096L);

	REQUIRE(p != NULL);
	for (long i = 0; i < TOUCHED; i++)
		p[i * 4096] = 1;
	while (ns_of(CLOCK_PROCESS_CPUTIME_ID) < BURN_NS)
		;
	_exit(0);
}

static int look(void)
{
	struct rusage own, thread, children;
	struct timespec resolution;

	CHECK(ns_of(CLOCK_PROCESS_CPUTIME_ID) < SMALL_NS);
	CHECK(ns_of(CLOCK_THREAD_CPUTIME_ID) < SMALL_NS);
	CHECK(ns_of(CLOCK_THREAD_CPUTIME_ID) > 0);
	CHECK(clock() >= 0);
	CHECK_EQ(getrusage(RUSAGE_SELF, &own), 0);
	CHECK_EQ(getrusage(RUSAGE_THREAD, &thread), 0);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &children), 0);
	CHECK(used_ns(&own) >= 0 && used_ns(&own) < SMALL_NS);
	CHECK(used_ns(&thread) >= 0 && used_ns(&thread) < SMALL_NS);
	CHECK_EQ(used_ns(&children), 0);
	CHECK(own.ru_minflt >= 0 && own.ru_minflt < TOUCHED / 2);
	CHECK(thread.ru_minflt >= 0 && thread.ru_minflt < TOUCHED / 2);
	CHECK(own.ru_nvcsw >= 0 && own.ru_nivcsw >= 0 && own.ru_maxrss > 0);
	CHECK(stat_ns() < SMALL_NS);
	CHECK_EQ(clock_getres(CLOCK_PROCESS_CPUTIME_ID, &resolution), 0);
	return TEST_RESULT;
}

static pid_t start(char *program, char *what)
{
	char *argv[] = { program, what, NULL };
	pid_t pid = -1;

	CHECK_EQ(posix_spawn(&pid, program, NULL, NULL, argv, environ), 0);
	return pid;
}

static void read_of_a_zombie(pid_t pid)
{
	siginfo_t info;
	clockid_t clock;
	long before;

	CHECK_EQ(clock_getcpuclockid(pid, &clock), 0);
	CHECK_EQ(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	before = ns_of(clock);
	CHECK(before >= BURN_NS - BURN_NS / 10 && before < 100 * BURN_NS);
	/* It stands still, whoever runs. */
	CHECK_EQ(ns_of(clock), before);
}

int main(int argc, char **argv)
{
	struct rusage used;
	int status;

	if (argc > 1)
		return strcmp(argv[1], "burn") == 0 ? burn() : look();
	for (int i = 0; i < ROUNDS && !test_failures; i++) {
		pid_t pid = start(argv[0], "burn");

		read_of_a_zombie(pid);
		CHECK_EQ(wait4(pid, &status, 0, &used), pid);
		CHECK_EQ(status, 0);
		CHECK(used_ns(&used) >= BURN_NS - BURN_NS / 10);
		pid = start(argv[0], "look");
		CHECK_EQ(wait4(pid, &status, 0, &used), pid);
		CHECK_EQ(status, 0);
		CHECK(used_ns(&used) < SMALL_NS);
	}
	return TEST_RESULT;
}
