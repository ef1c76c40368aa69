/* /proc as ps, top, free, vmstat and lsns read it: fields by number, name and order. */
#include "../test.h"
#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>

static char text[1 << 17];

static char *contents(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = 0, got;

	REQUIRE(fd >= 0);
	while ((got = read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
	return text;
}

static int words(const char *s)
{
	int n = 0;

	while (*s != '\0' && *s != '\n') {
		s += strspn(s, " \t");
		n += *s != '\n' && *s != '\0';
		s += strcspn(s, " \t\n");
	}
	return n;
}

static void loadavg(void)
{
	double a, b, c;
	int running, all, last;

	CHECK_EQ(sscanf(contents("/proc/loadavg"), "%lf %lf %lf %d/%d %d\n", &a, &b, &c, &running,
			&all, &last), 6);
	CHECK(a >= 0 && b >= 0 && c >= 0 && running >= 1 && all >= running && last > 0);
	printf("loadavg: %d words\n", words(text));
}

static void has_names(const char *path, const char *const *names)
{
	contents(path);
	for (; *names != NULL; names++) {
		char *at = strstr(text, *names);

		if (at == NULL || (at != text && at[-1] != '\n'))
			test_fail("%s has no %s", path, *names);
	}
}

static void namespaces(void)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user",
					     "uts", "pid_for_children", NULL };
	char path[64], to[64];
	struct stat st;

	for (int i = 0; names[i] != NULL; i++) {
		ssize_t n;
		size_t len = strcspn(names[i], "_");

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		n = readlink(path, to, sizeof(to) - 1);
		CHECK(n > 0);
		to[n > 0 ? n : 0] = '\0';
		CHECK(strncmp(to, names[i], len) == 0 && strncmp(to + len, ":[40265", 7) == 0 &&
		      to[n - 1] == ']');
		CHECK(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
	}
}

int main(void)
{
	static const char *const vmstat[] = { "nr_free_pages ", "pgpgin ", "pgpgout ", "pswpin ",
					      "pswpout ", "pgfault ", "pgmajfault ", NULL };
	static const char *const stat_names[] = { "cpu  ", "cpu0 ", "intr ", "ctxt ", "btime ",
						  "processes ", "procs_running ",
						  "procs_blocked ", "softirq ", NULL };
	static const char *const meminfo[] = { "MemTotal: ", "MemFree: ", "MemAvailable: ",
					       "Buffers: ", "Cached: ", "SwapTotal: ",
					       "SwapFree: ", "Shmem: ", NULL };
	static const char *const status[] = { "Name:\t", "Umask:\t", "State:\t", "Tgid:\t",
					      "Pid:\t", "PPid:\t", "TracerPid:\t", "Uid:\t",
					      "Gid:\t", "FDSize:\t", "Groups:\t", "VmPeak:\t",
					      "VmSize:\t", "VmLck:\t", "VmHWM:\t", "VmRSS:\t",
					      "VmSwap:\t", "Threads:\t", "SigQ:\t", "SigPnd:\t",
					      "CapEff:\t", "NoNewPrivs:\t", "Seccomp:\t",
					      "HugetlbPages:\t", "CoreDumping:\t",
					      "THP_enabled:\t", "Cpus_allowed:\t",
					      "Cpus_allowed_list:\t", "Mems_allowed:\t",
					      "voluntary_ctxt_switches:\t", NULL };

	loadavg();
	has_names("/proc/vmstat", vmstat);
	has_names("/proc/stat", stat_names);
	printf("cpu: %d words\n", words(contents("/proc/stat")));
	has_names("/proc/meminfo", meminfo);
	has_names("/proc/self/status", status);
	REQUIRE(dup2(1, 200) == 200);
	CHECK(strstr(contents("/proc/self/status"), "\nFDSize:\t256\n") != NULL);
	close(200);
	printf("stat: %d words\n", words(contents("/proc/self/stat")));
	printf("statm: %d words\n", words(contents("/proc/self/statm")));
	printf("uptime: %d words\n", words(contents("/proc/uptime")));
	printf("wchan: '%s'\n", contents("/proc/self/wchan"));
	printf("projid_map: %s", contents("/proc/self/projid_map"));
	CHECK(strncmp(contents("/proc/version"), "Linux version ", 14) == 0);
	CHECK(strncmp(contents("/proc/swaps"), "Filename\t", 9) == 0);
	namespaces();
	return TEST_RESULT;
}
