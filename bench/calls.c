/* Times single calls: prints "name nanoseconds" a line. Results are checked as they are made. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void need(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

static const char *const file = "/usr/include/linux/netfilter/nf_log.h"; /* five components */
static int pipe_fds[2];

static void one_getpid(void)
{
	need(syscall(SYS_getpid) > 0, "getpid");
}

static void one_stat(void)
{
	struct stat st;

	need(stat(file, &st) == 0, "stat");
}

static void one_enoent(void)
{
	struct stat st;

	need(stat("/usr/include/linux/netfilter/none", &st) < 0 && errno == ENOENT, "stat");
}

static void one_open_read_close(void)
{
	static char buf[4096];
	int fd = open(file, O_RDONLY);

	need(fd >= 0 && read(fd, buf, sizeof(buf)) > 0 && close(fd) == 0, "open");
}

static void one_pipe(void)
{
	char c = 1;

	need(write(pipe_fds[1], &c, 1) == 1 && read(pipe_fds[0], &c, 1) == 1, "pipe");
}

static void one_mmap(void)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED, "mmap");
	*p = 1;
	need(munmap(p, 4096) == 0, "munmap");
}

static void one_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(3);
	need(pid > 0 && waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3, "fork");
}

static void measure(const char *name, void (*one)(void), int count)
{
	double start, best = 1e18;

	for (int round = 0; round < 5; round++) {
		start = now();
		for (int i = 0; i < count; i++)
			one();
		double each = (now() - start) / count;

		if (each < best)
			best = each;
	}
	printf("%s %.1f\n", name, best);
}

int main(void)
{
	need(pipe(pipe_fds) == 0, "pipe");
	measure("getpid", one_getpid, 20000);
	measure("stat-5-components", one_stat, 20000);
	measure("stat-ENOENT", one_enoent, 20000);
	measure("open+read4k+close", one_open_read_close, 10000);
	measure("pipe-write+read", one_pipe, 20000);
	measure("mmap+touch+munmap", one_mmap, 10000);
	measure("fork+exit+wait", one_fork, 100);
	return 0;
}
