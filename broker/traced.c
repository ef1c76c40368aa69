/* Run a program with a trace. See traced.h. */
#include "broker/traced.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/session.h"
#include "trace/format.h"

#define WAIT_NS 100000000u

struct traced_run {
	struct trace_region *region;
	struct trace_reader *reader;
	struct trace_events *events;
	pid_t pid;
	int alive; /* closed at the other end when the broker ends */
	bool over;
};

static NORETURN void run_child(const struct run_options *o, struct trace_region *region,
			       int region_fd, const int *stdio)
{
	struct run_options options = *o;

	for (int fd = 0; fd < 3 && stdio != NULL; fd++)
		if (stdio[fd] >= 0 && dup2(stdio[fd], fd) < 0)
			_exit(EXIT_NACRE);
	options.trace = NULL;
	options.region = region;
	options.region_fd = region_fd;
	int status = broker_run(&options);

	fflush(NULL);
	_exit(status);
}

struct traced_run *traced_run_start(const struct run_options *o, const struct trace_options *t,
				    const int *stdio)
{
	struct traced_run *run = calloc(1, sizeof(*run));
	int fd = -1, alive[2] = { -1, -1 };

	if (run == NULL)
		return NULL;
	fd = trace_region_create(trace_options_flags(t), t->string_max, &run->region);
	if (fd < 0 || pipe2(alive, O_CLOEXEC) < 0)
		goto fail;
	trace_options_calls(t, run->region);
	run->reader = trace_reader_create(run->region);
	run->events = run->reader == NULL ? NULL : trace_events_create(run->reader);
	if (run->events == NULL)
		goto fail;
	fflush(NULL);
	run->pid = fork();
	if (run->pid == 0) {
		close(alive[0]);
		run_child(o, run->region, fd, stdio);
	}
	if (run->pid < 0)
		goto fail;
	close(fd);
	close(alive[1]);
	run->alive = alive[0];
	return run;
fail:
	say("trace: %s", strerror(fd < 0 ? -fd : errno));
	if (fd >= 0)
		close(fd);
	for (int i = 0; i < 2; i++)
		if (alive[i] >= 0)
			close(alive[i]);
	trace_events_destroy(run->events);
	trace_reader_destroy(run->reader);
	trace_region_unmap(run->region);
	free(run);
	return NULL;
}

static void look_for_end(struct traced_run *run)
{
	struct pollfd p = { .fd = run->alive, .events = POLLIN };

	run->over = run->over || poll(&p, 1, 0) > 0;
}

bool traced_run_poll(struct traced_run *run, struct trace_event *ret)
{
	look_for_end(run);
	return trace_events_next(run->events, run->over, ret);
}

bool traced_run_next(struct traced_run *run, struct trace_event *ret)
{
	for (;;) {
		if (trace_events_next(run->events, run->over, ret))
			return true;
		if (run->over)
			return false;
		look_for_end(run);
		if (!run->over)
			trace_reader_wait(run->reader, WAIT_NS);
	}
}

int traced_run_fd(const struct traced_run *run)
{
	return run->alive;
}

struct trace_reader *traced_run_reader(struct traced_run *run)
{
	return run->reader;
}

const struct trace_stats *traced_run_stats(const struct traced_run *run)
{
	return run->region->stats;
}

int traced_run_end(struct traced_run *run)
{
	int status = 0;

	trace_events_destroy(run->events);
	trace_reader_destroy(run->reader);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(run->alive);
	trace_region_unmap(run->region);
	free(run);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
