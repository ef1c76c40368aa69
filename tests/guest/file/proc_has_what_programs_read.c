/* /proc/cpuinfo, meminfo, stat, version, mounts, self/mountinfo, sys/kernel: readable, sane. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

static char text[262144];

static void slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, len = 0;

	text[0] = '\0';
	if (fd < 0) {
		test_fail("cannot open %s: errno %d", path, errno);
		return;
	}
	while ((n = read(fd, text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += n;
	CHECK_EQ(n, 0);
	text[len] = '\0';
	close(fd);
}

int main(void)
{
	unsigned long total;
	struct stat st;

	slurp("/proc/cpuinfo");
	CHECK(strncmp(text, "processor\t: 0\n", 14) == 0);
	slurp("/proc/meminfo");
	CHECK(sscanf(text, "MemTotal: %lu kB", &total) == 1 && total > 1000);
	CHECK(strstr(text, "\nMemAvailable:") != NULL);
	slurp("/proc/stat");
	CHECK(strncmp(text, "cpu ", 4) == 0);
	slurp("/proc/version");
	CHECK(strncmp(text, "Linux version ", 14) == 0);
	slurp("/proc/mounts");
	CHECK(strstr(text, " /tmp ") != NULL && strstr(text, " /proc proc ") != NULL);
	slurp("/proc/self/mountinfo");
	CHECK(strstr(text, " /proc ") != NULL);
	slurp("/proc/sys/kernel/ostype");
	CHECK(strcmp(text, "Linux\n") == 0);
	slurp("/proc/sys/vm/overcommit_memory");
	slurp("/proc/loadavg");
	slurp("/proc/uptime");
	slurp("/proc/filesystems");
	CHECK(stat("/proc/self", &st) == 0 && S_ISDIR(st.st_mode));
	CHECK(stat("/proc/self/task", &st) == 0 && S_ISDIR(st.st_mode));
	CHECK_ERR(open("/proc/nonesuch", O_RDONLY), ENOENT);
	CHECK_ERR(open("/proc/self/nonesuch", O_RDONLY), ENOENT);
	CHECK_ERR(mkdir("/proc/x", 0755), ENOENT);
	CHECK_EQ(access("/proc/self/exe", X_OK), 0);
	return TEST_RESULT;
}
