/*
 * process.c - runs one command, keeps its output, and never waits for ever.
 *
 * A boxed command is grandchild of the runner: a first process makes the box, starts the
 * command and tells how it ended through a pipe. For a native run it is pid 1 of a new pid
 * namespace, and killing it kills whatever the command left behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

struct pipes {
	int out[2], err[2], status[2];
};

struct ending {
	int status;
	char leak[200];
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

static void set_limit(int what, rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { soft, hard };

	setrlimit(what, &limit);
}

static void set_environment(const struct run_request *request)
{
	if (!request->inherit_env) {
		clearenv();
		setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
			       "/sbin:/bin", 1);
		setenv("HOME", "/root", 1);
		setenv("LC_ALL", "C", 1);
		setenv("TZ", "UTC", 1);
		setenv("TERM", "dumb", 1);
		/* tests/texts has a cache of its own; no run shall depend on earlier ones. */
		setenv("NACRE_CACHE", "off", 1);
	}
	if (request->mode != NULL)
		setenv("NACRE_TEST_MODE", request->mode, 1);
	if (request->box != BOX_NONE)
		setenv("NACRE_TEST_THROWAWAY", "1", 1);
	if (request->extra_env != NULL)
		putenv(strdup(request->extra_env));
	for (int i = 0; i < 3; i++)
		if (request->canary_env[i] != NULL)
			putenv(strdup(request->canary_env[i]));
}

static void start_command(const struct run_request *request, const struct pipes *p)
{
	sigset_t none;
	int null;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int sig = 1; sig < NSIG; sig++) /* nohup, or a shell's background, ignores some */
		signal(sig, SIG_DFL);
	umask(022);
	if (request->mode != NULL) {
		set_limit(RLIMIT_CORE, 0, RLIM_INFINITY);
		set_limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY);
		/* The hard one also limits what all tests together may have in flight. */
		set_limit(RLIMIT_NOFILE, 1024, RLIM_INFINITY);
	}
	set_environment(request);
	if (request->directory != NULL && chdir(request->directory) != 0)
		_exit(124);
	null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	dup2(p->out[1], 1);
	dup2(p->err[1], 2);
	close_range(3, ~0U, 0);
	execl("/bin/sh", "sh", "-c", request->command, (char *)NULL);
	_exit(124);
}

/* The first process of the box. */
static void start_boxed(const struct run_request *request, const struct pipes *p,
			const char *scratch)
{
	struct ending ending = { .status = -1 };
	const char *leak;
	pid_t pid, ended;

	if (box_enter(scratch) != 0) {
		dprintf(p->err[1], "cannot make the box: %s\n", strerror(errno));
		_exit(124);
	}
	pid = fork();
	if (pid == 0) {
		if (request->box == BOX_NATIVE)
			setsid();
		start_command(request, p);
	}
	close(p->out[1]);
	close(p->err[1]);
	do
		ended = waitpid(-1, &ending.status, 0);
	while (ended != pid && (ended > 0 || errno == EINTR));
	leak = request->box == BOX_GUARD ? box_leak() : NULL;
	if (leak != NULL)
		snprintf(ending.leak, sizeof(ending.leak), "%s", leak);
	if (write(p->status[1], &ending, sizeof(ending)) != sizeof(ending))
		_exit(124);
	_exit(0);
}

static pid_t start(const struct run_request *request, const struct pipes *p,
		   const char *scratch)
{
	long flags = SIGCHLD;
	long pid;

	if (request->box == BOX_GUARD)
		flags |= CLONE_NEWNS;
	if (request->box == BOX_NATIVE)
		flags |= CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWNET;
	fflush(NULL);
	pid = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (pid != 0)
		return (pid_t)pid;
	setsid();
	if (request->box != BOX_NONE)
		start_boxed(request, p, scratch);
	start_command(request, p);
	_exit(124);
}

/* Returns false at end of file. */
static bool take(int fd, char **text, size_t *len)
{
	char chunk[16384];
	ssize_t got = read(fd, chunk, sizeof(chunk));

	if (got <= 0)
		return got < 0 && errno == EINTR;
	if (*len + (size_t)got > OUTPUT_MAX)
		got = (ssize_t)(OUTPUT_MAX - *len);
	*text = realloc(*text, *len + (size_t)got + 1);
	memcpy(*text + *len, chunk, (size_t)got);
	*len += (size_t)got;
	(*text)[*len] = '\0';
	return true;
}

/* Leaves it a zombie, so that its process group can still be named. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

/* Reads both streams until they end or `deadline`; tells whether `pid` ended. */
static bool collect(pid_t pid, const struct pipes *p, struct outcome *o, long deadline)
{
	struct pollfd fds[2] = { { p->out[0], POLLIN, 0 }, { p->err[0], POLLIN, 0 } };
	bool ended = false;
	long grace = 0;

	while (now_ms() < deadline) {
		bool open = fds[0].fd >= 0 || fds[1].fd >= 0;

		if (open)
			poll(fds, 2, 50);
		if (fds[0].revents && !take(fds[0].fd, &o->out, &o->out_len))
			fds[0].fd = -1;
		if (fds[1].revents && !take(fds[1].fd, &o->err, &o->err_len))
			fds[1].fd = -1;
		if (!ended)
			ended = has_ended(pid);
		if (ended && !open)
			return true;
		if (ended && grace == 0)
			grace = now_ms() + 500;
		if (ended && now_ms() >= grace) {
			o->left_open = true;
			return true;
		}
		if (!ended && !open)
			usleep(200);
	}
	return ended;
}

static void decode_status(int status, struct outcome *o)
{
	if (WIFSIGNALED(status)) {
		o->signal = WTERMSIG(status);
		o->status = 128 + o->signal;
	} else {
		o->status = WEXITSTATUS(status);
	}
}

static void close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

void run_process(const struct run_request *request, struct outcome *ret_outcome)
{
	char scratch[PATH_MAX] = "", template[] = "build/tests/box.XXXXXX";
	struct outcome o = { .out = calloc(1, 1), .err = calloc(1, 1) };
	struct ending ending;
	struct pipes p;
	int status = 0;
	pid_t pid;

	if (pipe2(p.out, O_CLOEXEC) || pipe2(p.err, O_CLOEXEC) ||
	    pipe2(p.status, O_CLOEXEC | O_NONBLOCK))
		abort();
	if (request->box != BOX_NONE &&
	    (mkdtemp(template) == NULL || realpath(template, scratch) == NULL))
		abort();
	pid = start(request, &p, scratch);
	close(p.out[1]);
	close(p.err[1]);
	p.out[1] = p.err[1] = -1;
	if (pid < 0) {
		o.not_started = true;
	} else {
		o.timed_out = !collect(pid, &p, &o, now_ms() + request->limit_ms);
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	decode_status(status, &o);
	if (request->box != BOX_NONE && !o.timed_out && o.status == 0 &&
	    read(p.status[0], &ending, sizeof(ending)) == sizeof(ending)) {
		decode_status(ending.status, &o);
		memcpy(o.leak, ending.leak, sizeof(o.leak));
	}
	if (o.status == 124)
		o.not_started = true;
	close(p.out[0]);
	close(p.err[0]);
	close_pair(p.status);
	if (request->box != BOX_NONE)
		rmdir(scratch);
	*ret_outcome = o;
}

void outcome_free(struct outcome *outcome)
{
	free(outcome->out);
	free(outcome->err);
	*outcome = (struct outcome){ 0 };
}
