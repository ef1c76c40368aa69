/* /proc/self/smaps, smaps_rollup and io: the lines programs look for, and that they add up. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

static char text[1 << 20];

static const char *slurp(const char *name)
{
	int fd = open(name, O_RDONLY);
	size_t at = 0;
	ssize_t n;

	REQUIRE(fd >= 0);
	while ((n = read(fd, text + at, sizeof(text) - 1 - at)) > 0)
		at += (size_t)n;
	text[at] = '\0';
	close(fd);
	return text;
}

/* The number after the label from s on; -1: there is none. */
static long number(const char *s, const char *label)
{
	const char *at = s == NULL ? NULL : strstr(s, label);

	return at == NULL ? -1 : strtol(at + strlen(label), NULL, 10);
}

static void one_mapping(void)
{
	const size_t size = 8 * PAGE;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char head[64];
	const char *at;

	/* Alone in its mapping: its neighbours are not writable. */
	REQUIRE(p != MAP_FAILED && mprotect(p, PAGE, PROT_NONE) == 0);
	REQUIRE(mprotect(p + size - PAGE, PAGE, PROT_NONE) == 0);
	memset(p + PAGE, 1, 2 * PAGE);
	snprintf(head, sizeof(head), "%lx-%lx rw-p", (long)p + PAGE, (long)(p + size) - PAGE);
	at = strstr(slurp("/proc/self/smaps"), head);
	REQUIRE(at != NULL);
	CHECK_EQ(number(at, "\nSize:"), 24);
	CHECK_EQ(number(at, "\nKernelPageSize:"), 4);
	CHECK_EQ(number(at, "\nRss:"), 8);
	CHECK_EQ(number(at, "\nPss:"), 8);
	CHECK_EQ(number(at, "\nPrivate_Dirty:"), 8);
	CHECK_EQ(number(at, "\nShared_Clean:"), 0);
	CHECK_EQ(number(at, "\nAnonymous:"), 8);
	CHECK_EQ(number(at, "\nSwap:"), 0);
	at = strstr(at, "\nVmFlags: ");
	REQUIRE(at != NULL);
	CHECK(strncmp(at, "\nVmFlags: rd wr mr mw me ", 25) == 0);
}

static void totals(void)
{
	static const char *const labels[] = { "\nRss:", "\nPss:", "\nPss_Anon:", "\nPss_File:",
					      "\nPrivate_Dirty:", "\nAnonymous:", "\nLocked:" };

	slurp("/proc/self/smaps_rollup");
	CHECK(strstr(text, " ---p 00000000 00:00 0 ") != NULL);
	CHECK(strstr(text, "[rollup]\n") != NULL);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		CHECK(number(text, labels[i]) >= 0);
	CHECK(number(text, "\nRss:") >= number(text, "\nAnonymous:"));
}

static void io(void)
{
	char block[1000] = "";
	int fd = open("/tmp/io", O_CREAT | O_RDWR, 0600);
	long written = number(slurp("/proc/self/io"), "wchar: "), calls = number(text, "syscw: ");

	REQUIRE(written >= 0 && calls >= 0);
	CHECK(number(text, "rchar: ") >= 0 && number(text, "syscr: ") > 0);
	CHECK(number(text, "\nread_bytes: ") >= 0 && number(text, "\nwrite_bytes: ") >= 0);
	CHECK_EQ(write(fd, block, 1000), 1000);
	CHECK_EQ(pwrite(fd, block, 500, 0), 500);
	if (fork() == 0)
		_exit(write(fd, block, 100) != 100);
	wait(NULL);
	slurp("/proc/self/io");
	CHECK_EQ(number(text, "wchar: "), written + 1600);
	CHECK_EQ(number(text, "syscw: "), calls + 3);
	slurp("/proc/thread-self/io");
	CHECK_EQ(number(text, "wchar: "), written + 1500);
}

int main(void)
{
	one_mapping();
	totals();
	io();
	return TEST_RESULT;
}
