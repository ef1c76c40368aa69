/*
 * What happened in a traced sandbox, one event after the other.
 *
 * OVERVIEW. Records come in pairs, the beginning and the end of a call; an event of type
 * TRACE_EXIT has both. struct trace_events reads a region and keeps what each thread is
 * in the middle of. This is what printers and reports are made of:
 *
 *	while (trace_events_next(events, final, &e))
 *		switch (e.type) {
 *		case TRACE_EXIT: ... e.name, e.args, e.result, trace_event_read(&e, ...)
 *		case TRACE_SIGNAL: ... e.info, e.regs
 *		}
 *
 * Everything in an event is what the guest says; no size needs to be checked again.
 */
#ifndef NACRE_TRACE_EVENT_H
#define NACRE_TRACE_EVENT_H

#include "abi/linux/signal.h"
#include "trace/reader.h"

struct trace_events;

struct trace_event {
	enum trace_type type; /* never TRACE_PAD */
	s32 pid, tid;
	u64 time; /* ns of CLOCK_MONOTONIC */
	u64 seq;

	/* TRACE_ENTER, TRACE_EXIT */
	s64 nr;
	const struct syscall_desc *desc; /* NULL: there is no such call */
	const u64 *args; /* 6; all 0 when the beginning was not seen */
	u64 ip, sp; /* of the caller, behind its instruction */
	bool begun; /* the beginning was seen */
	bool trapped; /* by a signal, not by a rewritten instruction */
	s64 result; /* TRACE_EXIT: >= 0, -errno, or an address */
	bool failed; /* ... and it is -1..-4095 */
	u64 duration; /* TRACE_EXIT, ns; 0: not known */
	u64 host_calls; /* TRACE_EXIT */

	/* TRACE_SIGNAL */
	int signal;
	bool fatal; /* it ends the process */
	const struct linux_siginfo *info; /* NULL: not there */
	const struct trace_regs *regs; /* NULL: the signal was ignored */

	/* TRACE_START */
	s32 creator; /* the thread that made this one; 0: none */
	bool new_process;

	/* TRACE_END */
	int status; /* wait status form */
	bool last; /* of its process */

	/* What the records are made of. exit is the event's own record in all other types. */
	const struct trace_record *enter, *exit;
};

/* The reader is borrowed. NULL: no memory. */
struct trace_events *trace_events_create(struct trace_reader *reader);
void trace_events_destroy(struct trace_events *events);
/* False: there is none yet. *ret is valid until the next call. */
bool trace_events_next(struct trace_events *events, bool final, struct trace_event *ret);

/*
 * Guest memory as it was at the call's beginning (at_exit false) or end: how many bytes from
 * addr on are known, at most len. The bytes of several records' items are not joined.
 */
size_t trace_event_read(const struct trace_event *e, bool at_exit, u64 addr, void *buf,
			size_t len);
/* The same without a copy; *ret_len bytes are there. NULL: none. */
const u8 *trace_event_peek(const struct trace_event *e, bool at_exit, u64 addr,
			   size_t *ret_len);
/* What a descriptor names (with TRACE_FDS), not terminated; NULL: not known. */
const char *trace_event_fd(const struct trace_event *e, s32 fd, size_t *ret_len);
/* The number that the end of the call carries of something; false: none. */
bool trace_event_count(const struct trace_event *e, u64 *ret);
/* Return addresses (with TRACE_FRAMES, or of a fault); how many in *ret_count. */
const u64 *trace_event_frames(const struct trace_event *e, u32 *ret_count);
/*
 * The file that an address of a frame is mapped from: its path, not terminated, and the place in
 * it. NULL: not known.
 */
const char *trace_event_mapping(const struct trace_event *e, u64 addr, size_t *ret_len,
				u64 *ret_offset);
/* "openat", or "syscall_999" in buf. */
const char *trace_call_name(s64 nr, char *buf, size_t size);

#endif
