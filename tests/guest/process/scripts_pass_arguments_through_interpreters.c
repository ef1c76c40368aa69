/* #! lines: the one argument, white space, chains of scripts, and their end at five. */
#include <fcntl.h>
#include <sys/stat.h>

#include "process.h"

static char dir[] = "/tmp/scripts.XXXXXX";

static void script(const char *name, const char *line)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT, 0755);
	REQUIRE(fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line));
	close(fd);
}

/* What the program named last in the chain was given, joined by |. */
static void expect(const char *name, const char *want)
{
	char path[300], have[1000] = "", *argv[] = { "zero", "one", "two words", NULL };
	int out[2];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	REQUIRE(pipe(out) == 0);
	pid_t pid = CHILD(dup2(out[1], 1); execv(path, argv); dprintf(1, "errno %d", errno));
	close(out[1]);
	size_t len = 0;
	ssize_t n;
	while ((n = read(out[0], have + len, sizeof(have) - 1 - len)) > 0)
		len += (size_t)n;
	close(out[0]);
	status_of(pid);
	for (char *at; (at = strstr(have, dir)) != NULL;) {
		*at = '@';
		memmove(at + 1, at + strlen(dir), strlen(at + strlen(dir)) + 1);
	}
	if (strcmp(have, want) != 0)
		test_fail("%s: '%s', not '%s'", name, have, want);
}

int main(int argc, char **argv)
{
	char self[4096], line[5000], want[100];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc > 0 && getenv("SCRIPT_TEST") != NULL) {
		for (int i = 1; i < argc; i++)
			printf("%s%s", argv[i], i + 1 < argc ? "|" : "");
		return 0;
	}
	REQUIRE(n > 0);
	self[n] = 0;
	if (n > 200)
		skip("the test's own path is too long for a #! line");
	setenv("SCRIPT_TEST", "1", 1);
	REQUIRE(mkdtemp(dir) != NULL);
	snprintf(line, sizeof(line), "#!%s\n", self);
	script("plain", line);
	expect("plain", "@/plain|one|two words");
	snprintf(line, sizeof(line), "#! \t %s  a b  c \t\n", self);
	script("spaces", line);
	expect("spaces", "a b  c|@/spaces|one|two words");
	snprintf(line, sizeof(line), "#!%s no newline", self);
	script("cut", line);
	expect("cut", "no newline|@/cut|one|two words");
	for (int i = 1; i <= 6; i++) {
		char name[10], before[20];

		snprintf(name, sizeof(name), "c%d", i);
		snprintf(before, sizeof(before), "%s", i == 1 ? "plain" : "c0");
		if (i > 1)
			snprintf(before, sizeof(before), "c%d", i - 1);
		snprintf(line, sizeof(line), "#!%s/%s %d\n", dir, before, i);
		script(name, line);
	}
	expect("c1", "@/plain|1|@/c1|one|two words");
	expect("c2", "@/plain|1|@/c1|2|@/c2|one|two words");
	expect("c4", "@/plain|1|@/c1|2|@/c2|3|@/c3|4|@/c4|one|two words");
	snprintf(want, sizeof(want), "errno %d", ELOOP);
	expect("c5", want);
	expect("c6", want);
	unsetenv("SCRIPT_TEST");
	snprintf(line, sizeof(line), "rm -rf %s", dir);
	CHECK_EQ(system(line), 0);
	return TEST_RESULT;
}
