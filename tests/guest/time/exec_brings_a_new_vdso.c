/*
 * A program writes to its vDSO, makes it unreadable, or unmaps it, its data or both; the one it
 * then executes has a vDSO of its own that answers, or is told of none.
 */
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "../test.h"

static unsigned long code[2], data[2];

/* All of the [vvar] ones, which are next to each other. */
static void find(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[300];

	REQUIRE(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		if (strstr(line, "[vdso]") != NULL) {
			code[0] = start;
			code[1] = end;
		} else if (strstr(line, "[vvar") != NULL) {
			data[0] = data[0] == 0 ? start : data[0];
			data[1] = end;
		}
	}
	fclose(f);
}

static void ask_clocks(void)
{
	struct timespec t;

	for (int i = 0; i < 10; i++) {
		CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &t), 0);
		CHECK_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
		CHECK_EQ(clock_getres(CLOCK_THREAD_CPUTIME_ID, &t), 0);
	}
}

enum { UNTOUCHED, WRITTEN, UNREADABLE, WITHOUT_CODE, WITHOUT_DATA, WITHOUT_BOTH, CASES };

static void change(int how)
{
	size_t code_size = code[1] - code[0], data_size = data[1] - data[0];

	if (how == WRITTEN) {
		CHECK_EQ(mprotect((void *)code[0], code_size, PROT_READ | PROT_WRITE), 0);
		memset((void *)code[0], 0xcc, code_size);
	}
	if (how == UNREADABLE)
		CHECK_EQ(mprotect((void *)code[0], code_size, PROT_NONE), 0);
	if (how == WITHOUT_CODE || how == WITHOUT_BOTH)
		CHECK_EQ(munmap((void *)code[0], code_size), 0);
	if ((how == WITHOUT_DATA || how == WITHOUT_BOTH) && data_size != 0)
		CHECK_EQ(munmap((void *)data[0], data_size), 0);
}

int main(int argc, char **argv)
{
	if (argc > 1) { /* what was executed; once more, since its process may be another's now */
		ask_clocks();
		if (strcmp(argv[1], "again") == 0 && fork() == 0) {
			execl("/proc/self/exe", argv[0], "last", NULL);
			_exit(9);
		}
		while (wait(NULL) > 0)
			;
		return TEST_RESULT;
	}
	if (getauxval(AT_SYSINFO_EHDR) == 0)
		skip("no vDSO");
	find();
	REQUIRE(code[1] > code[0]);
	CHECK_EQ(code[0], getauxval(AT_SYSINFO_EHDR));
	for (int how = 0; how < CASES; how++) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0) {
			ask_clocks();
			change(how);
			if (test_failures == 0)
				execl("/proc/self/exe", argv[0], "again", NULL);
			_exit(9);
		}
		REQUIRE(waitpid(pid, &status, 0) == pid);
		if (status != 0)
			test_fail("case %d: status %#x", how, (unsigned)status);
	}
	ask_clocks();
	return TEST_RESULT;
}
