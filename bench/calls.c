/*
 * Times single calls: prints "name nanoseconds" a line. Results are checked as they are made.
 *
 *	calls PROGRAM	a small program to spawn, which exits with 0
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
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

static const char *program;
static int event_fd;

static void one_clock(void)
{
	struct timespec ts;

	need(clock_gettime(CLOCK_MONOTONIC, &ts) == 0, "clock_gettime");
}

static void one_pread(void)
{
	static char buf[4096];
	static int fd = -1;

	if (fd < 0)
		fd = open(file, O_RDONLY);
	need(pread(fd, buf, sizeof(buf), 0) > 0, "pread");
}

static void one_eventfd(void)
{
	unsigned long n = 1;

	need(write(event_fd, &n, sizeof(n)) == sizeof(n) &&
		     read(event_fd, &n, sizeof(n)) == sizeof(n) && n == 1, "eventfd");
}

static void one_dup(void)
{
	int fd = dup(event_fd);

	need(fd >= 0 && close(fd) == 0, "dup");
}

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	signals += sig == SIGUSR1;
}

static void one_signal(void)
{
	sig_atomic_t before = signals;

	need(raise(SIGUSR1) == 0 && signals == before + 1, "signal");
}

static void *thread(void *arg)
{
	return arg;
}

static void one_thread(void)
{
	static char mark;
	pthread_t t;
	void *r;

	need(pthread_create(&t, NULL, thread, &mark) == 0 && pthread_join(t, &r) == 0 && r == &mark,
	     "thread");
}

static void one_faults(void)
{
	char *p = mmap(NULL, 256 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	need(p != MAP_FAILED, "mmap");
	for (int i = 0; i < 256; i++)
		p[i * 4096] = 1;
	need(munmap(p, 256 * 4096) == 0, "munmap");
}

static void one_spawn(void)
{
	char *const argv[] = { (char *)program, NULL };
	int status;
	pid_t pid;

	need(posix_spawn(&pid, program, NULL, NULL, argv, environ) == 0 &&
		     waitpid(pid, &status, 0) == pid && status == 0, "spawn");
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

int main(int argc, char **argv)
{
	const size_t much = 200u << 20;

	program = argc > 1 ? argv[1] : "/bin/true";
	event_fd = eventfd(0, 0);
	signal(SIGUSR1, on_signal);
	need(pipe(pipe_fds) == 0 && event_fd >= 0, "pipe");
	measure("clock_gettime", one_clock, 20000);
	measure("getpid", one_getpid, 20000);
	measure("stat-5-components", one_stat, 20000);
	measure("stat-ENOENT", one_enoent, 20000);
	measure("open+read4k+close", one_open_read_close, 10000);
	measure("pipe-write+read", one_pipe, 20000);
	measure("pread-4k", one_pread, 20000);
	measure("eventfd-write+read", one_eventfd, 20000);
	measure("dup+close", one_dup, 20000);
	measure("signal-to-itself", one_signal, 5000);
	measure("thread-create+join", one_thread, 200);
	measure("mmap+touch+munmap", one_mmap, 10000);
	measure("256-page-faults", one_faults, 50);
	measure("fork+exit+wait", one_fork, 100);
	measure("spawn+exec", one_spawn, 60);
	char *volatile block = malloc(much);

	need(block != NULL, "malloc");
	memset(block, 1, much);
	measure("fork-200MB", one_fork, 4);
	measure("spawn-200MB", one_spawn, 10);
	return 0;
}
