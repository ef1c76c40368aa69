/*
 * The trace region of a sandbox, and the process that formats the trace.
 *
 * OVERVIEW. Every sandbox has a region (trace/record.h): its kernel counts calls there, and
 * with a trace it writes records. Formatting is done by a process of its own, forked before
 * anything else is open, with rights to do hardly more than that: so the broker never waits
 * for whoever reads the trace, and what a guest scribbles into the region meets a parser
 * that can reach nothing.
 *
 * LIFETIME. The formatter ends when the broker's end of a pipe is closed, be it by the
 * broker's death, and all records are written.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker/session.h"
#include "trace/reader.h"
#include "trace/stats.h"

static NORETURN void formatter_main(struct session *s, int fd, int alive)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE,
				       SIGUSR1, SIGUSR2, SIGALRM };

	/* They are the broker's to pass on; we end with it. */
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	close(STDIN_FILENO);
	if (fd != STDOUT_FILENO)
		close(STDOUT_FILENO);
	close(s->trace_fd);
	tzset();
	formatter_seal();
	_exit(trace_format(s->trace, s->options->trace, fd, alive) == 0 ? 0 : 1);
}

static bool formatter_start(struct session *s)
{
	const char *path = s->options->trace->path;
	int fd = STDERR_FILENO, alive[2];

	if (path != NULL)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0) {
		say("trace %s: %s", path, strerror(errno));
		return false;
	}
	if (pipe2(alive, O_CLOEXEC) < 0) {
		say("trace: %s", strerror(errno));
		return false;
	}
	s->trace_pid = fork();
	if (s->trace_pid == 0) {
		close(alive[1]);
		formatter_main(s, fd, alive[0]);
	}
	if (path != NULL)
		close(fd);
	close(alive[0]);
	s->trace_alive = alive[1];
	if (s->trace_pid < 0)
		say("trace: %s", strerror(errno));
	else
		s->trace_pidfd = (int)syscall(SYS_pidfd_open, s->trace_pid, 0);
	return s->trace_pid > 0;
}

bool see_start(struct session *s)
{
	const struct run_options *o = s->options;
	u32 flags = o->trace == NULL ? 0 : trace_options_flags(o->trace);

	if (o->region != NULL) {
		s->trace = o->region;
		s->trace_fd = o->region_fd;
		return true;
	}
	s->trace_fd = trace_region_create(flags, o->trace == NULL ? 0 : o->trace->string_max,
					  &s->trace);
	if (s->trace_fd < 0) {
		say("trace: %s", strerror(-s->trace_fd));
		return false;
	}
	if (o->trace == NULL)
		return true;
	trace_options_calls(o->trace, s->trace);
	return formatter_start(s);
}

void see_formatter_ended(struct session *s)
{
	__atomic_store_n(&s->trace->header.reader_gone, 1, __ATOMIC_SEQ_CST);
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->trace_pidfd, NULL);
	close(s->trace_pidfd);
	s->trace_pidfd = -1;
}

void see_end(struct session *s)
{
	if (s->trace_pid <= 0)
		return;
	close(s->trace_alive);
	trace_reader_wake(s->trace);
	while (waitpid(s->trace_pid, NULL, 0) < 0 && errno == EINTR)
		;
	s->trace_pid = 0;
}

void see_report_stats(const struct session *s, enum stats_form form)
{
	static struct stats_sum sum;
	struct out out = { 0 };
	size_t at = 0;

	stats_add_up(s->trace->stats, now_ns() - s->start_ns, trace_ticks() - s->start_ticks,
		     &sum);
	if (form == STATS_JSON)
		stats_json(&sum, &s->trace->sites, &out);
	else if (form == STATS_TABLE)
		stats_table(&sum, &s->trace->sites, &out);
	else
		stats_box(&sum, &out);
	while (at < out.len) {
		ssize_t n = write(STDERR_FILENO, out.text + at, out.len - at);

		if (n < 0 && errno != EINTR)
			break;
		at += n < 0 ? 0 : (size_t)n;
	}
	out_fini(&out);
}
