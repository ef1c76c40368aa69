/* Writing the trace: rings and records. See trace.h and trace/record.h. */
#include "kernel/debug/trace.h"

#include "abi/linux/auxv.h"
#include "abi/linux/signal.h"
#include "abi/linux/syscall.h"
#include "abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/task/task.h"
#include "kernel/x86_64/tls.h"
#include "lib/string.h"
#include "platform/plat.h"

#define RING_NONE 0u
#define RING_ENDED (~0u) /* the thread has written its last record */
#define FRAMES_MAX 32u
#define WAIT_NS 100000000u
#define AUXV_PLACES_MAX 65536u /* words of a new stack that are searched */

struct trace_region *trace_region;
bool trace_active;

void trace_init(void)
{
	trace_active = trace_region->header.flags & TRACE_RECORDS;
}

/* --- rings --- */

static bool ring_take(struct thread *t)
{
	struct trace_header *h = &trace_region->header;

	for (u32 i = 0; i < TRACE_RINGS; i++) {
		u32 *owner = &trace_region->owner[i], free = 0;

		if (atomic_load_relaxed(owner) != 0 || !atomic_cas(owner, &free, (u32)t->tid))
			continue;
		u32 used = atomic_load(&h->rings_used);

		while (used < i + 1 && !atomic_cas(&h->rings_used, &used, i + 1))
			;
		t->trace_ring = i + 1;
		return true;
	}
	return false;
}

static void ring_give_back(struct thread *t)
{
	u32 index = t->trace_ring;

	t->trace_ring = RING_ENDED;
	if (index != RING_NONE && index != RING_ENDED)
		atomic_store(&trace_region->owner[index - 1], 0);
}

static void wake_reader(const struct trace_ring *ring)
{
	struct trace_header *h = &trace_region->header;

	atomic_fence();
	u32 sleep = atomic_load_relaxed(&h->reader_sleeps);

	if (sleep == TRACE_NAPS &&
	    ring->head - atomic_load_relaxed(&ring->tail) < TRACE_RING_SIZE / 2)
		return;
	if (sleep != TRACE_AWAKE &&
	    atomic_xchg(&h->reader_sleeps, 0) != 0)
		plat_wake(&h->reader_sleeps, 1);
}

/* Is there room for len bytes? Waits for it, or gives up by option or without a reader. */
static bool ring_room(struct trace_ring *ring, u64 len)
{
	struct trace_header *h = &trace_region->header;

	for (;;) {
		if (ring->head - atomic_load(&ring->tail) + len <= TRACE_RING_SIZE)
			return true;
		if (atomic_load(&h->reader_gone) || (h->flags & TRACE_MAY_DROP))
			return false;
		atomic_store(&ring->writer_sleeps, 1);
		wake_reader(ring);
		if (ring->head - atomic_load(&ring->tail) + len <= TRACE_RING_SIZE)
			return true;
		/* A kick ends the wait early, which is as good. */
		(void)plat_wait(&ring->writer_sleeps, 1, plat_now() + WAIT_NS);
	}
}

static struct trace_record *record_at(struct trace_ring *ring, u64 count)
{
	return (struct trace_record *)(ring->data + count % TRACE_RING_SIZE);
}

/* A record of at most TRACE_RECORD_MAX bytes in one piece. False: it cannot be written. */
static bool record_begin(struct trace_writer *w, struct thread *t, u16 type, u64 time)
{
	w->rec = NULL;
	if (t->trace_ring == RING_ENDED)
		return false;
	if (atomic_load_relaxed(&trace_region->header.reader_gone))
		return false;
	if (t->trace_ring == RING_NONE && !ring_take(t))
		goto lost;
	w->ring = &trace_region->rings[t->trace_ring - 1];
	u64 left = TRACE_RING_SIZE - w->ring->head % TRACE_RING_SIZE;

	if (!ring_room(w->ring, TRACE_RECORD_MAX + (left < TRACE_RECORD_MAX ? left : 0)))
		goto lost;
	if (left < TRACE_RECORD_MAX) {
		struct trace_record *pad = record_at(w->ring, w->ring->head);

		/* There may be room for no more than these. */
		pad->size = (u32)left;
		pad->type = TRACE_PAD;
		atomic_store(&w->ring->head, w->ring->head + left);
	}
	w->rec = record_at(w->ring, w->ring->head);
	*w->rec = (struct trace_record){
		.type = type,
		.pid = t->process->pid,
		.tid = t->tid,
		.time = time,
	};
	w->at = (u8 *)(w->rec + 1);
	w->end = (u8 *)w->rec + TRACE_RECORD_MAX;
	return true;
lost:
	atomic_add(&trace_region->header.lost, 1);
	return false;
}

static void record_commit(struct trace_writer *w)
{
	w->rec->size = (u32)(w->at - (u8 *)w->rec);
	w->rec->seq = atomic_add(&trace_region->header.seq, 1);
	atomic_store(&w->ring->head, w->ring->head + w->rec->size);
	wake_reader(w->ring);
}

u8 *trace_item(struct trace_writer *w, u32 kind, u64 addr, size_t len)
{
	size_t room = (size_t)(w->end - w->at);

	if (room < sizeof(struct trace_item) ||
	    ALIGN_UP(len, 8) > room - sizeof(struct trace_item)) {
		w->rec->flags |= TRACE_CUT;
		return NULL;
	}
	struct trace_item *item = (struct trace_item *)w->at;

	*item = (struct trace_item){ .kind = kind, .len = (u32)len, .addr = addr };
	w->at += sizeof(*item) + ALIGN_UP(len, 8);
	return (u8 *)(item + 1);
}

void trace_item_cut(struct trace_writer *w, u8 *data, size_t len)
{
	((struct trace_item *)data - 1)->len = (u32)len;
	w->at = data + ALIGN_UP(len, 8);
}

/* --- records --- */

/* The first record of a thread says where it comes from. */
static void begin_thread(struct thread *t)
{
	struct trace_writer w;
	const struct process *p = t->process;

	if (t->trace_ring != RING_NONE || !record_begin(&w, t, TRACE_START, trace_ticks()))
		return;
	w.rec->nr = t->tid == p->pid;
	w.rec->value = w.rec->nr ? (u64)(u32)t->trace_parent : (u64)(u32)p->pid;
	record_commit(&w);
}

/* Return addresses by the chain of frame pointers, as far as it leads upwards. */
static void put_frames(struct trace_writer *w, const struct regs *regs)
{
	u64 *frames = (u64 *)trace_item(w, TRACE_STACK, regs->sp, FRAMES_MAX * sizeof(u64));
	u64 bp = regs->bp, low = regs->sp, pair[2];
	u32 n = 0;

	if (frames == NULL)
		return;
	frames[n++] = regs->ip;
	while (n < FRAMES_MAX && bp >= low && bp - low < (1u << 26) && IS_ALIGNED(bp, 8) &&
	       copy_in(pair, bp, sizeof(pair)) == 0 && pair[1] != 0) {
		frames[n++] = pair[1];
		low = bp + 16;
		bp = pair[0];
	}
	trace_item_cut(w, (u8 *)frames, n * sizeof(u64));
	/* Which file each is in; most are in the same few. */
	uaddr_t start = 0, end = 0;

	for (u32 i = 0; i < n; i++)
		if (frames[i] < start || frames[i] >= end)
			end = capture_mapping(w, frames[i], &start);
}

static bool wanted(s64 nr)
{
	const u64 *calls = trace_region->header.calls;

	return (u64)nr >= LINUX_SYS_LIMIT || (calls[nr / 64] >> (nr % 64) & 1);
}

void trace_enter(struct thread *t, s64 nr, const u64 *args, bool trapped)
{
	u64 now = trace_ticks();
	struct trace_writer w;

	begin_thread(t);
	if (!wanted(nr) || !record_begin(&w, t, TRACE_ENTER, now))
		return;
	w.rec->flags = trapped ? TRACE_TRAPPED : 0;
	w.rec->nr = nr;
	memcpy(w.rec->args, args, sizeof(w.rec->args));
	w.rec->ip = t->regs->ip;
	w.rec->sp = t->regs->sp;
	if (trace_region->header.flags & TRACE_FRAMES)
		put_frames(&w, t->regs);
	capture_enter(&w, nr, args);
	record_commit(&w);
}

void trace_exit(struct thread *t, s64 nr, const u64 *args, s64 result, u64 host_calls)
{
	u64 now = trace_ticks();
	struct trace_writer w;

	begin_thread(t);
	if (!wanted(nr) || !record_begin(&w, t, TRACE_EXIT, now))
		return;
	w.rec->nr = nr;
	w.rec->value = (u64)result;
	w.rec->host_calls = host_calls;
	capture_exit(&w, nr, args, result);
	record_commit(&w);
}

static void put_regs(struct trace_writer *w, struct thread *t)
{
	struct trace_regs *r = (struct trace_regs *)trace_item(w, TRACE_REGS, 0, sizeof(*r));

	if (r == NULL)
		return;
	static_assert(sizeof(struct regs) == offsetof(struct trace_regs, fs_base),
		      "the same registers in the same order");
	memcpy(r, t->regs, sizeof(*t->regs));
	tls_get(&r->fs_base, &r->gs_base);
	r->trapno = t->fault_trapno;
	r->error = t->fault_err;
	r->fault_addr = t->fault_cr2;
}

void trace_signal(struct thread *t, const struct linux_siginfo *info, bool fatal)
{
	struct trace_writer w;
	u8 *data;

	begin_thread(t);
	if (!record_begin(&w, t, TRACE_SIGNAL, trace_ticks()))
		return;
	w.rec->nr = info->si_signo;
	w.rec->flags = fatal ? TRACE_FATAL : 0;
	data = trace_item(&w, TRACE_SIGINFO, 0, sizeof(*info));
	if (data != NULL)
		memcpy(data, info, sizeof(*info));
	put_regs(&w, t);
	/* The instruction that did it, and the top of the stack. */
	for (int i = 0; i < 2 && info->si_code > 0; i++) {
		u64 addr = i == 0 ? t->regs->ip : t->regs->sp, len = i == 0 ? 16 : 256;

		data = trace_item(&w, TRACE_MEMORY, addr, len);
		if (data != NULL)
			trace_item_cut(&w, data, len - copy_in_partial(data, addr, len));
	}
	if (info->si_code > 0)
		put_frames(&w, t->regs);
	record_commit(&w);
}

void trace_signal_ignored(struct thread *t, const struct linux_siginfo *info)
{
	struct trace_writer w;
	u8 *data;

	if (!record_begin(&w, current(), TRACE_SIGNAL, trace_ticks()))
		return;
	w.rec->pid = t->process->pid;
	w.rec->tid = t->tid;
	w.rec->nr = info->si_signo;
	data = trace_item(&w, TRACE_SIGINFO, 0, sizeof(*info));
	if (data != NULL)
		memcpy(data, info, sizeof(*info));
	record_commit(&w);
}

void trace_end(struct thread *t, int wait_status, bool last)
{
	struct trace_writer w;

	/* A kernel thread or the reaper has written nothing and ends so. */
	if (t->trace_ring != RING_NONE && record_begin(&w, t, TRACE_END, trace_ticks())) {
		w.rec->value = (u64)(u32)wait_status;
		w.rec->flags = last ? TRACE_LAST : 0;
		record_commit(&w);
	}
	ring_give_back(t);
}

/* The name that the new stack's auxiliary vector has for the program; 0: none. */
static uaddr_t stack_program(uaddr_t at)
{
	u64 pair[2];

	for (u32 i = 0; i < AUXV_PLACES_MAX; i++, at += 8)
		if (copy_in(pair, at, 8) < 0 || pair[0] == 0)
			break;
	for (at += 8; copy_in(pair, at, sizeof(pair)) == 0 && pair[0] != LINUX_AT_NULL; at += 16)
		if (pair[0] == LINUX_AT_EXECFN)
			return pair[1];
	return 0;
}

void trace_first_exec(struct thread *t)
{
	uaddr_t sp = t->regs->sp;
	u64 args[6] = { 0 };
	u64 argc;

	if (copy_in(&argc, sp, sizeof(argc)) < 0)
		return;
	args[1] = sp + 8;
	args[2] = sp + 8 * (argc + 2);
	args[0] = stack_program(args[2]);
	trace_enter(t, LINUX_SYS_execve, args, false);
	trace_exit(t, LINUX_SYS_execve, args, 0, 0);
}
