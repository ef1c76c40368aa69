/*
 * Run a program with a trace and get what happens as events: for reports.
 *
 *	struct traced_run *run = traced_run_start(&options, &trace, NULL);
 *	while (traced_run_next(run, &event))
 *		switch (event.type) { case TRACE_EXIT: ... case TRACE_SIGNAL: ... }
 *	status = traced_run_end(run);
 *
 * The sandbox runs in a child process that becomes its broker, so that the caller keeps its
 * rights and any number of runs may follow each other. The events and how to read the guest
 * memory they know: trace/event.h; to print one as strace does: trace_formatter_put() of
 * trace/format.h.
 */
#ifndef NACRE_BROKER_TRACED_H
#define NACRE_BROKER_TRACED_H

#include "broker/broker.h"
#include "trace/event.h"

struct traced_run;

/*
 * Start. o->trace is not used; t says how much to record (string_max, fds, frames, calls).
 * stdio: three descriptors the program gets as 0, 1 and 2, -1 for the caller's own; NULL: all
 * the caller's. NULL after saying why not. Both options must live as long as the run.
 */
struct traced_run *traced_run_start(const struct run_options *o, const struct trace_options *t,
				    const int *stdio);
/* The next event, waiting for it; false: the sandbox is over and this was all. */
bool traced_run_next(struct traced_run *run, struct trace_event *ret);
/* A descriptor that becomes readable when the sandbox is over, for callers that poll. */
int traced_run_fd(const struct traced_run *run);
/* The event after those already there, without waiting. */
bool traced_run_poll(struct traced_run *run, struct trace_event *ret);
/* Its reader: for trace_formatter_create(), counts of lost records, times. */
struct trace_reader *traced_run_reader(struct traced_run *run);
/* Counters of calls; valid until traced_run_end(). */
const struct trace_stats *traced_run_stats(const struct traced_run *run);
/* Wait for the end and free all. Value: the exit status as nacre run would give it. */
int traced_run_end(struct traced_run *run);

#endif
