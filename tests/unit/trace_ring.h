/* A trace region filled by hand, for the tests of what reads and prints it. */
#ifndef NACRE_TESTS_UNIT_TRACE_RING_H
#define NACRE_TESTS_UNIT_TRACE_RING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/format.h"

static UNUSED struct trace_region *region_make(void)
{
	struct trace_region *region;
	int fd = trace_region_create(TRACE_RECORDS, 32, &region);

	if (fd < 0) {
		printf("no region: %s\n", strerror(-fd));
		exit(1);
	}
	close(fd);
	region->header.rings_used = 1;
	return region;
}

/* Append a record with one item, or none if its data are NULL, to a ring. */
static UNUSED void ring_put(struct trace_region *region, u32 index, struct trace_record rec,
			    u32 kind, u64 addr, const void *data, u32 len)
{
	struct trace_ring *ring = &region->rings[index];
	u8 *at = ring->data + ring->head % TRACE_RING_SIZE;
	u32 size = sizeof(rec);

	if (data != NULL) {
		struct trace_item item = { kind, len, addr };

		memcpy(at + size, &item, sizeof(item));
		memcpy(at + size + sizeof(item), data, len);
		size += (u32)(sizeof(item) + ALIGN_UP(len, 8u));
	}
	rec.size = size;
	rec.seq = region->header.seq++;
	memcpy(at, &rec, sizeof(rec));
	ring->head += size;
	if (region->header.rings_used <= index)
		region->header.rings_used = index + 1;
}

/* All that is in the region in a format. */
static UNUSED void region_format(struct trace_region *region, const struct trace_options *o,
				 struct out *out)
{
	struct trace_reader *reader = trace_reader_create(region);
	struct trace_events *events = trace_events_create(reader);
	struct trace_formatter *f = trace_formatter_create(o, reader);
	struct trace_event e;

	while (trace_events_next(events, true, &e))
		trace_formatter_put(f, &e, out);
	trace_formatter_end(f, out);
	trace_formatter_destroy(f);
	trace_events_destroy(events);
	trace_reader_destroy(reader);
	region->header.reader_gone = 0;
}

#endif
