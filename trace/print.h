/*
 * Printing arguments, results and structures in strace's syntax.
 *
 * OVERVIEW. The kind of each argument (abi/argkinds.def) has a row in trace/kinds.def that
 * names its printer, print_<printer>(). A printer gets the argument's value, and reads guest
 * memory out of the event; what is not known prints as an address.
 */
#ifndef NACRE_TRACE_PRINT_H
#define NACRE_TRACE_PRINT_H

#include "abi/names.h"
#include "abi/syscalls.h"
#include "trace/event.h"
#include "trace/out.h"

struct print {
	struct out *out;
	const struct trace_event *event;
	u32 string_max; /* bytes of a string, elements of an array */
	bool verbose;   /* whole structures */
	bool fds;       /* what descriptors name */
	/* Of the argument being printed. */
	bool at_exit; /* whose memory counts */
	u8 param;     /* of its kind */
};

typedef void print_fn(struct print *p, u64 value);

/* How many of the call's arguments print; a command may decide. */
u32 print_arg_count(const struct trace_event *e);
bool print_arg_exists(const struct trace_event *e, u32 index);
/* clone, whose arguments print in another order: all at once. */
void print_clone(struct print *p);
/* rt_sigreturn, which has no arguments but a frame. */
void print_sigreturn(struct print *p);
bool print_clone_waits(const struct trace_event *e);
/* Does the argument wait for the call's end? */
bool print_arg_waits(const struct trace_event *e, u32 index);
/* Print argument index; false: there was nothing to print. */
bool print_arg(struct print *p, u32 index);
/* The result with what belongs to it: "-1 ENOENT (No such file or directory)". */
void print_result(struct print *p);

/* --- for printers --- */

#define PRINTER(name) void print_##name(struct print *p, u64 value)
#define KIND(kind, capture, type, printer) PRINTER(printer);
#include "trace/kinds.def"

/* Copy an object; false: it is not known, and its address has been printed. */
bool print_read(struct print *p, u64 addr, void *buf, size_t len);
void print_address(struct print *p, u64 addr);
/* Bytes at addr of which len exist; "..." where not all are shown. */
void print_bytes(struct print *p, u64 addr, u64 len, enum quote quote);
void print_set(struct print *p, enum flag_set set, u64 value);
void print_signals(struct print *p, u64 set);
void print_siginfo_fields(struct print *p, const struct linux_siginfo *info);
/* [{...}, {...}]: count elements of size bytes at addr. */
void print_array(struct print *p, u64 addr, u64 count, size_t size,
		 void (*element)(struct print *p, u64 addr, const void *data));
void print_sockaddr_bytes(struct print *p, const void *bytes, size_t len);
/* futex leaves out what its command does not use; its last argument may be a bit set. */
bool print_futex_skips(const struct trace_event *e, u32 index);
void print_futex_last(struct print *p, u64 value);
/* " (2026-11-21T12:00:00+0000)" */
void print_date_note(struct print *p, s64 seconds);
/* What strace says after "= 2": descriptors that are ready, time that is left. */
void print_ready(struct print *p);

#endif
