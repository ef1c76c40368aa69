/*
 * Fuzzing what reads a trace: a region of any bytes, in every format.
 *
 * An input is a list of changes to a good region: a ring, a place and a byte each. Linked
 * with libFuzzer (-DFUZZ_LIBRARY) or alone, when it makes that many inputs itself:
 * trace_fuzz [COUNT [SEED]].
 */
#include "tests/unit/trace_ring.h"

#include "abi/linux/syscall.h"
#include "trace/stats.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define RECORDS 60u
#define HEADER_BYTES 512u

static struct trace_region *region;
static u8 good[2][TRACE_RING_SIZE / 32];
static u64 good_len[2];

static u32 next_random(u32 *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Every call once or more, with plausible addresses and memory behind them. */
static void region_fill(void)
{
	u8 memory[512];
	u32 state = 1;

	region = region_make();
	for (u32 i = 0; i < sizeof(memory); i++)
		memory[i] = (u8)next_random(&state);
	for (u32 i = 0; i < RECORDS; i++) {
		s32 tid = 2 + (s32)(i % 3);
		struct trace_record rec = { .type = TRACE_ENTER, .pid = tid, .tid = tid };

		rec.nr = next_random(&state) % LINUX_SYS_LIMIT;
		for (u32 a = 0; a < 6; a++)
			rec.args[a] = next_random(&state) % 3 == 0 ? next_random(&state) % 70 :
								     0x1000;
		ring_put(region, i % 2, rec, TRACE_MEMORY, 0x1000, memory, 64 + i * 4);
		rec.type = i % 5 == 4 ? TRACE_SIGNAL : TRACE_EXIT;
		rec.value = next_random(&state) % 100;
		ring_put(region, i % 2, rec, i % 5 == 4 ? TRACE_SIGINFO : TRACE_MEMORY, 0x1000,
			 memory, 128 + i);
	}
	for (u32 i = 0; i < 2; i++) {
		good_len[i] = region->rings[i].head;
		if (good_len[i] > sizeof(good[i]))
			abort();
		memcpy(good[i], region->rings[i].data, good_len[i]);
	}
}

static void format_all(void)
{
	struct trace_options o;
	struct out out = { 0 };

	for (u32 format = TRACE_TEXT; format <= TRACE_CHROME; format++) {
		for (u32 i = 0; i < 2; i++)
			region->rings[i].tail = 0;
		trace_options_init(&o);
		o.format = format;
		o.verbose = o.fds = o.frames = o.durations = o.relative = true;
		o.summary_too = format == TRACE_TEXT;
		o.stamps = 2;
		out.len = 0;
		region_format(region, &o, &out);
	}
	out_fini(&out);
}

static void change(const u8 *p)
{
	u32 at = (u32)p[1] | (u32)p[2] << 8 | (u32)p[3] << 16;
	struct trace_ring *ring = &region->rings[p[0] & 1];

	switch (p[0] >> 1 & 3) {
	case 0: /* the head */
		ring->head = p[0] & 8 ? at : ring->head + p[4] * 8u - 512;
		break;
	case 1: /* the header and the statistics */
		if (at % HEADER_BYTES < offsetof(struct trace_header, rings_used))
			((u8 *)&region->header)[at % HEADER_BYTES] = p[4];
		((u8 *)region->stats)[at % sizeof(struct trace_stats)] = p[4];
		break;
	default:
		ring->data[at % (u32)good_len[p[0] & 1]] = p[4];
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct stats_sum sum;
	struct out out = { 0 };

	if (region == NULL)
		region_fill();
	for (u32 i = 0; i < 2; i++) {
		memcpy(region->rings[i].data, good[i], good_len[i]);
		region->rings[i].head = good_len[i];
	}
	for (; size >= 5; data += 5, size -= 5)
		change(data);
	format_all();
	stats_add_up(region->stats, 1000000, 3000000, &sum);
	stats_box(&sum, &out);
	stats_table(&sum, &region->sites, &out);
	stats_json(&sum, &region->sites, &out);
	out_fini(&out);
	return 0;
}

#ifndef FUZZ_LIBRARY

int main(int argc, char **argv)
{
	u32 count = argc > 1 ? (u32)atoi(argv[1]) : 2000;
	u32 state = argc > 2 ? (u32)atoi(argv[2]) : 1;
	u8 input[200];

	for (u32 n = 0; n < count; n++) {
		size_t size = next_random(&state) % sizeof(input);

		for (size_t i = 0; i < size; i++)
			input[i] = (u8)next_random(&state);
		LLVMFuzzerTestOneInput(input, size);
	}
	printf("%u inputs: no crash\n", count);
	return 0;
}

#endif
