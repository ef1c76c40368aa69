/*
 * Reading a trace region on the host: records of all rings in the order in which they came.
 *
 * TRUST. The region is the guest's to scribble in. A record is copied out before it is looked
 * at, and every size in it is checked, so what trace_reader_next() returns can be walked with
 * trace_next_item() without further care; its contents are still only what the guest says.
 * A ring that makes no sense is skipped to its end and counted.
 */
#ifndef NACRE_TRACE_READER_H
#define NACRE_TRACE_READER_H

#include "trace/record.h"

struct trace_reader;

/*
 * A region in a memory file, sealed against changes of its size, that a kernel can be given.
 * The file's descriptor, -errno. Without TRACE_RECORDS in flags only the statistics are used.
 */
int trace_region_create(u32 flags, u32 string_max, struct trace_region **ret);
void trace_region_unmap(struct trace_region *region);

/* NULL: no memory. The region is borrowed. */
struct trace_reader *trace_reader_create(struct trace_region *region);
/* Nobody will read any more: writers go on without. NULL is fine. */
void trace_reader_destroy(struct trace_reader *r);

/*
 * The next record, valid until the next call; NULL: there is none yet. final: no more will
 * be written, so missing ones are not waited for.
 */
const struct trace_record *trace_reader_next(struct trace_reader *r, bool final);
/* Sleep until there may be more, at most so long. */
void trace_reader_wait(struct trace_reader *r, u64 timeout_ns);
/* From another process that has mapped the region: end that sleep. */
void trace_reader_wake(struct trace_region *region);

/* Records that writers dropped, and damaged ones that the reader skipped. */
u64 trace_reader_lost(const struct trace_reader *r);
u64 trace_reader_damaged(const struct trace_reader *r);

/* A time stamp of the region in ns of CLOCK_MONOTONIC, and the nanoseconds of a difference. */
u64 trace_reader_time(struct trace_reader *r, u64 ticks);
u64 trace_reader_ns(struct trace_reader *r, u64 ticks);
/* What to add to CLOCK_MONOTONIC for the time of day, ns. */
s64 trace_reader_epoch(const struct trace_reader *r);

/*
 * The item after item, or the first if that is NULL; NULL: there are no more. Its data are
 * item + 1, of item->len bytes.
 */
const struct trace_item *trace_next_item(const struct trace_record *rec,
					 const struct trace_item *item);

/* Is the record well-formed as far as size bytes go? For the reader and its fuzzer. */
bool trace_record_ok(const struct trace_record *rec, size_t size);

#endif
