/* Reading a trace region. See reader.h. */
#include "trace/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SEC 1000000000ull
/* How long a number that is missing is waited for: its writer is between two instructions. */
#define GAP_NS 20000000ull
#define GAP_SLEEP_NS 50000u
/* Between looks while records come, so that writers need not wake us for each. */
#define BATCH_SLEEP_NS 500000u

/* A ring as far as we have read it. */
struct ring_state {
	u64 tail; /* ours: the one in the region is only for the writer */
	struct trace_record *front; /* a copy of the record at tail, NULL: none */
	size_t space; /* of the copy */
	void *copy;
};

struct trace_reader {
	struct trace_region *region;
	struct ring_state *rings;
	u32 ring_count; /* of those that were ever used */
	u32 last; /* where the last record came from */
	u64 seq; /* the next record's number */
	u64 gap_since; /* ns; 0: none is missing */
	u64 damaged;
	struct trace_record *given; /* copy of what was returned */
	size_t given_space;
	bool idle; /* nothing came since the last short sleep */
	/* The clock: a pair of the beginning and the latest. */
	u64 ticks0, ns0, ticks1, ns1;
	s64 epoch;
};

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * NS_PER_SEC + (u64)ts.tv_nsec;
}

/* --- the region --- */

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

static int region_file(void)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("nacre-trace", flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("nacre-trace", flags);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, sizeof(struct trace_region)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	int error = errno;

	close(fd);
	return -error;
}

int trace_region_create(u32 flags, u32 string_max, struct trace_region **ret)
{
	struct trace_region *region;
	int fd = region_file();

	if (fd < 0)
		return fd;
	region = mmap(NULL, sizeof(*region), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (region == MAP_FAILED) {
		int error = errno;

		close(fd);
		return -error;
	}
	region->header.magic = TRACE_MAGIC;
	region->header.flags = flags;
	region->header.string_max = MIN(string_max, TRACE_STRING_MAX);
	memset(region->header.calls, 0xff, sizeof(region->header.calls));
	*ret = region;
	return fd;
}

void trace_region_unmap(struct trace_region *region)
{
	if (region != NULL)
		munmap(region, sizeof(*region));
}

/* --- futexes --- */

static void futex_wake(u32 *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void trace_reader_wake(struct trace_region *region)
{
	__atomic_store_n(&region->header.reader_sleeps, 0, __ATOMIC_SEQ_CST);
	futex_wake(&region->header.reader_sleeps);
}

/* --- life --- */

struct trace_reader *trace_reader_create(struct trace_region *region)
{
	struct trace_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->region = region;
	r->rings = calloc(TRACE_RINGS, sizeof(*r->rings));
	if (r->rings == NULL) {
		free(r);
		return NULL;
	}
	r->ticks0 = r->ticks1 = trace_ticks();
	r->ns0 = r->ns1 = clock_ns(CLOCK_MONOTONIC);
	r->epoch = (s64)(clock_ns(CLOCK_REALTIME) - r->ns0);
	return r;
}

void trace_reader_destroy(struct trace_reader *r)
{
	if (r == NULL)
		return;
	__atomic_store_n(&r->region->header.reader_gone, 1, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < TRACE_RINGS; i++) {
		/* Only rings that were ever used have pages. */
		if (i < r->ring_count)
			futex_wake(&r->region->rings[i].writer_sleeps);
		free(r->rings[i].copy);
	}
	free(r->rings);
	free(r->given);
	free(r);
}

u64 trace_reader_lost(const struct trace_reader *r)
{
	return __atomic_load_n(&r->region->header.lost, __ATOMIC_RELAXED);
}

u64 trace_reader_damaged(const struct trace_reader *r)
{
	return r->damaged;
}

/* --- time --- */

u64 trace_reader_ns(struct trace_reader *r, u64 ticks)
{
	u64 span = r->ticks1 - r->ticks0;

	/* A clock needs a stretch of time to be set by. */
	while (span < 1000000) {
		r->ticks1 = trace_ticks();
		r->ns1 = clock_ns(CLOCK_MONOTONIC);
		span = r->ticks1 - r->ticks0;
	}
	return (u64)((double)ticks * ((double)(r->ns1 - r->ns0) / (double)span));
}

u64 trace_reader_time(struct trace_reader *r, u64 ticks)
{
	/* Before or after the latest pair: the guest may have written anything. */
	s64 away = (s64)(ticks - r->ticks1);
	u64 ns = trace_reader_ns(r, away < 0 ? 0 - (u64)away : (u64)away);

	return away < 0 ? r->ns1 - ns : r->ns1 + ns;
}

s64 trace_reader_epoch(const struct trace_reader *r)
{
	return r->epoch;
}

static void clock_look(struct trace_reader *r)
{
	u64 ticks = trace_ticks();

	if (ticks - r->ticks1 < 1u << 22)
		return;
	r->ticks1 = ticks;
	r->ns1 = clock_ns(CLOCK_MONOTONIC);
}

/* --- records --- */

const struct trace_item *trace_next_item(const struct trace_record *rec,
					 const struct trace_item *item)
{
	const u8 *at = item == NULL ? (const u8 *)(rec + 1) :
				      (const u8 *)(item + 1) + ALIGN_UP((u64)item->len, 8);

	return at >= (const u8 *)rec + rec->size ? NULL : (const struct trace_item *)at;
}

bool trace_record_ok(const struct trace_record *rec, size_t size)
{
	const u8 *at = (const u8 *)(rec + 1), *end = (const u8 *)rec + size;

	if (size < sizeof(*rec) || size > TRACE_RECORD_MAX || rec->size != size ||
	    !IS_ALIGNED(size, 8) || rec->type == TRACE_PAD || rec->type >= TRACE_TYPES)
		return false;
	while (at < end) {
		const struct trace_item *item = (const struct trace_item *)at;
		size_t left = (size_t)(end - at);

		if (left < sizeof(*item) || item->len > left - sizeof(*item) ||
		    ALIGN_UP((u64)item->len, 8) > left - sizeof(*item))
			return false;
		at += sizeof(*item) + ALIGN_UP((u64)item->len, 8);
	}
	return true;
}

static void ring_advance(struct trace_reader *r, u32 index, u64 tail)
{
	struct trace_ring *ring = &r->region->rings[index];

	r->rings[index].tail = tail;
	__atomic_store_n(&ring->tail, tail, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&ring->writer_sleeps, __ATOMIC_SEQ_CST) == 0)
		return;
	/* Not for every record: a writer that waits gets half of the ring at once. */
	if (__atomic_load_n(&ring->head, __ATOMIC_RELAXED) - tail > TRACE_RING_SIZE / 2)
		return;
	__atomic_store_n(&ring->writer_sleeps, 0, __ATOMIC_SEQ_CST);
	futex_wake(&ring->writer_sleeps);
}

static bool copy_out_record(struct ring_state *s, const u8 *from, size_t size)
{
	if (s->space < size) {
		void *copy = realloc(s->copy, size);

		if (copy == NULL)
			return false;
		s->copy = copy;
		s->space = size;
	}
	memcpy(s->copy, from, size);
	return true;
}

/* Take a copy of the ring's next record, if there is one. */
static void ring_fetch(struct trace_reader *r, u32 index)
{
	struct trace_ring *ring = &r->region->rings[index];
	struct ring_state *s = &r->rings[index];
	u64 head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

	while (s->front == NULL && head != s->tail) {
		u64 offset = s->tail % TRACE_RING_SIZE, left = TRACE_RING_SIZE - offset;
		const struct trace_record *rec = (const void *)(ring->data + offset);
		u32 size = __atomic_load_n(&rec->size, __ATOMIC_RELAXED);
		u16 type = __atomic_load_n(&rec->type, __ATOMIC_RELAXED);
		u64 there = head - s->tail;

		if (there > TRACE_RING_SIZE || !IS_ALIGNED(there, 8) || size > there ||
		    size > left || size == 0)
			goto damaged;
		if (type == TRACE_PAD) {
			if (size != left)
				goto damaged;
			ring_advance(r, index, s->tail + size);
			continue;
		}
		/* What is checked is the copy: the guest may write while we look. */
		if (size < sizeof(*rec) || size > TRACE_RECORD_MAX ||
		    !copy_out_record(s, ring->data + offset, size) ||
		    !trace_record_ok(s->copy, size))
			goto damaged;
		s->front = s->copy;
		ring_advance(r, index, s->tail + size);
	}
	return;
damaged:
	r->damaged++;
	ring_advance(r, index, head);
}

static void fetch_all(struct trace_reader *r)
{
	u32 used = __atomic_load_n(&r->region->header.rings_used, __ATOMIC_ACQUIRE);

	r->ring_count = MAX(r->ring_count, MIN(used, TRACE_RINGS));
	for (u32 i = 0; i < r->ring_count; i++)
		if (r->rings[i].front == NULL)
			ring_fetch(r, i);
}

/* The ring whose front is the next number, or else has the lowest. False: all are empty. */
static bool find_next(struct trace_reader *r, u32 *ret)
{
	bool found = false;
	u64 lowest = 0;

	for (u32 n = 0; n < r->ring_count; n++) {
		u32 i = r->last + n < r->ring_count ? r->last + n :
						      r->last + n - r->ring_count;
		const struct trace_record *front = r->rings[i].front;

		if (front == NULL)
			continue;
		if (front->seq == r->seq) {
			*ret = i;
			return true;
		}
		if (!found || front->seq < lowest) {
			found = true;
			lowest = front->seq;
			*ret = i;
		}
	}
	return found;
}

static const struct trace_record *give(struct trace_reader *r, u32 index)
{
	struct ring_state *s = &r->rings[index];
	struct trace_record *copy = (struct trace_record *)s->copy;
	size_t space = s->space;

	/* The copy changes hands; the ring gets the one that was given before. */
	s->front = NULL;
	s->copy = r->given;
	s->space = r->given_space;
	r->given = copy;
	r->given_space = space;
	r->last = index;
	r->seq = copy->seq + 1;
	r->gap_since = 0;
	r->idle = false;
	ring_fetch(r, index);
	return copy;
}

const struct trace_record *trace_reader_next(struct trace_reader *r, bool final)
{
	u32 index = 0;

	if (r->ring_count != 0 && find_next(r, &index) &&
	    r->rings[index].front->seq == r->seq)
		return give(r, index);
	clock_look(r);
	fetch_all(r);
	if (!find_next(r, &index)) {
		r->gap_since = 0;
		return NULL;
	}
	if (r->rings[index].front->seq == r->seq || final)
		return give(r, index);
	u64 now = clock_ns(CLOCK_MONOTONIC);

	if (r->gap_since == 0)
		r->gap_since = now;
	return now - r->gap_since > GAP_NS ? give(r, index) : NULL;
}

void trace_reader_wait(struct trace_reader *r, u64 timeout_ns)
{
	struct trace_header *h = &r->region->header;
	struct timespec ts = { .tv_nsec = r->gap_since != 0 ? GAP_SLEEP_NS : BATCH_SLEEP_NS };

	/* First a short while without being woken for each: most likely there is more by then. */
	if (r->gap_since != 0 || !r->idle) {
		r->idle = true;
		__atomic_store_n(&h->reader_sleeps, TRACE_NAPS, __ATOMIC_SEQ_CST);
		syscall(SYS_futex, &h->reader_sleeps, FUTEX_WAIT, TRACE_NAPS, &ts, NULL, 0);
		__atomic_store_n(&h->reader_sleeps, TRACE_AWAKE, __ATOMIC_SEQ_CST);
		return;
	}
	__atomic_store_n(&h->reader_sleeps, TRACE_ASLEEP, __ATOMIC_SEQ_CST);
	fetch_all(r);
	for (u32 i = 0; i < r->ring_count; i++)
		if (r->rings[i].front != NULL)
			timeout_ns = 0;
	ts = (struct timespec){ .tv_sec = (time_t)(timeout_ns / NS_PER_SEC),
				.tv_nsec = (long)(timeout_ns % NS_PER_SEC) };
	if (timeout_ns != 0)
		syscall(SYS_futex, &h->reader_sleeps, FUTEX_WAIT, TRACE_ASLEEP, &ts, NULL, 0);
	__atomic_store_n(&h->reader_sleeps, TRACE_AWAKE, __ATOMIC_SEQ_CST);
}
