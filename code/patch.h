/*
 * A copy of a program's text in which calls lead to stubs.
 *
 * OVERVIEW. A `syscall` (0f 05) becomes a jump to a stub, which enters the kernel. There are four
 * ways, each for what the others cannot do: `e9 05 ..`, whose stub lies where these five bytes
 * happen to lead; a short jump to a jump in padding that is jumped over, or in padding that
 * nothing leads to; and the instructions before the call, which the stub runs, become the jump.
 * Stubs lie in a few spans at fixed distances from the text, which patch_spans_choose() finds.
 *
 * The kernel makes such copies for a sandbox, the host side to keep them (code/kept.h). All
 * distances are from the start of the text. The text is anybody's: whatever its bytes are,
 * nothing is written but the copy and its stubs.
 */
#ifndef NACRE_CODE_PATCH_H
#define NACRE_CODE_PATCH_H

#include "code/sites.h"

#define PATCH_SPANS_MAX 6u
#define PATCH_JUMP_SIZE 5u  /* what a call needs that becomes e9 */
#define PATCH_STUB_SIZE 20u
#define PATCH_REACH 0x4000000ll /* stubs are nearer to the text's start than this */

struct patch_span {
	s64 start, end; /* whole pages */
	u32 calls;      /* that could have a stub here */
	u8 *bytes;      /* the owner's, zero at first; NULL until patch_spans_choose() is done */
};

struct patch_site {
	u32 at;
	u32 nr;   /* of the call: what rax was when it trapped; 0 before */
	u32 slot; /* 0, or where the jump in the padding is */
	/* What the file's text says of it: struct code_site. */
	u32 dead;
	u8 before, rip_at;
	bool moved; /* the stub runs what is before, whose first bytes became the jump */
	bool done;
	s64 stub; /* where it is entered; what it runs before that is before it */
};

struct patch {
	u8 *bytes;
	u64 len;
	bool live; /* the bytes are run meanwhile: every store must leave whole instructions */
	u64 entry; /* where stubs jump to: this address, or, when it is 0: */
	s64 entry_at; /* ... the one that is stored there */
	struct patch_span spans[PATCH_SPANS_MAX];
	u32 span_count;
	s64 spare, spare_end; /* room for stubs that may lie anywhere */
};

/* May stubs be there? */
typedef bool patch_room_fn(void *arg, const struct patch_span *span);

/* From a call to where its stub must be if it becomes e9; code: PATCH_JUMP_SIZE bytes. */
s64 patch_distance(const u8 *code);
/* A stub for the call at site that jumps to the address entry; of stub and site only the
   distance counts. */
void patch_stub_make(u8 *code, u64 stub, u64 site, u64 entry);

/* Choose spans for the calls that were found; the owner then gives them bytes. */
void patch_spans_choose(struct patch *p, const struct code_search *found, patch_room_fn *room,
			void *arg);
/* Find room for the page that has the address at entry_at. False: there is none. */
MUST_USE bool patch_entry_choose(struct patch *p, patch_room_fn *room, void *arg);
/* Let the call lead to a stub, if that can be. */
void patch_site(struct patch *p, struct patch_site *s);
/* Does s lead to the place, in a stub or in padding? *ret: the instruction it stands for. */
bool patch_site_has(const struct patch_site *s, s64 place, s64 *ret);

#endif
