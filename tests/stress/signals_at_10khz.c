/*
 * Torture: signals at 10 kHz while threads make calls, fork, vfork and exec.
 *
 *	signals_at_10khz [SECONDS]
 *
 * A parent process and its threads work; a helper process sends SIGUSR1 (counted) and
 * queued real-time signals, to the process and to one thread after the other (both counted,
 * none may be lost, none may reach another thread). Every worker checks its own results;
 * a watchdog ends the program when nothing moves for 10 s, which is a lost wake-up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 7

/* What the helper process and the workers both see. */
static struct shared {
	atomic_int tid[WORKERS];
	atomic_ulong aimed[WORKERS], sent;
} *shared;
static atomic_ulong aimed_seen[WORKERS];
static _Thread_local long worker = -1;
static atomic_ulong usr1_seen, rt_seen, progress[WORKERS];
static atomic_int stop, failed;
static _Thread_local double live = 1.0;

static void fail(const char *what)
{
	dprintf(2, "FAILED: %s (errno %d)\n", what, errno);
	failed = 1;
	stop = 1;
}

static void on_usr1(int sig)
{
	(void)sig;
	usr1_seen++;
	live *= 1.5; /* vector state of the interrupted code must survive */
	live /= 1.5;
}

static void on_rt(int sig, siginfo_t *info, void *ctx)
{
	(void)sig, (void)ctx;
	if (info->si_code != SI_QUEUE)
		fail("si_code of a queued signal");
	rt_seen++;
}

static void on_aimed(int sig, siginfo_t *info, void *ctx)
{
	(void)sig, (void)ctx;
	if (worker < 0 || info->si_value.sival_int != worker)
		fail("a thread's signal reached another");
	else
		aimed_seen[worker]++;
}

static void *calls(void *arg)
{
	int fds[2];
	char buf[64];

	if (pipe(fds) < 0)
		fail("pipe");
	for (uint64_t n = 0; !stop; n++) {
		double x = (double)n * 0.5, y;

		if (syscall(SYS_gettid) != gettid())
			fail("gettid");
		y = x;
		if (write(fds[1], &n, 8) != 8)
			fail("write to a pipe");
		if (read(fds[0], buf, 8) != 8 || memcmp(buf, &n, 8) != 0)
			fail("read from a pipe");
		if (x != y)
			fail("a vector register changed");
		progress[(intptr_t)arg]++;
	}
	return NULL;
}

static void *sleeps(void *arg)
{
	while (!stop) {
		struct timespec ts = { 0, 200000 }, left;

		if (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &left) != 0 &&
		    errno != EINTR && errno != 0)
			fail("nanosleep");
		progress[(intptr_t)arg]++;
	}
	return NULL;
}

static void *forks(void *arg)
{
	for (unsigned n = 0; !stop; n++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit((int)(n & 127));
		if (pid < 0) {
			fail("fork");
			break;
		}
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR) {
				fail("waitpid");
				return NULL;
			}
		if (!WIFEXITED(status) || WEXITSTATUS(status) != (int)(n & 127))
			fail("exit status of a forked child");
		progress[(intptr_t)arg]++;
	}
	return NULL;
}

static void *spawns(void *arg)
{
	char *argv[] = { "/proc/self/exe", "--exit", NULL }, *none[] = { NULL };

	while (!stop) {
		int status;
		pid_t pid;

		if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, none) != 0) {
			fail("posix_spawn");
			break;
		}
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR) {
				fail("waitpid");
				return NULL;
			}
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 42)
			fail("exit status of a spawned child");
		progress[(intptr_t)arg]++;
	}
	return NULL;
}

/* fork and exec, where spawns() is vfork and exec. */
static void *execs(void *arg)
{
	char *argv[] = { "/proc/self/exe", "--exit", NULL };

	while (!stop) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			execv("/proc/self/exe", argv);
			_exit(1);
		}
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR) {
				fail("waitpid");
				return NULL;
			}
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 42)
			fail("exit status of a child that execs");
		progress[(intptr_t)arg]++;
	}
	return NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long ping;

static void *pingpong(void *arg)
{
	long odd = (intptr_t)arg & 1;

	while (!stop) {
		pthread_mutex_lock(&mutex);
		while ((ping & 1) != odd && !stop)
			pthread_cond_wait(&cond, &mutex);
		ping++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
		progress[(intptr_t)arg]++;
	}
	pthread_mutex_lock(&mutex);
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *work_as(void *arg)
{
	static void *(*const work[])(void *) = { pingpong, pingpong, calls, sleeps, forks,
						 spawns, execs };

	worker = (intptr_t)arg;
	shared->tid[worker] = gettid();
	return work[worker](arg);
}

/* Another process: fires at the parent until its standard input closes. */
static int sender(pid_t target, int seconds)
{
	struct timespec ts = { 0, 100000 };
	union sigval value = { .sival_int = 0 };
	unsigned long n = 0;

	for (long end = time(NULL) + seconds; time(NULL) < end;) {
		kill(target, SIGUSR1);
		if (sigqueue(target, SIGRTMIN + 3, value) == 0)
			shared->sent++;
		int aim = (int)(n++ % WORKERS), tid = shared->tid[aim];
		siginfo_t info = { .si_signo = SIGRTMIN + 4, .si_code = SI_QUEUE };

		info.si_value.sival_int = aim;
		if (tid != 0 &&
		    syscall(SYS_rt_tgsigqueueinfo, target, tid, SIGRTMIN + 4, &info) == 0)
			shared->aimed[aim]++;
		nanosleep(&ts, NULL);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : 60, status;
	struct sigaction usr1 = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };
	struct sigaction rt = { .sa_sigaction = on_rt, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction aimed = { .sa_sigaction = on_aimed, .sa_flags = SA_SIGINFO | SA_RESTART };
	pthread_t threads[WORKERS];
	unsigned long last[WORKERS] = { 0 };

	if (argc > 1 && strcmp(argv[1], "--exit") == 0)
		return 42;
	sigaction(SIGUSR1, &usr1, NULL);
	sigaction(SIGRTMIN + 3, &rt, NULL);
	sigaction(SIGRTMIN + 4, &aimed, NULL);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	pid_t self = getpid(), pid = fork();

	if (pid == 0) {
		signal(SIGUSR1, SIG_IGN);
		return sender(self, seconds);
	}
	for (intptr_t i = 0; i < WORKERS; i++)
		pthread_create(&threads[i], NULL, work_as, (void *)i);
	for (long end = time(NULL) + seconds, mark = time(NULL); time(NULL) < end && !failed;) {
		struct timespec ts = { 0, 100000000 };

		nanosleep(&ts, NULL);
		if (time(NULL) - mark < 10)
			continue;
		mark = time(NULL);
		for (int i = 0; i < WORKERS; i++) {
			if (progress[i] == last[i]) {
				dprintf(2, "worker %d has not moved for 10 s\n", i);
				return 1;
			}
			last[i] = progress[i];
		}
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* Those to threads while these are there, those to the process at any time. */
	for (int i = 0; i < WORKERS; i++)
		for (int n = 0; n < 250 && aimed_seen[i] != shared->aimed[i]; n++)
			usleep(20000);
	stop = 1;
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 250 && rt_seen != shared->sent; i++)
		usleep(20000);
	for (int i = 0; i < WORKERS; i++) {
		if (aimed_seen[i] != shared->aimed[i]) {
			dprintf(2, "%lu signals for thread %d sent, %lu delivered\n",
				(unsigned long)shared->aimed[i], i, (unsigned long)aimed_seen[i]);
			return 1;
		}
	}
	if (rt_seen != shared->sent) {
		dprintf(2, "%lu queued signals sent, %lu delivered\n",
			(unsigned long)shared->sent, (unsigned long)rt_seen);
		return 1;
	}
	if (usr1_seen == 0)
		return 1;
	fprintf(stderr,
		"queued %lu, usr1 %lu; calls %lu sleeps %lu forks %lu spawns %lu "
		"execs %lu pingpongs %lu\n",
		(unsigned long)shared->sent, (unsigned long)usr1_seen, (unsigned long)progress[2],
		(unsigned long)progress[3], (unsigned long)progress[4],
		(unsigned long)progress[5], (unsigned long)progress[6], (unsigned long)progress[0]);
	puts(failed ? "failed" : "ok");
	return failed;
}
