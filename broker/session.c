/*
 * A sandbox from the broker's side: prepare, start, serve, report.
 *
 * OVERVIEW. broker_run() opens the trees, makes the options block and the kernel image,
 * starts the jailed child (jail.c), seals the broker and then waits in one epoll loop for
 * requests (request.c), signals (signal.c) and the child's end.
 *
 * LIFETIME. EXIT or FAIL says how the command ends; the sandbox is over when its first
 * process is. A first process that ends without either has died, which is nacre's failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/session.h"
#include "lib/atomic.h"

/* How long a first process that has said EXIT may take to end. */
#define END_GRACE_NS 5000000000ull
#define NS_PER_MS 1000000ull
#define LATE_STEP_MS 2

static bool watch(struct session *s, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* --- events --- */

static void child_reap(struct session *s)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid != s->pid)
		return;
	/* Without a pid namespace others may be left; the zombie still keeps the number. */
	session_kill(s);
	if (wait4(s->pid, &s->wait_status, WNOHANG, &s->usage) == s->pid)
		s->died = true;
}

/* Messages that were sent before the end are served after it. */
static void channels_drain(struct session *s)
{
	struct channel *next;

	for (struct channel *c = s->channels; c != NULL; c = next) {
		int more = 1000;

		next = c->next;
		while (more-- > 0 && channel_serve(s, c)) {
			char byte;

			if (recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
				break;
		}
	}
}

static void timers_serve(struct session *s)
{
	u64 now = now_ns();

	s->keep_ns = keep_timer(s, now);
	if (s->deadline_ns != 0 && now >= s->deadline_ns && !s->killed) {
		if (!s->ended)
			say("%s: stopped after %g s", s->options->argv[0],
			    (double)s->options->timeout_ms / 1000);
		s->ended = true;
		s->finished = false;
		s->exit_status = EXIT_TIMEOUT;
		session_kill(s);
	}
	if (s->ended && s->end_ns == 0)
		s->end_ns = now + END_GRACE_NS;
	if (s->end_ns != 0 && now >= s->end_ns)
		session_kill(s);
	answers_retry(s);
}

/* Milliseconds to the next timer, -1: none. */
static int timers_next(const struct session *s)
{
	u64 now = now_ns(), next = 0;

	if (s->deadline_ns != 0 && !s->killed)
		next = s->deadline_ns;
	if (s->end_ns != 0 && (next == 0 || s->end_ns < next))
		next = s->end_ns;
	if (s->keep_ns != 0 && (next == 0 || s->keep_ns < next))
		next = s->keep_ns;
	if (s->late_count != 0)
		return LATE_STEP_MS;
	if (next == 0)
		return -1;
	if (next <= now)
		return s->killed ? 100 : 0;
	return (int)MIN((next - now) / NS_PER_MS + 1, (u64)3600000);
}

static void event_serve(struct session *s, void *what)
{
	if (what == &s->signal_fd)
		signals_serve(s);
	else if (what == &s->pidfd)
		child_reap(s);
	else if (what == &s->trace_pidfd)
		see_formatter_ended(s);
	else if (what == &s->keep)
		keep_serve(s);
	else if (what == &s->texts_fd)
		texts_serve(s);
	else if (!channel_serve(s, what))
		channel_drop(s, what);
}

/* After an answer: the next question, if it comes soon. 0: it does not. */
static int events_soon(struct session *s, struct epoll_event *events, int max)
{
	bool active = s->answers != s->answers_seen && patience_begin(&s->patience);
	u64 until = active ? now_ns() + PATIENCE_NS : 0;
	int n = 0;

	s->answers_seen = s->answers;
	while (active && (n = epoll_wait(s->epoll_fd, events, max, 0)) == 0 && now_ns() < until)
		cpu_relax();
	if (active)
		patience_end(&s->patience, n > 0);
	return n;
}

static void serve(struct session *s)
{
	struct epoll_event events[16];

	while (!s->died) {
		int n = events_soon(s, events, ARRAY_SIZE(events));

		if (n <= 0)
			n = epoll_wait(s->epoll_fd, events, ARRAY_SIZE(events), timers_next(s));

		for (int i = 0; i < n; i++)
			event_serve(s, events[i].data.ptr);
		timers_serve(s);
	}
	channels_drain(s);
}

/* --- the end --- */

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void report_stats(const struct session *s)
{
	say("%llu calls served by nacre's kernel, %llu reached the host, %llu requests to the "
	    "broker; %.3f s, user %.3f s, system %.3f s, %ld KiB at most",
	    (unsigned long long)s->calls, (unsigned long long)s->host_calls,
	    (unsigned long long)s->requests, (double)(now_ns() - s->start_ns) / 1e9,
	    seconds(s->usage.ru_utime), seconds(s->usage.ru_stime), s->usage.ru_maxrss);
}

void session_say_cpu_used(const struct session *s)
{
	say("%s: used its %llu s of processor time", s->options->argv[0],
	    (unsigned long long)s->options->cpu_seconds);
}

/* The first process is gone without having said how the program ended. */
static int death_status(const struct session *s)
{
	double used = seconds(s->usage.ru_utime) + seconds(s->usage.ru_stime);
	int status = s->wait_status, sig = WTERMSIG(status);
	u64 limit = s->options->cpu_seconds;

	if (limit != 0 && used >= (double)limit) {
		session_say_cpu_used(s);
		return 128 + SIGXCPU;
	}
	if (WIFEXITED(status))
		say("sandbox died: %s",
		    s->last_words[0] != 0 ? s->last_words : "its kernel gave up");
	else
		say("sandbox died: killed by signal %d (%s)%s", sig, strsignal(sig),
		    sig == SIGKILL ? ": from outside, or out of memory" : "");
	return EXIT_NACRE;
}

/* --- the start --- */

#define FDS_WANTED (1u << 20) /* Linux: fs.nr_open, unless it was changed */

/*
 * The limit also counts what all of the user's programs have sent to each other and not yet
 * received: with a low one, somebody else's descriptors keep ours from being passed.
 */
static void raise_fd_limit(void)
{
	struct rlimit limit = { FDS_WANTED, FDS_WANTED };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static bool start(struct session *s)
{
	const struct run_options *o = s->options;

	if (!limits_take(s) || !see_start(s) || !keep_start(s) || !trees_open(s))
		return false;
	texts_open(s);
	if (!boot_block_build(s))
		return false;
	if (!kernel_image_open(s))
		return false;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd < 0 || !signals_prepare(s)) {
		say("cannot wait for events: %s", strerror(errno));
		return false;
	}
	terminal_save();
	if (!jail_start(s))
		return false;
	if ((s->trace_pidfd >= 0 && !watch(s, s->trace_pidfd, &s->trace_pidfd)) ||
	    !watch(s, s->signal_fd, &s->signal_fd) || !watch(s, s->pidfd, &s->pidfd) ||
	    (s->keep != NULL && !watch(s, keep_fd(s), &s->keep))) {
		say("cannot wait for events: %s", strerror(errno));
		session_kill(s);
		return false;
	}
	raise_fd_limit();
	broker_seal(s);
	if (o->timeout_ms != 0)
		s->deadline_ns = s->start_ns + o->timeout_ms * NS_PER_MS;
	return true;
}

int broker_run(const struct run_options *options)
{
	static struct session session;
	struct session *s = &session;
	int status;

	s->options = options;
	s->pidfd = s->trace_pidfd = s->epoll_fd = s->signal_fd = -1;
	s->start_ns = now_ns();
	s->start_ticks = trace_ticks();
	log_open(options);
	if (!start(s)) {
		see_end(s);
		keep_drop(s);
		return EXIT_NACRE;
	}
	serve(s);
	see_end(s);
	terminal_restore();
	texts_end(s);
	image_leases_end();
	status = s->ended ? s->exit_status : death_status(s);
	if (s->finished && !keep_end(s))
		status = EXIT_NACRE;
	keep_drop(s);
	/* Programs get one object and nothing else. */
	if (options->stats == STATS_BOX || options->stats == STATS_TABLE)
		report_stats(s);
	if (options->stats != STATS_NONE)
		see_report_stats(s, options->stats);
	return status;
}
