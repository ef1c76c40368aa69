/* /proc/self: exe, cmdline, comm, environ, auxv agree with what the program was given. */
//args: one "two words" ""
//build: static dynamic
//env: NACRE_PROBE=here it is
#include "../test.h"
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>

static ssize_t slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, len = 0;

	if (fd < 0) {
		test_fail("cannot open %s", path);
		return 0;
	}
	while ((n = read(fd, text + len, size - 1 - (size_t)len)) > 0)
		len += n;
	text[len] = '\0';
	close(fd);
	return len;
}

int main(int argc, char **argv)
{
	static char text[65536];
	const char *base = strrchr(argv[0], '/') + 1;
	struct stat a, b;
	ssize_t n;
	char *at;

	REQUIRE(argc == 4);
	n = readlink("/proc/self/exe", text, sizeof(text) - 1);
	REQUIRE(n > 0);
	text[n] = '\0';
	CHECK(strcmp(text, argv[0]) == 0);
	CHECK(stat("/proc/self/exe", &a) == 0 && stat(argv[0], &b) == 0);
	CHECK(a.st_ino == b.st_ino && a.st_size == b.st_size);
	n = slurp("/proc/self/cmdline", text, sizeof(text));
	at = text;
	for (int i = 0; i < argc; i++) {
		CHECK(strcmp(at, argv[i]) == 0);
		at += strlen(at) + 1;
	}
	CHECK_EQ(at - text, n);
	slurp("/proc/self/comm", text, sizeof(text));
	CHECK(strncmp(text, base, 15) == 0);
	CHECK(strlen(text) <= 16 && text[strlen(text) - 1] == '\n');
	n = slurp("/proc/self/environ", text, sizeof(text));
	CHECK(memmem(text, (size_t)n, "NACRE_PROBE=here it is", 23) != NULL);
	n = slurp("/proc/self/auxv", text, sizeof(text));
	CHECK(n >= 16 * 10 && n % 16 == 0);
	for (unsigned long *p = (unsigned long *)text; p < (unsigned long *)(text + n); p += 2) {
		if (p[0] == 0)
			CHECK_EQ((char *)p, text + n - 16);
		else if (p[0] == AT_RANDOM || p[0] == AT_PHDR || p[0] == AT_PAGESZ)
			CHECK_EQ(getauxval(p[0]), p[1]);
	}
	return TEST_RESULT;
}
