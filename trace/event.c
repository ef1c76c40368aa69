/* From records to events. See event.h. */
#include "trace/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/syscalls.h"

#define BUCKETS 1024u
/* Threads in the middle of a call that are remembered: more can only be a guest's mischief. */
#define THREADS_MAX 65536u

struct thread_state {
	struct thread_state *next;
	s32 tid;
	size_t space;
	struct trace_record *enter; /* the call it is in, NULL: none */
	struct trace_record *copy;
};

struct trace_events {
	struct trace_reader *reader;
	struct thread_state *buckets[BUCKETS];
	u32 count;
};

struct trace_events *trace_events_create(struct trace_reader *reader)
{
	struct trace_events *events = calloc(1, sizeof(*events));

	if (events != NULL)
		events->reader = reader;
	return events;
}

static void state_free(struct thread_state *t)
{
	free(t->copy);
	free(t);
}

void trace_events_destroy(struct trace_events *events)
{
	if (events == NULL)
		return;
	for (u32 i = 0; i < BUCKETS; i++) {
		struct thread_state *next;

		for (struct thread_state *t = events->buckets[i]; t != NULL; t = next) {
			next = t->next;
			state_free(t);
		}
	}
	free(events);
}

static struct thread_state **state_place(struct trace_events *events, s32 tid)
{
	struct thread_state **at = &events->buckets[(u32)tid % BUCKETS];

	while (*at != NULL && (*at)->tid != tid)
		at = &(*at)->next;
	return at;
}

static void state_forget(struct trace_events *events, s32 tid)
{
	struct thread_state **at = state_place(events, tid), *t = *at;

	if (t == NULL)
		return;
	*at = t->next;
	events->count--;
	state_free(t);
}

static struct thread_state *state_make(struct trace_events *events, s32 tid)
{
	struct thread_state **at = state_place(events, tid);

	if (*at != NULL || events->count >= THREADS_MAX)
		return *at;
	*at = calloc(1, sizeof(**at));
	if (*at != NULL) {
		(*at)->tid = tid;
		events->count++;
	}
	return *at;
}

/* Keep a copy of the call's beginning until its end. */
static void state_enter(struct trace_events *events, const struct trace_record *rec)
{
	struct thread_state *t = state_make(events, rec->tid);

	if (t == NULL)
		return;
	t->enter = NULL;
	if (t->space < rec->size) {
		struct trace_record *copy = realloc(t->copy, rec->size);

		if (copy == NULL)
			return;
		t->copy = copy;
		t->space = rec->size;
	}
	memcpy(t->copy, rec, rec->size);
	t->enter = t->copy;
}

const char *trace_call_name(s64 nr, char *buf, size_t size)
{
	const struct syscall_desc *d = nr < 0 ? NULL : syscall_desc_find((u64)nr);

	if (d != NULL)
		return d->name;
	snprintf(buf, size, "syscall_%#llx", (unsigned long long)nr);
	return buf;
}

/* --- one event --- */

static const struct trace_item *item_find(const struct trace_record *rec, u32 kind, u64 size)
{
	const struct trace_item *item = NULL;

	while (rec != NULL && (item = trace_next_item(rec, item)) != NULL)
		if (item->kind == kind && item->len >= size)
			return item;
	return NULL;
}

static void call_begun(struct trace_event *e, const struct trace_record *rec)
{
	e->enter = rec;
	e->begun = true;
	e->args = rec->args;
	e->ip = rec->ip;
	e->sp = rec->sp;
	e->trapped = rec->flags & TRACE_TRAPPED;
}

static void call_ended(struct trace_events *events, struct trace_event *e,
		       const struct trace_record *rec)
{
	struct thread_state *t = *state_place(events, rec->tid);

	if (t != NULL && t->enter != NULL && t->enter->nr == rec->nr) {
		call_begun(e, t->enter);
		e->duration = rec->time > t->enter->time ?
				      trace_reader_ns(events->reader,
						      rec->time - t->enter->time) :
				      0;
		/* The copy stays until the next call begins. */
		t->enter = NULL;
	}
	e->result = (s64)rec->value;
	e->failed = e->result < 0 && e->result > -4096;
	e->host_calls = rec->host_calls;
}

bool trace_events_next(struct trace_events *events, bool final, struct trace_event *ret)
{
	static const u64 none[6];
	const struct trace_record *rec = trace_reader_next(events->reader, final);
	const struct trace_item *item;

	if (rec == NULL)
		return false;
	*ret = (struct trace_event){
		.type = rec->type,
		.pid = rec->pid,
		.tid = rec->tid,
		.time = trace_reader_time(events->reader, rec->time),
		.seq = rec->seq,
		.nr = rec->nr,
		.args = none,
		.exit = rec,
	};
	switch (ret->type) {
	case TRACE_ENTER:
		state_enter(events, rec);
		call_begun(ret, rec);
		break;
	case TRACE_EXIT:
		call_ended(events, ret, rec);
		break;
	case TRACE_SIGNAL:
		ret->signal = (int)rec->nr;
		ret->fatal = rec->flags & TRACE_FATAL;
		item = item_find(rec, TRACE_SIGINFO, sizeof(*ret->info));
		ret->info = item == NULL ? NULL : (const void *)(item + 1);
		item = item_find(rec, TRACE_REGS, sizeof(*ret->regs));
		ret->regs = item == NULL ? NULL : (const void *)(item + 1);
		break;
	case TRACE_START:
		ret->creator = (s32)rec->value;
		ret->new_process = rec->nr != 0;
		break;
	default:
		ret->status = (int)(u32)rec->value;
		ret->last = rec->flags & TRACE_LAST;
		state_forget(events, rec->tid);
		break;
	}
	if (ret->type == TRACE_ENTER || ret->type == TRACE_EXIT)
		ret->desc = rec->nr < 0 ? NULL : syscall_desc_find((u64)rec->nr);
	return true;
}

/* --- memory --- */

const u8 *trace_event_peek(const struct trace_event *e, bool at_exit, u64 addr,
			   size_t *ret_len)
{
	const struct trace_record *rec = at_exit ? e->exit : e->enter;
	const struct trace_item *item = NULL;
	const u8 *best = NULL;

	*ret_len = 0;
	/* Ranges may overlap: the longest from addr on. */
	while (rec != NULL && (item = trace_next_item(rec, item)) != NULL) {
		u64 skip = addr - item->addr;

		if (item->kind != TRACE_MEMORY || addr < item->addr || skip >= item->len ||
		    item->len - skip <= *ret_len)
			continue;
		best = (const u8 *)(item + 1) + skip;
		*ret_len = item->len - skip;
	}
	return best;
}

size_t trace_event_read(const struct trace_event *e, bool at_exit, u64 addr, void *buf,
			size_t len)
{
	size_t there;
	const u8 *p = trace_event_peek(e, at_exit, addr, &there);

	there = MIN(there, len);
	if (there != 0)
		memcpy(buf, p, there);
	return there;
}

const char *trace_event_fd(const struct trace_event *e, s32 fd, size_t *ret_len)
{
	const struct trace_record *recs[2] = { e->exit, e->enter };

	/* A call's own result is in its end, everything else in its beginning. */
	for (u32 i = 0; i < 2; i++) {
		const struct trace_item *item = NULL;

		while (recs[i] != NULL && (item = trace_next_item(recs[i], item)) != NULL)
			if (item->kind == TRACE_FD && (s32)item->addr == fd &&
			    item->len != 0) {
				*ret_len = item->len;
				return (const char *)(item + 1);
			}
	}
	return NULL;
}

const u64 *trace_event_frames(const struct trace_event *e, u32 *ret_count)
{
	const struct trace_item *item =
		item_find(e->enter != NULL ? e->enter : e->exit, TRACE_STACK, sizeof(u64));

	*ret_count = item == NULL ? 0 : item->len / sizeof(u64);
	return item == NULL ? NULL : (const u64 *)(item + 1);
}

bool trace_event_count(const struct trace_event *e, u64 *ret)
{
	const struct trace_item *item = item_find(e->exit, TRACE_COUNT, 0);

	if (item != NULL)
		*ret = item->addr;
	return item != NULL;
}

const char *trace_event_mapping(const struct trace_event *e, u64 addr, size_t *ret_len,
				u64 *ret_offset)
{
	const struct trace_record *rec = e->enter != NULL ? e->enter : e->exit;
	const struct trace_item *item = NULL;

	while (rec != NULL && (item = trace_next_item(rec, item)) != NULL) {
		const u64 *data = (const u64 *)(item + 1);

		if (item->kind != TRACE_MAPPING || item->len < 16 || addr < item->addr ||
		    addr >= data[0])
			continue;
		*ret_offset = addr - item->addr + data[1];
		*ret_len = item->len - 16;
		return (const char *)(data + 2);
	}
	return NULL;
}
