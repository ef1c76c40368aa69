/*
 * The trace: records of calls, signals and threads for a reader on the host.
 *
 * OVERVIEW. A thread writes its records to a ring of its own, which it takes with its first
 * record and gives back with its last; trace.c has the rings, capture.c copies what arguments
 * point to. Without a trace nothing here is called: trace_active says so.
 *
 * LOCKING. None, and none may be held by the caller: guest memory is read and a full ring
 * makes the writer wait for the reader.
 */
#ifndef NACRE_KERNEL_DEBUG_TRACE_H
#define NACRE_KERNEL_DEBUG_TRACE_H

#include "lib/types.h"
#include "trace/record.h"

struct linux_siginfo;
struct thread;

extern struct trace_region *trace_region HIDDEN; /* set by the platform before the start */
extern bool trace_active HIDDEN;                 /* records are wanted */

/* Once, when the region is mapped. */
void trace_init(void);

/* The calling thread is t. trapped: it came by a signal. */
void trace_enter(struct thread *t, s64 nr, const u64 *args, bool trapped);
void trace_exit(struct thread *t, s64 nr, const u64 *args, s64 result, u64 host_calls);
/* A signal is being acted on; its registers are t->regs. fatal: it ends the process. */
void trace_signal(struct thread *t, const struct linux_siginfo *info, bool fatal);
/* A signal for t, any thread, that is ignored and so never acted on. */
void trace_signal_ignored(struct thread *t, const struct linux_siginfo *info);
/* The last record of the calling thread. last: also of its process. */
void trace_end(struct thread *t, int wait_status, bool last);
/* The first program starts, as if by execve. */
void trace_first_exec(struct thread *t);

/* --- within kernel/debug --- */

/* A record being written, in place; rec NULL: it is dropped. */
struct trace_writer {
	struct trace_ring *ring;
	struct trace_record *rec;
	u8 *at, *end;
};

/* Room for an item of len bytes; NULL: none, and the record is marked. */
u8 *trace_item(struct trace_writer *w, u32 kind, u64 addr, size_t len);
/* Give back what was not used of the last item, of which len bytes are. */
void trace_item_cut(struct trace_writer *w, u8 *data, size_t len);
/* The mapping of a file that addr lies in, if there is one. Value: its end, 0: none. */
uaddr_t capture_mapping(struct trace_writer *w, uaddr_t addr, uaddr_t *ret_start);
void capture_enter(struct trace_writer *w, s64 nr, const u64 *args);
void capture_exit(struct trace_writer *w, s64 nr, const u64 *args, s64 result);

#endif
