/*
 * The page pool: runs never overlap, are zero when they are new, and all come back.
 *
 * vfs_pool [SEED [STEPS]]
 */
#include "tests/unit/vfs_world.h"

#define RUNS 400

static struct {
	u32 index, pages;
	u64 tag;
} runs[RUNS];
static u64 state, tags;

static u32 rnd(u32 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)((state >> 16) % below);
}

/* First and last word of every page. */
static u64 *word(u32 index, u32 page, bool last)
{
	return (u64 *)pool_ptr(index + page) + (last ? PAGE_SIZE / 8 - 1 : 0);
}

static void mark(u32 n)
{
	runs[n].tag = ++tags;
	for (u32 page = 0; page < runs[n].pages; page++)
		*word(runs[n].index, page, false) = *word(runs[n].index, page, true) = tags;
}

static void verify(u32 n)
{
	for (u32 page = 0; page < runs[n].pages; page++) {
		CHECK_EQ(*word(runs[n].index, page, false), runs[n].tag);
		CHECK_EQ(*word(runs[n].index, page, true), runs[n].tag);
	}
}

static void take(u32 n)
{
	u32 pages = rnd(10) == 0 ? 1 + rnd(3000) : 1 + rnd(20), got = pages;
	bool dirty = false;
	int err = rnd(2) ? pool_alloc(pages, &runs[n].index) :
			   pool_alloc_some(pages, &runs[n].index, &got, &dirty);

	CHECK_EQ(err, 0);
	CHECK(got >= 1 && got <= pages);
	runs[n].pages = got;
	for (u32 page = 0; page < got && !dirty; page++)
		CHECK(*word(runs[n].index, page, false) == 0 &&
		      *word(runs[n].index, page, true) == 0);
	mark(n);
}

/* All of a run, or an end of it. */
static void give(u32 n)
{
	u32 part = rnd(3) ? runs[n].pages : 1 + rnd(runs[n].pages);

	verify(n);
	pool_free(runs[n].index, part);
	runs[n].index += part;
	runs[n].pages -= part;
}

int main(int argc, char **argv)
{
	u32 steps = argc > 2 ? (u32)atoi(argv[2]) : 30000, index, top;
	u64 used, limit, held = 0;

	state = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 0x9e3779b97f4a7c15ull;
	world_mount(~0u, 0, "/", "");
	world_start();
	REQUIRE(pool_alloc(1, &top) == 0);
	pool_free(top, 1);
	for (u32 i = 0; i < steps; i++) {
		u32 n = rnd(RUNS);

		if (runs[n].pages == 0)
			take(n);
		else
			give(n);
	}
	for (u32 n = 0; n < RUNS; n++)
		held += runs[n].pages;
	pool_usage(&used, &limit);
	CHECK_EQ(used, held);
	for (u32 n = 0; n < RUNS; n++)
		while (runs[n].pages != 0)
			give(n);
	pool_usage(&used, &limit);
	CHECK_EQ(used, 0);
	/* All is free and in one piece again but for the few runs kept dirty. */
	REQUIRE(pool_alloc(1u << 20, &index) == 0);
	CHECK(index - top < 400000);
	return TEST_RESULT;
}
