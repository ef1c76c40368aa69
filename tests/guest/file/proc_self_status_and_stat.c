/* /proc/self/status, stat and statm: fields programs parse. */
#include "../test.h"
#include <fcntl.h>

static char text[16384];

static void slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	CHECK(n > 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
}

static long field(const char *name)
{
	char *at = strstr(text, name);

	if (at == NULL || (at != text && at[-1] != '\n')) {
		test_fail("no %s", name);
		return -1;
	}
	return atol(at + strlen(name));
}

int main(void)
{
	char comm[32], state;
	int pid, ppid;
	unsigned long pages, resident;
	char *close_paren;

	slurp("/proc/self/status");
	CHECK(strncmp(text, "Name:\tproc_self_statu", 21) == 0);
	CHECK(strstr(text, "\nState:\tR (running)\n") != NULL);
	CHECK_EQ(field("Pid:"), getpid());
	CHECK_EQ(field("Tgid:"), getpid());
	CHECK_EQ(field("PPid:"), getppid());
	CHECK_EQ(field("Uid:"), getuid());
	CHECK_EQ(field("Gid:"), getgid());
	CHECK_EQ(field("Threads:"), 1);
	CHECK(field("VmSize:") > 0);
	CHECK(field("VmRSS:") > 0);
	CHECK(field("FDSize:") > 0);
	slurp("/proc/self/stat");
	CHECK_EQ(sscanf(text, "%d (%31[^)]) %c %d", &pid, comm, &state, &ppid), 4);
	CHECK(pid == getpid() && ppid == getppid() && state == 'R');
	CHECK(strcmp(comm, "proc_self_statu") == 0);
	close_paren = strrchr(text, ')');
	pid = 2;
	for (char *p = close_paren; *p != '\0'; p++)
		pid += *p == ' ';
	CHECK(pid >= 44);
	slurp("/proc/self/statm");
	CHECK_EQ(sscanf(text, "%lu %lu", &pages, &resident), 2);
	CHECK(pages > resident && resident > 0);
	return TEST_RESULT;
}
